/** Small pieces that several panels share. */

import { html, svg, nothing, type TemplateResult } from "lit-html";
import { t } from "../../words";
import type { App } from "../app";
import type { Incident, Unit } from "../contract";
import { isHollow, letterY, paint, priorityColour, shapePath, type Drawing, type Theme } from "../symbols";
import { viewTimer, type TimerState, type TimerView } from "../timers";

const ICONS: Record<string, string> = {
  plus: "M12 5v14M5 12h14",
  sound: "M4 9v6h4l5 4V5L8 9H4Zm12-1a5 5 0 0 1 0 8m2.5-10.5a9 9 0 0 1 0 13",
  mute: "M4 9v6h4l5 4V5L8 9H4Zm12 0 5 6m0-6-5 6",
  keys: "M3 6h18v12H3ZM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  clock: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18Zm0 4v5l3.5 2",
  check: "M5 12.5l4.5 4.5L19 7.5",
  warn: "M12 4 21.5 20h-19ZM12 10v5m0 2.5v.01",
  cross: "M6 6l12 12M18 6 6 18",
  lock: "M6 11h12v9H6ZM9 11V8a3 3 0 0 1 6 0v3",
  map: "M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2ZM9 4v14m6-12v14",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  unit: "M3 8h11v8H3Zm11 3h4l3 3v2h-7ZM7 18.5h.01M17 18.5h.01",
  incident: "M12 3 21 8v8l-9 5-9-5V8Zm0 5v5m0 3v.01",
  offline: "M4 4l16 16M8.5 13.5a5 5 0 0 1 5-1.2M5 10a10 10 0 0 1 4-2.3M12 18h.01M15 7.6a10 10 0 0 1 4 2.4",
  online: "M5 10a10 10 0 0 1 14 0M8.5 13.5a5 5 0 0 1 7 0M12 18h.01",
  move: "M4 12h14m-5-6 6 6-6 6",
  pin: "M12 21s7-6.5 7-12a7 7 0 0 0-14 0c0 5.5 7 12 7 12Zm0-9.5a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5Z",
};

export function icon(name: string): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${ICONS[name] ?? ""}></path></svg>`;
}

/** This will draw letters + shape + colour; the words stand beside it, or in `label`. */
export function symbol(drawing: Drawing, theme: Theme, label?: string): TemplateResult {
  const [fill, ink] = paint(drawing.colour, theme);
  const hollow = drawing.hollow ?? isHollow(drawing.shape);
  const letterInk = hollow ? "currentColor" : ink;
  const size = drawing.letters.length > 2 ? 8 : 10;
  const shape = svg`<path d=${shapePath(drawing.shape)} fill=${hollow ? "none" : fill} stroke=${fill} stroke-width=${hollow ? 2.4 : 0}></path>`;
  const letters = svg`<text x="12" y=${letterY(drawing.shape)} fill=${letterInk} font-size=${size} text-anchor="middle" dominant-baseline="central">${drawing.letters}</text>`;
  return label
    ? html`<svg class="symbol" viewBox="-1.5 -1.5 27 27" role="img" aria-label=${label}>${shape}${letters}</svg>`
    : html`<svg class="symbol" viewBox="-1.5 -1.5 27 27" aria-hidden="true">${shape}${letters}</svg>`;
}

export function incidentSymbol(app: App, row: Incident): TemplateResult {
  const letters = app.types.get(row.type)?.letters ?? "?";
  return symbol({ letters, shape: "pin", colour: priorityColour(row.priority) }, app.theme);
}

export function statusSymbol(app: App, code: string, label?: string): TemplateResult {
  const status = app.statuses.get(code);
  const { letters = "?", shape = "circle", colour = "grey" } = status ?? {};
  return symbol({ letters, shape, colour }, app.theme, label);
}

export function statusLabel(app: App, code: string): string {
  return app.statuses.get(code)?.label ?? code;
}

export function unitWords(app: App, unit: Unit): string {
  const kind = app.kinds.get(unit.kind)?.label ?? unit.kind;
  const status = app.statuses.get(unit.status);
  return [unit.ident, kind, unit.post ?? "", status?.label ?? unit.status, status?.letters ?? "", ...unit.capabilities].join(" ");
}

export function timerName(code: string): string {
  const names: Record<string, () => string> = {
    answer: () => t("Answer"),
    processing: () => t("Processing"),
    turnout: () => t("Turnout"),
    travel: () => t("Travel"),
    response: () => t("Response"),
    dispatch_to_scene: () => t("Dispatch to scene"),
    full_alarm: () => t("Full alarm"),
    committed: () => t("Committed"),
  };
  return names[code]?.() ?? code;
}

const STATE_ICON: Record<TimerState, string> = {
  running: "clock",
  soon: "clock",
  overdue: "warn",
  met: "check",
  missed: "cross",
};

export function timerWord(state: TimerState): string {
  if (state === "overdue") return t("overdue");
  if (state === "soon") return t("due soon");
  if (state === "met") return t("met");
  if (state === "missed") return t("missed");
  return t("running");
}

/** This will show a timer as colour + icon + text. */
export function timerChip(view: TimerView): TemplateResult {
  return html`<span class="timer timer-${view.state}"
    >${icon(STATE_ICON[view.state])}<span class="timer-text">${view.text}</span
    ><span class="timer-name">${timerName(view.code)}</span
    >${view.state === "overdue" || view.state === "soon" ? html`<span class="timer-word">${timerWord(view.state)}</span>` : nothing}</span
  >`;
}

export function timerRows(app: App, row: Incident): TemplateResult {
  const now = app.townMs();
  return html`<ul class="timer-rows">
    ${row.timers.map((timer) => {
      const view = viewTimer(timer, now);
      return html`<li class="timer-row timer-${view.state}">
        ${icon(STATE_ICON[view.state])}<span>${timerName(view.code)}</span>
        <span class="timer-text">${view.text}</span>
        <span class="muted">${view.goal_s === null ? nothing : t("goal {seconds} s", { seconds: Math.round(view.goal_s) })}</span>
        <span class="timer-word">${timerWord(view.state)}</span>
      </li>`;
    })}
  </ul>`;
}

export function madeUp(yes: boolean): TemplateResult | typeof nothing {
  return yes ? html`<span class="badge made-up">${t("made up")}</span>` : nothing;
}

export function stateWord({ state, units }: Pick<Incident, "state" | "units">): string {
  if (state === "working" && units.length === 0) return t("no crew left");
  const words: Record<string, () => string> = {
    received: () => t("received"),
    triaged: () => t("waiting"),
    dispatched: () => t("dispatched"),
    working: () => t("crew on scene"),
    closed: () => t("closed"),
    cancelled: () => t("cancelled"),
    merged: () => t("merged"),
  };
  return words[state]?.() ?? state;
}

export function key(name: string): TemplateResult {
  return html`<kbd aria-hidden="true">${name}</kbd>`;
}
