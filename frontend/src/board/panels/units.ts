/** All units: a dense wall of chips with a filter, and one unit's statuses. */

import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import { t } from "../../words";
import type { App } from "../app";
import { span } from "../clock";
import type { Unit } from "../contract";
import { isOpen, unitsFound } from "../state";
import type { Show } from "../ui";
import { icon, key, madeUp, statusLabel, statusSymbol, unitWords } from "./parts";

const FREE = new Set(["available", "returning"]);
/** statuses with a time of arrival: to an incident, or to a post that is covered */
const ON_THE_WAY = new Set(["dispatched", "en_route", "returning"]);

/** Keys of statuses while a unit is selected. */
export const STATUS_KEYS: Readonly<Record<string, string>> = {
  v: "available",
  e: "en_route",
  o: "on_scene",
  t: "transporting",
  h: "at_hospital",
  r: "returning",
  x: "out_of_service",
};
const KEY_OF = Object.fromEntries(Object.entries(STATUS_KEYS).map(([letter, code]) => [code, letter.toUpperCase()]));

export function shownUnits(app: App): Unit[] {
  const { filter, show } = app.ui;
  if (!app.known) return [];
  return unitsFound(app.known, filter, (one) => unitWords(app, one)).filter((unit) => fits(unit, show));
}

function fits(unit: Unit, show: Show): boolean {
  if (show === "free") return FREE.has(unit.status) && unit.on_duty;
  if (show === "busy") return unit.incident !== null;
  return true;
}

export function units(app: App): TemplateResult {
  const all = app.known ? [...app.known.units.values()] : [];
  const shown = shownUnits(app);
  const free = all.filter((unit) => fits(unit, "free")).length;
  const busy = all.filter((unit) => fits(unit, "busy")).length;
  return html`
    <div class="units-head">
      <h2 class="group">${t("Units")}</h2>
      <span class="choice" role="group" aria-label=${t("Show units")}>
        ${showButton(app, "all", t("All"), all.length)} ${showButton(app, "free", t("Free"), free)}
        ${showButton(app, "busy", t("Out"), busy)}
      </span>
      <input
        id="unit-filter"
        type="search"
        placeholder=${t("Filter: E7, ambulance, on scene")}
        aria-label=${t("Filter units")}
        autocomplete="off"
        .value=${live(app.ui.filter)}
        @input=${(event: InputEvent) => app.set({ filter: (event.target as HTMLInputElement).value })}
        @keydown=${(event: KeyboardEvent) => filterKey(app, event)}
      />${key("U")}
    </div>
    ${unitBar(app)}
    <div class="chips" tabindex="-1">
      ${repeat(
        shown,
        (unit) => unit.ident,
        (unit) => chip(app, unit),
      )}
      ${shown.length === 0 ? html`<p class="quiet">${t("No unit fits the filter.")}</p>` : nothing}
    </div>
  `;
}

function filterKey(app: App, event: KeyboardEvent): void {
  if (event.key !== "Enter" || event.isComposing) return;
  const first = shownUnits(app)[0];
  // With none the focus stays: the next letter would set the status of the unit chosen before.
  if (!first) return app.say(t("No unit fits the filter."));
  app.set({ unit: first.ident });
  // The bar, not a button in it: which button is first changes when the stream tells of a call.
  app.focusOn(".unit-bar");
}

function showButton(app: App, show: Show, word: string, count: number): TemplateResult {
  return html`<button aria-pressed=${app.ui.show === show} @click=${() => app.set({ show })}>${word} <span class="count">${count}</span></button>`;
}

function chip(app: App, unit: Unit): TemplateResult {
  const incident = app.incident(unit.incident);
  const label = statusLabel(app, unit.status);
  const where = incident ? `#${incident.number}` : standsBy(app, unit) || (unit.post ?? "");
  return html`<button
    class="chip ${unit.on_duty ? "" : "off"}"
    data-unit=${unit.ident}
    aria-pressed=${app.ui.unit === unit.ident}
    title="${unit.ident} · ${label} · ${where}"
    @click=${() => app.selectUnit(unit.ident)}
  >
    ${statusSymbol(app, unit.status)}
    <span class="chip-ident">${unit.ident}</span>
    <span class="chip-more">${incident ? where : unit.covering ? html`${icon("move")}${unit.covering.split(" ").slice(1).join(" ")}` : nothing}<span class="visually-hidden">${label}</span></span>
  </button>`;
}

/** This will say which other post a unit stands by at, "" for none. */
function standsBy(app: App, unit: Unit): string {
  if (!unit.covering) return "";
  const words = { unit: unit.ident, post: app.post(unit.covering)?.name ?? unit.covering };
  return unit.status === "returning" ? t("{unit} drives to {post}", words) : t("{unit} stands by at {post}", words);
}

/** A free unit may be let stand by at any post, proposed or not. */
function standBy(app: App, unit: Unit): TemplateResult | typeof nothing {
  if (!app.mayDispatch || unit.incident !== null || !fits(unit, "free")) return nothing;
  if (unit.covering)
    return html`<button @click=${() => app.endMoveUp(unit.ident)}>${icon("move")}${t("Send {unit} back", { unit: unit.ident })}</button>`;
  const posts = (app.known?.board.posts ?? []).filter((post) => `${post.kind} ${post.ident}` !== unit.post);
  const chosen = app.ui.standBy?.unit === unit.ident ? app.ui.standBy.post : "";
  // A button, not the choice itself: arrow keys pass over posts that nobody meant.
  return html`<form class="stand-by" @submit=${(event: SubmitEvent) => moved(app, unit, event)}>
    <select
      aria-label=${t("Let {unit} stand by at another post", { unit: unit.ident })}
      .value=${live(chosen)}
      @change=${(event: Event) => app.set({ standBy: { unit: unit.ident, post: (event.target as HTMLSelectElement).value } })}
    >
      <option value="">${t("Stand by at…")}</option>
      ${posts.map((post) => html`<option value="${post.kind} ${post.ident}">${post.name || post.ident}</option>`)}
    </select>
    ${chosen ? html`<button class="primary">${t("Move {unit}", { unit: unit.ident })}</button>` : nothing}
  </form>`;
}

function moved(app: App, unit: Unit, event: SubmitEvent): void {
  event.preventDefault();
  const post = app.ui.standBy?.post;
  app.set({ standBy: null });
  if (post) void app.moveUp(unit.ident, post);
}

function unitBar(app: App): TemplateResult | typeof nothing {
  const unit = app.unit(app.ui.unit);
  if (!unit) return nothing;
  const incident = app.incident(unit.incident);
  const kind = app.kinds.get(unit.kind)?.label ?? unit.kind;
  const since = unit.since ? span((app.townMs() - Date.parse(unit.since)) / 1000) : "";
  return html`<div class="unit-bar" role="group" tabindex="-1" aria-label=${t("Unit {unit}", { unit: unit.ident })}>
    <div class="unit-facts">
      ${statusSymbol(app, unit.status)}<strong>${unit.ident}</strong> <span>${kind}</span>
      <span class="muted">${unit.post ?? t("no post")}</span>
      <span>${statusLabel(app, unit.status)} ${since && html`<span class="timer-text">${since}</span>`}</span>
      ${eta(app, unit)} ${unit.covering ? html`<span class="covering">${icon("move")}${standsBy(app, unit)}</span>` : nothing}
      ${incident
        ? html`<button class="plain link" @click=${() => app.selectIncident(incident.id)}>#${incident.number} ${app.typeLabel(incident.type)}</button>`
        : nothing}
      ${madeUp(unit.made_up)} ${unit.inferred ? html`<span class="badge">${t("inferred from the log")}</span>` : nothing}
      <button class="plain close" aria-label=${t("Close this unit")} @click=${() => app.set({ unit: null })}>${icon("cross")}</button>
    </div>
    <div class="statuses">${[...app.statuses.values()].filter((status) => status.code !== "dispatched").map((status) => statusButton(app, unit, status.code))} ${sendButton(app, unit)} ${standBy(app, unit)}</div>
  </div>`;
}

export function eta(app: App, unit: Unit): TemplateResult | typeof nothing {
  if (!unit.eta_at || !ON_THE_WAY.has(unit.status)) return nothing;
  const left = (Date.parse(unit.eta_at) - app.townMs()) / 1000;
  return html`<span class="eta">${left >= 0 ? t("there in {time}", { time: span(left) }) : t("due {time} ago", { time: span(-left) })}</span>`;
}

function statusButton(app: App, unit: Unit, code: string): TemplateResult {
  return html`<button
    class="status"
    aria-pressed=${unit.status === code}
    @click=${() => app.setStatus(unit.ident, code)}
  >
    ${statusSymbol(app, code)}<span>${statusLabel(app, code)}</span>${KEY_OF[code] ? key(KEY_OF[code]) : nothing}
  </button>`;
}

/** It comes and goes with what is told of calls: after the statuses, none of which it may move. */
function sendButton(app: App, unit: Unit): TemplateResult | typeof nothing {
  const row = app.incident(app.ui.incident);
  if (!row || !isOpen(row) || unit.incident === row.id) return nothing;
  return html`<button class="primary" @click=${() => app.dispatch([unit.ident])}>
    ${t("Send {unit} to {number}", { unit: unit.ident, number: `#${row.number}` })}
  </button>`;
}
