/** What crews are told of things near an incident: physical facts, warnings first, with distance. */

import { html, nothing, type TemplateResult } from "lit-html";
import { listed, t } from "../../words";
import type { App } from "../app";
import type { Incident, NearbyPremises } from "../contract";
import { icon, madeUp } from "./parts";

type Fact = NearbyPremises["facts"][number];

export function preplans(app: App, row: Incident): TemplateResult | typeof nothing {
  const found = app.preplans.of(row.id);
  if (found?.state === "asking")
    return html`<p class="quiet preplans-asked">${t("Asking what is known here…")}</p>`;
  if (!found?.known.length) return nothing;
  return html`<section class="block preplans" aria-label=${t("What is known here")}>
    <h3>${t("What is known here")}</h3>
    ${found.known.map(
      (one) => html`<div class="preplan">
        <p><strong>${one.name}</strong> <span class="muted">${one.class_label} · ${t("{metres} m away", { metres: one.distance_m })}</span> ${madeUp(one.made_up)}</p>
        ${one.hazards.length
          ? html`<p class="callout">${icon("warn")}${t("Open hazards: {kinds}", { kinds: listed(one.hazards) })}</p>`
          : nothing}
        <ul>${one.facts.map((fact) => line(fact))}</ul>
      </div>`,
    )}
  </section>`;
}

/** This will give what has to be read before anybody is sent: warnings, or that they can't be read. */
export function warnings(app: App, row: Incident): TemplateResult | typeof nothing {
  const found = app.preplans.of(row.id);
  const lines = (found?.known ?? []).flatMap((one) => {
    const what = one.facts.filter((fact) => fact.kind === "warning");
    return what.length ? [{ name: one.name, kind: what[0]!.kind_label, what: listed(what.map((fact) => fact.label)) }] : [];
  });
  return html`${lines.map(
    (one) => html`<p class="callout preplan-warning">${icon("warn")}<span><strong>${one.kind}</strong>${t(": ")}${one.what} · ${one.name}</span></p>`,
  )}
  ${found?.state === "failed"
    ? html`<p class="callout preplans-failed" role="status">${icon("warn")}<span>${t("What is known here is not loaded.")}
        <button class="plain link" @click=${() => app.preplans.ask()}>${t("Try again")}</button></span></p>`
    : nothing}`;
}

function line(fact: Fact): TemplateResult {
  const where = [
    fact.side_label,
    fact.floor === null ? "" : t("floor {floor}", { floor: fact.floor }),
    fact.distance_m === null ? "" : `${fact.distance_m} m`,
    fact.amount_label,
  ].filter(Boolean);
  const what = fact.un_number ? `${fact.label} UN ${fact.un_number}` : fact.label;
  return html`<li class=${fact.kind}>
    ${fact.kind === "warning" ? icon("warn") : nothing}
    <span><strong>${fact.kind_label}</strong>${t(": ")}${what}${where.length ? t(" ({where})", { where: listed(where) }) : ""}</span>
    <span class="muted small">${t("until {day}", { day: fact.expires_on })}</span>
  </li>`;
}
