/** What crews are told of things near an incident: physical facts, warnings first, with distance. */

import { html, nothing, type TemplateResult } from "lit-html";
import { t } from "../../words";
import type { App } from "../app";
import type { Incident, NearbyPremises } from "../contract";
import { icon, madeUp } from "./parts";

type Fact = NearbyPremises["facts"][number];

export function preplans(app: App, row: Incident): TemplateResult | typeof nothing {
  const known = app.ui.preplans.get(row.id);
  if (!known?.length) return nothing;
  return html`<section class="block preplans" aria-label=${t("What is known here")}>
    <h3>${t("What is known here")}</h3>
    ${known.map(
      (one) => html`<div class="preplan">
        <p><strong>${one.name}</strong> <span class="muted">${one.class_label} · ${t("{metres} m away", { metres: one.distance_m })}</span> ${madeUp(one.made_up)}</p>
        ${one.hazards.length
          ? html`<p class="callout">${icon("warn")}${t("Open hazards: {kinds}", { kinds: one.hazards.join(", ") })}</p>`
          : nothing}
        <ul>${one.facts.map((fact) => line(fact))}</ul>
      </div>`,
    )}
  </section>`;
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
    <span><strong>${fact.kind_label}:</strong> ${what}${where.length ? ` (${where.join(", ")})` : ""}</span>
    <span class="muted small">${t("until {day}", { day: fact.expires_on })}</span>
  </li>`;
}
