/** One incident: facts, timers, crews, which units to send and why, its sealed words, its end. */

import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import { listed, t } from "../../words";
import type { App } from "../app";
import { keyOf, type Advice } from "../advice";
import { span, timeOfDay } from "../clock";
import type { Incident, Plan, Recommendation } from "../contract";
import { isOpen, isWaiting } from "../state";
import { icon, incidentSymbol, key, madeUp, stateWord, statusLabel, statusSymbol, timerRows } from "./parts";
import { preplans, warnings } from "./preplans";
import { eta } from "./units";

export function incident(app: App): TemplateResult {
  const row = app.incident(app.ui.incident);
  if (!row) return nobodys(app);
  return html`<article class="incident" aria-label="${app.typeLabel(row.type)} #${row.number}">
    ${head(app, row)} ${isOpen(row) ? warnings(app, row) : nothing} ${isOpen(row) ? advice(app, row) : nothing} ${isOpen(row) ? preplans(app, row) : nothing} ${crews(app, row)} ${timers(app, row)}
    ${words(app, row)} ${mediation(app, row)} ${ends(app, row)}
  </article>`;
}

function nobodys(app: App): TemplateResult {
  return html`<div class="empty">
    ${icon("incident")}
    ${app.ui.unsent.map((one) => html`<p class="callout">${icon("clock")}${t("{what}: kept, and sent as soon as the server answers.", { what: one.label })}</p>`)}
    <p>${t("Choose an incident in the queue or on the map.")}</p>
  </div>`;
}

function head(app: App, row: Incident): TemplateResult {
  const zone = app.known!.board.town.zone;
  const at = timeOfDay(Date.parse(row.received_at), zone, app.lang);
  const place = row.lon === null || row.lat === null ? "" : `${row.lon.toFixed(5)}, ${row.lat.toFixed(5)}`;
  return html`<header class="incident-head priority-${row.priority}">
    ${incidentSymbol(app, row)}
    <div>
      <h2>${app.typeLabel(row.type)} <span class="muted">#${row.number}</span></h2>
      <p class="facts">
        <span class="badge priority">${t("P{priority}", { priority: row.priority })}</span>
        <span class="badge">${stateWord(row)}</span>
        ${row.alarm_level > 1 ? html`<span class="badge">${t("Alarm level {level}", { level: row.alarm_level })}</span>` : nothing}
        ${madeUp(row.made_up)}
      </p>
      <p class="place">
        <strong>${row.street || t("Place sealed")}</strong>
        ${place ? html`<button class="plain link coordinates" title=${t("Show on the map")} @click=${() => showOnMap(row)}>${icon("pin")}${place}</button>` : nothing}
      </p>
      <p class="muted">${t("Received {time}", { time: at })}</p>
    </div>
  </header>`;
}

function showOnMap(row: Incident): void {
  document.dispatchEvent(new CustomEvent("anlan-fly", { detail: [row.lon, row.lat] }));
}

/** One piece, whatever stands in it: the field for others keeps the focus while one types there. */
function advice(app: App, row: Incident): TemplateResult {
  const known = app.advice.of(row.id);
  const asks = isWaiting(row) || known !== undefined;
  return html`<section class="block ${asks ? "advice" : ""}" aria-label=${asks ? t("Recommendation") : nothing} aria-busy=${asks ? known?.state === "asking" : nothing}>
    ${asks
      ? html`<h3>${t("Recommendation")} ${known ? askedAt(app, known) : nothing}</h3>
          ${body(app, row, known)}`
      : html`<button class="wide" @click=${() => app.advice.ask()}>${t("Ask which units to send more")}</button>`}
    ${alsoSend(app)}
  </section>`;
}

function askedAt(app: App, known: Advice): TemplateResult {
  const time = timeOfDay(known.atMs, app.known!.board.town.zone, app.lang);
  return html`<span class="muted small">${t("as of {time}", { time })}</span>
    <button class="plain link small" @click=${() => app.advice.ask()}>${t("Ask again")}</button>`;
}

function body(app: App, row: Incident, known: Advice | undefined): TemplateResult {
  if (known?.state === "failed") return html`<p class="error">${known.sentence}</p>`;
  if (!known?.found) return html`<p class="quiet">${t("Working out who is there first…")}</p>`;
  return plans(app, row, known.found);
}

function plans(app: App, row: Incident, found: Recommendation): TemplateResult {
  const chosen = app.advice.plan(row.id);
  const card = (plan: Plan, at: number): TemplateResult =>
    planCard(app, plan, { at, chosen: plan === chosen, tabbable: chosen ? plan === chosen : at === 0 });
  return html`
    ${found.status === "full" ? nothing : html`<p class="callout">${icon("warn")}${found.status === "none" ? t("No unit can be sent now.") : t("Not everything that the run card asks for is there.")}</p>`}
    ${found.missing.map((need) => html`<p class="callout">${need.sentence}</p>`)}
    <div class="plans" role="radiogroup" aria-label=${t("Plans")}>
      ${repeat(found.plans, keyOf, card)}
    </div>
    ${chosen
      ? html`<button
          id="dispatch"
          class="primary dispatch"
          aria-keyshortcuts="d"
          ?disabled=${app.ui.sending.has(`incidents/${row.id}/dispatch`)}
          @click=${() => app.dispatch(chosen.units.map((unit) => unit.unit))}
        >
          ${t("Dispatch {units}", { units: chosen.units.map((unit) => unit.unit).join(" ") })}${key("D")}
        </button>`
      : found.plans.some((plan) => plan.units.length > 0)
        ? html`<p class="callout">${icon("warn")}${t("Choose a plan: the one chosen before is proposed no longer.")}</p>`
        : nothing}
    ${(found.notes ?? []).map((note) => html`<p class="muted small">${note}</p>`)}
    ${found.not_sent.length
      ? html`<details class="not-sent"><summary>${t("Why not others")} <span class="count">${found.not_sent.length}</span></summary>
          <ul>${found.not_sent.map((other) => html`<li><strong>${other.unit}</strong> ${other.sentence}</li>`)}</ul></details>`
      : nothing}
  `;
}

interface Place {
  at: number;
  chosen: boolean;
  tabbable: boolean;
}

function planCard(app: App, plan: Plan, { at, chosen, tabbable }: Place): TemplateResult {
  const first = plan.first_arrival_s === null ? "–" : span(Math.round(plan.first_arrival_s));
  const full = plan.full_arrival_s === null ? "–" : span(Math.round(plan.full_arrival_s));
  return html`<div
    class="plan"
    role="radio"
    tabindex=${tabbable ? "0" : "-1"}
    aria-checked=${chosen}
    @click=${() => choosePlan(app, at)}
    @keydown=${(event: KeyboardEvent) => planKey(app, event, at)}
  >
    <div class="plan-head">
      <span class="plan-rank">${at + 1}</span>
      <span class="plan-units">${plan.units.map((unit) => unit.unit).join(" ")}</span>
      <span class="plan-times" title=${t("First and last unit there")}>${first}${full === first ? "" : ` – ${full}`}</span>
    </div>
    ${chosen
      ? html`<ul class="reasons">
          ${plan.units.map((unit) => html`<li>${statusSymbol(app, app.unit(unit.unit)?.status ?? "")}<span>${unit.reason}</span></li>`)}
        </ul>
        ${plan.breaks_cover.length
          ? html`<p class="callout">${icon("warn")}${t("Leaves thin: {areas}", { areas: listed(plan.breaks_cover) })}</p>`
          : nothing}`
      : html`<p class="muted small">${plan.summary}</p>`}
  </div>`;
}

export function choosePlan(app: App, at: number): void {
  if (app.ui.incident !== null) app.advice.choose(app.ui.incident, at);
}

function planKey(app: App, event: KeyboardEvent, at: number): void {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step === undefined) {
    if (event.key === " ") choosePlan(app, at);
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  const cards = (event.currentTarget as HTMLElement).parentElement!.children;
  const next = (at + step + cards.length) % cards.length;
  choosePlan(app, next);
  (cards[next] as HTMLElement).focus();
}

function alsoSend(app: App): TemplateResult {
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const idents = app.ui.also.trim().toUpperCase().split(/[\s,，]+/).filter(Boolean);
    void app.dispatch(idents.map((typed) => realIdent(app, typed)), app.ui.also);
  };
  return html`<form class="also" @submit=${send}>
    <label for="also">${t("Send others")}</label>
    <input
      id="also"
      placeholder="E1 E2 M4"
      autocomplete="off"
      autocapitalize="characters"
      spellcheck="false"
      .value=${live(app.ui.also)}
      @input=${(event: InputEvent) => app.set({ also: (event.target as HTMLInputElement).value })}
    />
    <button ?disabled=${!app.ui.also.trim()}>${t("Send")}</button>
  </form>`;
}

function realIdent(app: App, typed: string): string {
  for (const ident of app.known?.units.keys() ?? []) if (ident.toUpperCase() === typed) return ident;
  return typed;
}

function crews(app: App, row: Incident): TemplateResult | typeof nothing {
  if (row.units.length === 0) return nothing;
  return html`<section class="block" aria-label=${t("Crews")}>
    <h3>${t("Crews")} <span class="count">${row.units.length}</span></h3>
    <ul class="crew-rows">
      ${repeat(
        row.units,
        (ident) => ident,
        (ident) => crew(app, ident),
      )}
    </ul>
  </section>`;
}

function crew(app: App, ident: string): TemplateResult {
  const unit = app.unit(ident);
  if (!unit) return html`<li>${ident}</li>`;
  const since = unit.since ? span((app.townMs() - Date.parse(unit.since)) / 1000) : "";
  return html`<li>
    <button class="crew-row" aria-pressed=${app.ui.unit === ident} @click=${() => openUnit(app, ident)}>
      ${statusSymbol(app, unit.status)}<strong>${ident}</strong><span>${statusLabel(app, unit.status)}</span>
      <span class="timer-text">${since}</span>${eta(app, unit)}
    </button>
  </li>`;
}

function openUnit(app: App, ident: string): void {
  app.set({ unit: ident });
  if (matchMedia("(max-width: 760px)").matches) app.set({ tab: "units" });
}

function timers(app: App, row: Incident): TemplateResult | typeof nothing {
  if (row.timers.length === 0) return nothing;
  return html`<section class="block" aria-label=${t("Timers")}><h3>${t("Timers")}</h3>${timerRows(app, row)}</section>`;
}

const FIELDS: Record<string, () => string> = {
  words: () => t("Caller's words"),
  caller_name: () => t("Caller's name"),
  caller_number: () => t("Caller's number"),
  place_text: () => t("Place in words"),
  note: () => t("Note"),
};

function words(app: App, row: Incident): TemplateResult {
  const texts = app.ui.opened.get(row.id);
  const zone = app.known!.board.town.zone;
  const note = app.ui.notes.get(row.id) ?? "";
  return html`<section class="block" aria-label=${t("Words")}>
    <h3>${t("Words")}</h3>
    ${texts
      ? html`<dl class="texts">
          ${texts.length === 0 ? html`<dt>${t("No words were written down.")}</dt>` : nothing}
          ${texts.map((text) => html`<dt>${FIELDS[text.field]?.() ?? text.field} <span class="muted">${timeOfDay(Date.parse(text.at), zone, app.lang)}</span></dt><dd>${text.text}</dd>`)}
        </dl>`
      : seal(app, row)}
    ${isOpen(row)
      ? html`<form class="note-form" @submit=${(event: SubmitEvent) => { event.preventDefault(); void app.addNote(row); }}>
          <label for="note">${t("Add a note (sealed)")}</label>
          <textarea id="note" rows="2" maxlength="4000" .value=${live(note)}
            @input=${(event: InputEvent) => app.setNote(row.id, (event.target as HTMLTextAreaElement).value)}></textarea>
          <button ?disabled=${!note.trim()}>${t("Add note")}</button>
        </form>`
      : nothing}
  </section>`;
}

function seal(app: App, row: Incident): TemplateResult {
  if (!app.known?.board.me.shift)
    return html`<button @click=${() => app.toggleShift()}>${icon("clock")}${t("Open shift")}</button>
      <p class="muted small">${t("Sealed words open to those who are on shift.")}</p>`;
  return html`<button @click=${() => app.openTexts(row)}>${icon("lock")}${t("Open the sealed words")}</button>
    <p class="muted small">${t("Opening is written to the ledger: once for you, this incident and this shift.")}</p>`;
}

/** A mediation begins at a party's own request: offered for disputes, to who may take one. */
function mediation(app: App, row: Incident): TemplateResult | typeof nothing {
  const way = app.mediationWay(row);
  if (way === null) return nothing;
  return html`<section class="block" aria-label=${t("Mediation")}>
    <h3>${t("Mediation")}</h3>
    <p class="muted small">${t("When a party asks for it itself, alone, where the other side can't listen.")}</p>
    <div class="actions"><a class="button" id="to-mediation" href=${way}>${t("Take a party's request…")}</a></div>
  </section>`;
}

function ends(app: App, row: Incident): TemplateResult {
  if (!isOpen(row))
    return html`<section class="block actions"><button @click=${() => app.reopen(row)}>${t("Reopen")}</button></section>`;
  if (app.ui.ending?.id === row.id) return endForm(app, row);
  return html`<section class="block actions">
    <button aria-keyshortcuts="c" @click=${() => app.set({ ending: { id: row.id, kind: "close", result: "" } })}>${t("Close…")}${key("C")}</button>
    ${row.state === "working" ? nothing : html`<button @click=${() => app.set({ ending: { id: row.id, kind: "cancel", result: "" } })}>${t("Cancel incident…")}</button>`}
    ${retype(app, row)}
  </section>`;
}

function retype(app: App, row: Incident): TemplateResult {
  if (app.ui.retyping !== row.id)
    return html`<button @click=${() => app.set({ retyping: row.id })}>${t("Change type…")}</button>`;
  return html`<label class="retype">${t("Type")}
    <select @change=${(event: Event) => app.retype(row, (event.target as HTMLSelectElement).value)}>
      ${[...app.types.values()].map((type) => html`<option value=${type.code} ?selected=${type.code === row.type}>${type.label}</option>`)}
    </select></label>`;
}

function endForm(app: App, row: Incident): TemplateResult {
  const ending = app.ui.ending!;
  const results = app.known!.board.results ?? [];
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void app.end();
  };
  return html`<form class="block end-form" @submit=${submit}>
    <h3>${ending.kind === "close" ? t("Close incident {number}", { number: `#${row.number}` }) : t("Cancel incident {number}", { number: `#${row.number}` })}</h3>
    <label for="result">${t("Result")}</label>
    <select id="result" required .value=${live(ending.result)}
      @change=${(event: Event) => app.set({ ending: { ...ending, result: (event.target as HTMLSelectElement).value } })}>
      <option value="">${t("Choose a result")}</option>
      ${results.map((result) => html`<option value=${result.code} ?selected=${result.code === ending.result}>${result.label}</option>`)}
    </select>
    <div class="actions">
      <button class="primary">${ending.kind === "close" ? t("Close") : t("Cancel incident")}</button>
      <button type="button" @click=${() => app.set({ ending: null })}>${t("Back")}</button>
    </div>
  </form>`;
}
