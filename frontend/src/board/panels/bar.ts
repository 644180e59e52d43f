/** The bar: town clock, connection, what is not sent yet, sound, shift, new call. */

import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { t } from "../../words";
import type { App } from "../app";
import { dayOf, timeOfDay } from "../clock";
import { hasDraft } from "../ui";
import { icon, key } from "./parts";

export function bar(app: App): TemplateResult {
  const town = app.known?.board.town;
  return html`
    <span class="bar-space"></span>
    ${town ? clockFace(app) : nothing} ${connectionChip(app)}
    <button
      class="tool"
      aria-pressed=${app.sounder.on ? "true" : "false"}
      @click=${() => app.sound(!app.sounder.on)}
      title=${t("Sound for new calls and overdue ones")}
    >
      ${icon(app.sounder.on ? "sound" : "mute")}<span class="tool-word"
        >${app.sounder.on ? t("Sound on") : t("Sound off")}</span
      >
    </button>
    ${shiftButton(app)}
    <button class="tool keys-tool" aria-pressed=${app.ui.side === "keys"} @click=${() => toggleKeys(app)}>
      ${icon("keys")}<span class="tool-word">${t("Keys")}</span>
    </button>
    <button class="primary new-call" @click=${() => openIntake(app)} aria-keyshortcuts="n">
      ${icon("plus")}<span>${hasDraft(app.ui.draft) ? t("Go on with the call") : t("New call")}</span>${key("N")}
    </button>
  `;
}

function clockFace(app: App): TemplateResult {
  const town = app.known!.board.town;
  const now = app.townMs();
  const { speed } = town.clock;
  return html`<span class="town-clock" title="${t("The town's clock")} · ${town.zone}">
    <span class="clock-day">${dayOf(now, town.zone, app.lang)}</span>
    <time class="clock-time">${timeOfDay(now, town.zone, app.lang)}</time>
    ${speed === 1 ? nothing : html`<span class="badge speed" title=${t("The town's clock runs faster than real time.")}>×${speed}</span>`}
  </span>`;
}

function connectionChip(app: App): TemplateResult {
  const now = app.connection;
  const unsent = app.ui.unsent.length;
  const words =
    now.state === "live" ? t("Connected") : now.state === "lost" ? t("Reconnecting") : t("Connecting");
  return html`<span class="connection connection-${now.state}" role="status">
    ${icon(now.state === "live" ? "online" : "offline")}<span class="connection-word">${words}</span>
    ${unsent ? html`<span class="badge unsent">${t("Not sent yet: {count}", { count: unsent })}</span>` : nothing}
  </span>`;
}

function shiftButton(app: App): TemplateResult | typeof nothing {
  const me = app.known?.board.me;
  if (!me) return nothing;
  const asking = app.ui.closingShift;
  const word = asking ? t("Close your shift?") : me.shift ? t("On shift") : t("Open shift");
  return html`<button
    class="tool shift ${asking ? "asking" : ""}"
    aria-pressed=${me.shift ? "true" : "false"}
    @click=${() => shiftPressed(app)}
  >
    ${icon("clock")}<span class="tool-word">${word}</span>
  </button>`;
}

const ASKING_MS = 5000;

/** Closing a shift takes a second press: a slip must not end a turn of duty. */
function shiftPressed(app: App): void {
  if (!app.known?.board.me.shift || app.ui.closingShift) {
    app.set({ closingShift: false });
    void app.toggleShift();
    return;
  }
  app.set({ closingShift: true });
  setTimeout(() => app.set({ closingShift: false }), ASKING_MS);
}

/** This will say across the page that what is shown may be old, or that one is signed out. */
export function banner(app: App): TemplateResult | typeof nothing {
  if (app.signedOut)
    return html`<div class="banner banner-lost" role="alert">
      ${icon("warn")} ${t("You are signed out. What you typed is kept.")}
      <a href="/accounts/login/?next=${encodeURIComponent(location.pathname)}">${t("Sign in")}</a>
    </div>`;
  const now = app.connection;
  if (now.state === "lost") {
    const since = timeOfDay(now.sinceMs, Intl.DateTimeFormat().resolvedOptions().timeZone, app.lang);
    return html`<div class="banner banner-lost" role="alert">
      ${icon("offline")}
      <span>${t("No connection since {time}. What you see is as it was then; what you enter is kept and sent.", { time: since })}</span>
    </div>`;
  }
  if (app.trouble) return html`<div class="banner banner-lost" role="alert">${icon("warn")} ${app.trouble}</div>`;
  return nothing;
}

export function notices(app: App): TemplateResult {
  return html`<div class="notices" role="status">
    ${repeat(
      app.ui.notices,
      (notice) => notice.id,
      (notice) => html`<div class="notice notice-${notice.kind}">
        ${icon(notice.kind === "done" ? "check" : notice.kind === "kept" ? "clock" : "warn")}
        <span>${notice.text}</span>
        <button class="plain" aria-label=${t("Dismiss")} @click=${() => app.dismiss(notice.id)}>${icon("cross")}</button>
      </div>`,
    )}
  </div>`;
}

export function openIntake(app: App): void {
  app.set({ side: "intake", tab: "detail" });
  app.focusOn("#intake-type");
}

export function toggleKeys(app: App): void {
  app.set(app.ui.side === "keys" ? { side: "incident" } : { side: "keys", tab: "detail" });
}

export function tabs(app: App): TemplateResult {
  const { tab } = app.ui;
  const waiting = [...(app.known?.incidents.values() ?? [])].filter((row) => row.state === "received" || row.state === "triaged").length;
  const one = (name: typeof tab, glyph: string, word: string, count = 0): TemplateResult =>
    html`<button class="tab" aria-current=${tab === name ? "page" : "false"} @click=${() => app.set({ tab: name })}>
      ${icon(glyph)}<span>${word}</span>${count ? html`<span class="count">${count}</span>` : nothing}
    </button>`;
  return html`
    ${one("queue", "list", t("Queue"), waiting)} ${one("map", "map", t("Map"))}
    ${one("units", "unit", t("Units"))}
    ${one("detail", "incident", app.ui.side === "intake" ? t("New call") : app.ui.side === "cover" ? t("Cover now") : t("Incident"))}
  `;
}
