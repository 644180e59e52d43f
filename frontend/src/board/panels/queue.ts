/** The queue: those that wait first, then those with crews, then what was closed last. */

import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { t } from "../../words";
import type { App } from "../app";
import { span } from "../clock";
import type { Incident } from "../contract";
import { closedOf, isOpen, isWaiting, queueOf } from "../state";
import { mostPressing } from "../timers";
import { icon, incidentSymbol, madeUp, stateWord, statusLabel, statusSymbol, timerChip } from "./parts";

const CLOSED_SHOWN = 30;

export function queue(app: App): TemplateResult {
  const { known } = app;
  if (!known) return html`<p class="quiet">${app.trouble ?? t("Reading the board…")}</p>`;
  const open = queueOf(known);
  const waiting = open.filter(isWaiting);
  const crewed = open.filter((row) => !isWaiting(row));
  return html`
    ${group(app, t("Waiting for a crew"), waiting, t("Nobody waits."))}
    ${group(app, t("With crews"), crewed, t("No crew is out."))} ${closed(app)}
  `;
}

function group(app: App, heading: string, rows: readonly Incident[], empty: string): TemplateResult {
  return html`<h2 class="group">${heading} <span class="count">${rows.length}</span></h2>
    ${rows.length === 0 ? html`<p class="quiet">${empty}</p>` : list(app, rows)}`;
}

function list(app: App, rows: readonly Incident[]): TemplateResult {
  return html`<ol class="cards">
    ${repeat(
      rows,
      (row) => row.id,
      (row) => html`<li>${card(app, row)}</li>`,
    )}
  </ol>`;
}

function closed(app: App): TemplateResult {
  const rows = app.ui.showClosed ? closedOf(app.known!, CLOSED_SHOWN) : [];
  return html`<h2 class="group">
      <button class="plain disclose" aria-expanded=${app.ui.showClosed} @click=${() => app.set({ showClosed: !app.ui.showClosed })}>
        ${t("Closed last")}
      </button>
    </h2>
    ${app.ui.showClosed ? (rows.length ? list(app, rows) : html`<p class="quiet">${t("None yet.")}</p>`) : nothing}`;
}

function card(app: App, row: Incident): TemplateResult {
  const chosen = app.ui.incident === row.id;
  const pressing = isOpen(row) ? mostPressing(row, app.townMs()) : null;
  return html`<button
    class="card priority-${row.priority} ${isWaiting(row) ? "waiting" : ""}"
    data-incident=${row.id}
    aria-current=${chosen ? "true" : "false"}
    @click=${() => app.selectIncident(row.id)}
  >
    ${incidentSymbol(app, row)}
    <span class="card-head">
      <strong>${app.typeLabel(row.type)}</strong>
      <span class="muted">#${row.number}</span>
    </span>
    <span class="card-side">
      ${pressing ? timerChip(pressing) : age(app, row)}
    </span>
    <span class="card-place">${row.street || t("Place sealed")}</span>
    <span class="card-foot">
      <span class="badge priority">${t("P{priority}", { priority: row.priority })}</span>
      ${isWaiting(row) ? nothing : html`<span class="muted">${stateWord(row)}</span>`}
      ${row.made_up && !app.known?.board.town.made_up ? madeUp(true) : nothing} ${crews(app, row)}
    </span>
  </button>`;
}

function age(app: App, row: Incident): TemplateResult {
  const until = row.closed_at ? Date.parse(row.closed_at) : app.townMs();
  const text = span((until - Date.parse(row.received_at)) / 1000);
  return html`<span class="timer timer-plain">${icon("clock")}<span class="timer-text">${text}</span></span>`;
}

function crews(app: App, row: Incident): TemplateResult {
  return html`<span class="crews">
    ${row.units.map((ident) => {
      const status = app.unit(ident)?.status ?? "";
      return html`<span class="crew" title="${ident} · ${statusLabel(app, status)}">${statusSymbol(app, status)}${ident}</span>`;
    })}
  </span>`;
}
