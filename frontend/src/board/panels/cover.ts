/** Cover: the strip that is always there, and the panel with areas, moves and what stands by. */

import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import { t } from "../../words";
import type { App } from "../app";
import { timeOfDay } from "../clock";
import type { CoverState, ServiceCover } from "../contract";
import { MINUTES, moveWords, stateName, type Proposal } from "../cover";
import type { Drawing } from "../symbols";
import { icon, key, symbol } from "./parts";

const DRAWN: Readonly<Record<CoverState, Drawing>> = {
  good: { letters: "OK", shape: "circle", colour: "green" },
  thin: { letters: "TH", shape: "triangle", colour: "amber" },
  broken: { letters: "BR", shape: "octagon", colour: "red" },
};

export function percent(share: number): string {
  return `${Math.round(100 * share)}\u00a0%`;
}

export function coverStrip(app: App): TemplateResult | typeof nothing {
  const { doc } = app.cover;
  if (!doc || doc.services.length === 0) return nothing;
  const open = app.ui.side === "cover";
  const [first] = app.cover.proposals;
  return html`<section class="cover-strip ${old(app) ? "old" : ""}" aria-label=${t("Cover now")}>
    <button class="cover-open" aria-expanded=${open} aria-keyshortcuts="g" @click=${() => toggleCover(app)}>
      <span class="cover-title">${t("Cover")}${key("G")}</span>
      ${doc.services.map((one) => share(app, one))} ${weakest(app)}
    </button>
    ${old(app) ? html`<span class="cover-old">${icon("clock")}${asOf(app)}</span>` : nothing}
    ${first
      ? html`<button class="cover-propose" @click=${() => openCover(app)}>
          ${icon("move")}<span class="cover-move">${moveWords(first)}</span>${app.cover.proposals.length > 1 ? html`<span class="count">+${app.cover.proposals.length - 1}</span>` : nothing}
        </button>`
      : nothing}
  </section>`;
}

function share(app: App, one: ServiceCover): TemplateResult {
  return html`<span class="cover-share cover-${one.state}">
    ${symbol(DRAWN[one.state], app.theme, stateName(one.state))}
    <span class="cover-label">${one.label}</span> <strong>${percent(one.share_now)}</strong>
    <span class="muted cover-usual" title=${t("usually {share}", { share: percent(one.share_usual) })}>(${percent(one.share_usual)})</span>
  </span>`;
}

function weakest(app: App): TemplateResult | typeof nothing {
  const thin = (app.cover.doc?.services ?? []).filter((one) => one.state !== "good");
  const areas = thin.flatMap((one) => one.areas.map((area) => ({ one, area })));
  const [worst] = areas.sort((a, b) => b.area.lost_per_hour - a.area.lost_per_hour);
  if (!worst) return nothing;
  const { now_min: now, usual_min: usual, name } = worst.area;
  const words = { service: worst.one.label, now: now ?? 0, usual: usual ?? 0 };
  const none = t("Weakest: {area}, no {service} free", words);
  const whole = now === null ? none : t("Weakest: {area}, {service} {now} min (usually {usual})", words);
  const brief = now === null ? none : t("Weakest: {area}, {service} {now} min", words);
  return html`<span class="cover-weakest" title=${whole.replace("{area}", name)}>${icon("warn")}${around(whole, name, "whole")}${around(brief, name, "brief")}</span>`;
}

/** Where room is short the area's name is cut, and never the minutes after it. */
function around(sentence: string, area: string, kind: string): TemplateResult {
  const [before, after] = sentence.split("{area}");
  return html`<span class="cover-words cover-${kind}"><span>${before}</span><span class="cover-name">${area}</span><span>${after}</span></span>`;
}

function old(app: App): boolean {
  return app.connection.state === "lost" || app.cover.isOld(Date.now());
}

function asOf(app: App): string {
  const { doc } = app.cover;
  if (!doc || !app.known) return "";
  return t("as of {time}", { time: timeOfDay(Date.parse(doc.at), app.known.board.town.zone, app.lang) });
}

export function toggleCover(app: App): void {
  if (app.ui.side === "cover") closeCover(app);
  else openCover(app);
}

/** The focus goes back to the strip's button, unless it is somewhere that stays. */
export function closeCover(app: App): void {
  const had = document.activeElement;
  app.set({ side: "incident" });
  if (!had || had === document.body || had.closest(".pane-detail")) app.focusOn(".cover-open");
}

/** The first move is chosen as the panel opens, and stays it: nothing moves under a pressed key. */
function openCover(app: App): void {
  app.set({ side: "cover", tab: "detail", move: app.cover.proposals[0]?.key ?? null });
}

export function coverPanel(app: App): TemplateResult {
  const { doc, refusal } = app.cover;
  if (!doc) return html`<article class="cover"><h2>${t("Cover now")}</h2><p class="quiet">${refusal ?? t("Working out cover…")}</p></article>`;
  return html`<article class="cover" aria-label=${t("Cover now")}>
    <header class="cover-head">
      <h2>${t("Cover now")}</h2>
      <span class="muted small ${old(app) ? "cover-old" : ""}">${asOf(app)}</span>
      <label class="within">${t("Within")}
        <select @change=${(event: Event) => app.cover.setMinutes(Number((event.target as HTMLSelectElement).value) || null)}>
          <option value="" ?selected=${app.cover.minutes === null}>${t("the town's goal")}</option>
          ${MINUTES.map((one) => html`<option value=${one} ?selected=${app.cover.minutes === one}>${t("{minutes} min", { minutes: one })}</option>`)}
        </select>
      </label>
    </header>
    ${moves(app)} ${doc.services.map((one) => service(app, one))}
    <p class="muted small block">${doc.note}</p>
  </article>`;
}

function service(app: App, one: ServiceCover): TemplateResult {
  const drawn = app.cover.drawn === one.kind;
  const calls = one.calls_per_hour < 10 ? one.calls_per_hour.toFixed(1) : String(Math.round(one.calls_per_hour));
  return html`<section class="block cover-service">
    <h3>${symbol(DRAWN[one.state], app.theme)}<span>${one.label}</span><span class="cover-${one.state}">${stateName(one.state)}</span></h3>
    <p><strong>${percent(one.share_now)}</strong> ${t("of calls within {minutes} min of travel, usually {share}", { minutes: one.minutes, share: percent(one.share_usual) })}</p>
    ${one.share_settled - one.share_now >= 0.01
      ? html`<p>${t("{share} once all on their way are there", { share: percent(one.share_settled) })}</p>`
      : nothing}
    <p class="muted">${t("{free} of {duty} free; {calls} calls an hour expected", { free: one.free, duty: one.on_duty, calls })}</p>
    <ul class="cover-areas">
      ${one.areas.map(
        (area) => html`<li><button class="plain cover-area" @click=${() => flyTo(app, area.post)}>${symbol(DRAWN[area.state], app.theme, stateName(area.state))}<span>${area.sentence}</span></button></li>`,
      )}
    </ul>
    <ul class="standing">
      ${repeat(
        one.under_way,
        (unit) => unit.unit,
        (unit) => html`<li><span>${unit.there ? t("{unit} stands by at {post}", { unit: unit.unit, post: unit.name }) : t("{unit} drives to {post}", { unit: unit.unit, post: unit.name })}</span>
          ${app.mayDispatch ? html`<button @click=${() => app.endMoveUp(unit.unit)}>${t("Send {unit} back", { unit: unit.unit })}</button>` : nothing}</li>`,
      )}
    </ul>
    <button class="wide" aria-pressed=${drawn} @click=${() => app.cover.draw(drawn ? null : one.kind)}>
      ${icon("map")}${t("Show on the map what is not reached")}
    </button>
  </section>`;
}

function flyTo(app: App, post: string): void {
  const found = app.post(post);
  if (found) document.dispatchEvent(new CustomEvent("anlan-fly", { detail: [found.lon, found.lat] }));
}

function moves(app: App): TemplateResult {
  const found = app.cover.proposals;
  if (found.length === 0) return html`<p class="muted block">${t("No move is worth proposing now.")}</p>`;
  const chosen = chosenMove(app);
  return html`<section class="block" aria-label=${t("Moves")}>
    <h3>${t("Moves")}</h3>
    <div class="plans" role="radiogroup" aria-label=${t("Moves")}>
      ${repeat(
        found,
        (one) => one.key,
        (one, at) => moveCard(app, one, at, chosen?.key),
      )}
    </div>
    ${app.mayDispatch ? carryOut(app, chosen) : nothing}
  </section>`;
}

function carryOut(app: App, chosen: Proposal | null): TemplateResult {
  if (!chosen && app.ui.move === null) return html`<p class="muted">${t("Choose a move.")}</p>`; // open before any was known
  if (!chosen) return html`<p class="muted">${t("Choose a move: the one chosen before is proposed no longer.")}</p>`;
  return html`<button id="move-up" class="primary dispatch" aria-keyshortcuts="y" ?disabled=${app.ui.sending.has(app.movePath(chosen))} @click=${() => app.takeMove(chosen)}>
    ${moveWords(chosen)}${key("Y")}
  </button>`;
}

function moveCard(app: App, one: Proposal, at: number, chosen: string | undefined): TemplateResult {
  const tabbable = chosen === undefined ? at === 0 : chosen === one.key;
  return html`<div
    class="plan"
    role="radio"
    aria-checked=${chosen === one.key}
    tabindex=${live(tabbable ? 0 : -1)}
    @click=${() => chooseMove(app, at)}
    @keydown=${(event: KeyboardEvent) => moveKey(app, event, at)}
  >
    <div class="plan-head"><span class="plan-rank">${at + 1}</span><span class="plan-units">${moveWords(one)}</span></div>
    <p>${one.move.sentence}</p>
    ${one.move.left ? left(one) : nothing}
  </div>`;
}

function left({ move }: Proposal): TemplateResult {
  return move.left_state === "good"
    ? html`<p class="muted">${move.left}</p>`
    : html`<p class="callout">${icon("warn")}<span>${move.left}</span></p>`;
}

function moveKey(app: App, event: KeyboardEvent, at: number): void {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step === undefined) {
    if (event.key === " ") chooseMove(app, at);
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  const cards = (event.currentTarget as HTMLElement).parentElement!.children;
  const next = (at + step + cards.length) % cards.length;
  chooseMove(app, next);
  (cards[next] as HTMLElement).focus();
}

export function chooseMove(app: App, at: number): void {
  const one = app.cover.proposals[at];
  if (!one) return;
  app.set({ move: one.key });
  const [unit, post] = [app.unit(one.move.unit), app.post(one.move.post)];
  if (unit?.lon && unit.lat && post)
    document.dispatchEvent(new CustomEvent("anlan-fit", { detail: [[unit.lon, unit.lat], [post.lon, post.lat]] }));
}

/** This will give the chosen move, null when it is proposed no longer: another must be chosen. */
export function chosenMove(app: App): Proposal | null {
  return app.cover.proposals.find((one) => one.key === app.ui.move) ?? null;
}

/** This will explain the pattern that is drawn over the map. */
export function coverLegend(app: App): TemplateResult | typeof nothing {
  const one = app.cover.doc?.services.find(({ kind }) => kind === app.cover.drawn);
  if (!one) return nothing;
  return html`<div class="map-note cover-legend">
    <strong>${t("{service}: not reached within {minutes} min", { service: one.label, minutes: one.minutes })}</strong>
    <span><span class="swatch swatch-now"></span>${t("now, though usually")}</span>
    <span><span class="swatch swatch-never"></span>${t("now, nor usually")}</span>
    <span class="muted">${asOf(app)}</span>
  </div>`;
}
