/** The keys, and the panel that lists them. Single letters can be turned off (WCAG 2.1.4). */

import { html, type TemplateResult } from "lit-html";
import { t } from "../../words";
import type { App } from "../app";
import { isOpen, queueOf } from "../state";
import { openIntake, toggleKeys } from "./bar";
import { chooseMove, chosenMove, closeCover, toggleCover } from "./cover";
import { isField } from "../drawing";
import { choosePlan } from "./incident";
import { take } from "./intake";
import { STATUS_KEYS } from "./units";

export function keysPanel(app: App): TemplateResult {
  const rows: [string, string][] = [
    ["N", t("New call, or go on with the draft")],
    ["J / K", t("Next and previous incident in the queue")],
    ["D", t("Dispatch the chosen plan")],
    ["1 2 3", t("Choose a plan, or a move while cover is shown")],
    ["S", t("Send others: type units")],
    ["C", t("Close the incident")],
    ["U", t("Filter units; Enter takes the first")],
    ["E O T H R V X", t("Status of the chosen unit")],
    ["G", t("Cover now: where it is thin, and which moves would help")],
    ["Y", t("Carry out the chosen move, while cover is shown")],
    ["M", t("Whole town on the map; arrows and + − move it")],
    ["Ctrl ⏎", t("Take the call")],
    ["Esc", t("Leave a field, then a panel")],
    ["?", t("These keys")],
  ];
  return html`<article class="keys">
    <h2>${t("Keys")}</h2>
    <label class="check"><input type="checkbox" .checked=${app.ui.shortcuts} @change=${(event: Event) => app.setShortcuts((event.target as HTMLInputElement).checked)} />${t("Single-letter keys work while no field has the focus")}</label>
    <dl>${rows.map(([name, what]) => html`<div><dt><kbd>${name}</kbd></dt><dd>${what}</dd></div>`)}</dl>
  </article>`;
}

/** Ctrl+Enter sends the open call from anywhere: a click on the map leaves the focus there. */
function sends(app: App, event: KeyboardEvent): boolean {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing && app.ui.side === "intake";
}

/** This will act on a key; single letters do nothing while someone types in a field. */
export function onKey(app: App, event: KeyboardEvent, wholeTown: () => void): void {
  if (event.key === "Escape") return escape(app, event);
  if (event.key === "Tab") app.fieldGone = false;
  if (sends(app, event)) {
    event.preventDefault();
    if (!event.repeat) void take(app);
    return;
  }
  if (isField(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!app.ui.shortcuts) return;
  if (app.fieldGone && event.key.length === 1) return event.preventDefault(); // it was meant for the field
  const letter = event.key.toLowerCase();
  const act = ACTS[letter] ?? statusAct(app, letter);
  if (letter !== "m" && !act) return;
  event.preventDefault();
  if (event.repeat && !WALKS.has(letter)) return; // a key that is held decides once
  if (letter === "m") wholeTown();
  else act?.(app);
}

const WALKS = new Set(["j", "k"]);

const ACTS: Readonly<Record<string, (app: App) => void>> = {
  n: openIntake,
  "?": toggleKeys,
  j: (app) => step(app, 1),
  k: (app) => step(app, -1),
  d: dispatchChosen,
  s: (app) => {
    app.set({ side: "incident" });
    app.focusOn("#also");
  },
  u: (app) => {
    app.set({ tab: "units" });
    app.focusOn("#unit-filter");
  },
  c: startClosing,
  g: toggleCover,
  y: takeChosenMove,
  "1": (app) => choose(app, 0),
  "2": (app) => choose(app, 1),
  "3": (app) => choose(app, 2),
};

function choose(app: App, at: number): void {
  if (app.ui.side === "cover") chooseMove(app, at);
  else choosePlan(app, at);
}

function takeChosenMove(app: App): void {
  const chosen = app.ui.side === "cover" && app.mayDispatch ? chosenMove(app) : null;
  if (chosen) void app.takeMove(chosen);
}

function statusAct(app: App, letter: string): ((app: App) => void) | undefined {
  const status = STATUS_KEYS[letter];
  const ident = app.ui.unit;
  return status && ident ? () => void app.setStatus(ident, status) : undefined;
}

function step(app: App, by: number): void {
  if (!app.known) return;
  const rows = queueOf(app.known);
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.id === app.ui.incident);
  const next = rows[(at + by + rows.length) % rows.length]!;
  app.selectIncident(next.id);
  requestAnimationFrame(() => document.querySelector(`[data-incident="${next.id}"]`)?.scrollIntoView({ block: "nearest" }));
}

function dispatchChosen(app: App): void {
  const row = app.incident(app.ui.incident);
  const plan = row && app.ui.side === "incident" ? app.advice.plan(row.id) : null;
  if (plan) void app.dispatch(plan.units.map((unit) => unit.unit));
}

function startClosing(app: App): void {
  const row = app.incident(app.ui.incident);
  if (!row || !isOpen(row)) return;
  app.set({ side: "incident", ending: { id: row.id, kind: "close", result: "" } });
  app.focusOn("#result");
}

function escape(app: App, event: KeyboardEvent): void {
  if (app.fieldGone) app.fieldGone = false;
  else if (isField(event.target)) event.target.blur();
  else if (app.ui.side === "cover") closeCover(app);
  else if (app.ui.side !== "incident") app.set({ side: "incident" });
  else if (app.ui.ending) app.set({ ending: null });
  else app.set({ unit: null });
}
