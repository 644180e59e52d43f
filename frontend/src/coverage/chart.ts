/** The chart by hour: which share of each hour's calls is not reached within the limit. */

import { html, svg, type TemplateResult } from "lit-html";
import { t } from "../words";
import type { Coverage } from "./contract";
import { count, hourSpan, share } from "./numbers";

const WIDTH = 384;
const HEIGHT = 116;
const LEFT = 38;
const BOTTOM = 18;
const TOP = 8;

/** This will give the top of the scale: the next of 1, 2, 5, 10, 20, 50, 100 percent. */
export function scaleTop(most: number): number {
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].find((step) => most <= step) ?? 1;
}

/** This will give each hour's share that is not reached, null where no call came. */
export function unreached(found: Pick<Coverage, "hours" | "minutes" | "gap_minutes">): (number | null)[] {
  const place = found.minutes.indexOf(found.gap_minutes);
  return found.hours.map((one) => {
    const reached = one.calls_shares[place < 0 ? 0 : place];
    return reached === null || reached === undefined ? null : Math.max(0, 1 - reached);
  });
}

export function hoursChart(found: Coverage): TemplateResult {
  const values = unreached(found);
  const minutes = found.minutes.includes(found.gap_minutes) ? found.gap_minutes : found.minutes[0]!;
  const most = Math.max(...values.map((one) => one ?? 0));
  const worst = values.findIndex((one) => one === most);
  const title = t("Calls not reached within {minutes} minutes, by hour", { minutes });
  const said = t("Most at {hour}: {share}.", { hour: hourSpan(Math.max(worst, 0)), share: share(most) });
  return html`<section class="plan-part" aria-labelledby="hours-title">
    <h2 id="hours-title">${title}</h2>
    ${found.demand.calls === 0
      ? html`<p class="muted">${t("The log holds no call that counts for this kind.")}</p>`
      : html`${picture(found, values, most, `${title}. ${said}`)}
          <p class="small muted">${said}</p>
          <details class="plan-more">
            <summary>${t("As a table")}</summary>
            ${asTable(found, values)}
          </details>`}
  </section>`;
}

function picture(found: Coverage, values: (number | null)[], most: number, label: string): TemplateResult {
  const top = scaleTop(most);
  const tall = HEIGHT - TOP - BOTTOM;
  const step = (WIDTH - LEFT) / 24;
  const y = (value: number): number => TOP + tall * (1 - value / top);
  const bars = values.map((value, hour) => {
    const x = LEFT + hour * step + 1.5;
    const chosen = found.hour === hour ? "chosen" : "";
    if (value === null)
      return svg`<text class="chart-none" x=${x + step / 2 - 1.5} y=${TOP + tall - 3} text-anchor="middle">·</text>`;
    const high = Math.max((tall * value) / top, value > 0 ? 1 : 0);
    return svg`<rect class="chart-bar ${chosen}" x=${x} y=${TOP + tall - high} width=${step - 3} height=${high}><title>${hourSpan(hour)}${t(": ")}${share(value)}</title></rect>`;
  });
  const lines = [0, 0.5, 1].map(
    (part) => svg`<line class="chart-line" x1=${LEFT} x2=${WIDTH} y1=${y(top * part)} y2=${y(top * part)}></line>
      <text class="chart-word" x=${LEFT - 5} y=${y(top * part) + 3.5} text-anchor="end">${Math.round(top * part * 1000) / 10}%</text>`,
  );
  const hours = [0, 6, 12, 18].map(
    (hour) => svg`<text class="chart-word" x=${LEFT + (hour + 0.5) * step} y=${HEIGHT - 4} text-anchor="middle">${String(hour).padStart(2, "0")}</text>`,
  );
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${label}>${lines}${bars}${hours}</svg>`;
}

function asTable(found: Coverage, values: (number | null)[]): TemplateResult {
  return html`<table class="plan-table">
    <thead><tr><th scope="col">${t("Hour")}</th><th scope="col" class="right">${t("Calls")}</th><th scope="col" class="right">${t("Not reached")}</th></tr></thead>
    <tbody>
      ${found.hours.map(
        (one, at) => html`<tr><th scope="row">${hourSpan(one.hour)}</th><td class="right">${count(one.calls)}</td><td class="right">${share(values[at] ?? null)}</td></tr>`,
      )}
    </tbody>
  </table>`;
}
