/** What stands beside the map: the answer in figures, gaps, posts, and how sure it all is. */

import { html, nothing, svg, type TemplateResult } from "lit-html";
import type { Theme } from "../board/symbols";
import { t } from "../words";
import type { Band, Coverage, Gap, PostReach } from "./contract";
import { bandColour, bandInk, LETTERS } from "./look";
import { count, km2, oneDigit, share } from "./numbers";

const FIRST_GAPS = 8;

export function swatch(band: number, bands: number, theme: Theme): TemplateResult {
  const beyond = band >= bands;
  const lines = beyond ? svg`<path d="M-2 24 24 -2M-2 12 12 -2M10 26 26 10" stroke="#fff" stroke-width="2.4" opacity=".7"></path>` : nothing;
  return html`<svg class="swatch" viewBox="0 0 24 24" aria-hidden="true">
    <rect width="24" height="24" rx="4" fill=${bandColour(band, bands, theme)}></rect>${lines}
    <text x="12" y="12.8" text-anchor="middle" dominant-baseline="central" fill=${bandInk(band, bands, theme)}>${LETTERS[band]}</text>
  </svg>`;
}

export function figures(found: Coverage, theme: Theme): TemplateResult {
  const bands = found.bands.length;
  const last = found.bands[bands - 1]!;
  const called = found.demand.calls > 0;
  return html`<section class="plan-part" aria-labelledby="figures-title">
    <h2 id="figures-title">${t("Share reached")}</h2>
    <table class="plan-table figures">
      <thead>
        <tr>
          <th scope="col">${t("Within")}</th>
          ${called
            ? html`<th scope="col" class="right">${t("Calls")}</th>
                <th scope="col" class="right">${t("Calls, expected")}</th>
                <th scope="col" class="right">${t("Calls, in the log")}</th>`
            : nothing}
          <th scope="col" class="right">${t("People")}</th>
          <th scope="col" class="right">${t("Area")}</th>
        </tr>
      </thead>
      <tbody>
        ${found.bands.map((one, band) => figureRow(one, band, bands, theme, called))}
        <tr class="quiet">
          <th scope="row">${swatch(bands, bands, theme)} ${t("over {minutes} min", { minutes: last.minutes })}</th>
          ${called ? html`<td class="right">${count(found.demand.calls - last.calls)}</td><td></td><td></td>` : nothing}
          <td class="right">${last.people === null ? "–" : count(found.demand.people - last.people)}</td>
          <td class="right">${km2(Math.max(0, found.demand.area_km2 - last.area_km2))}</td>
        </tr>
      </tbody>
    </table>
    <p class="small muted">${!called ? t("No call counts for this kind, so people and area are judged.") : t("Calls go by the usual time; “expected” lets trips vary as those of the log do; “in the log” is what crews of these posts really did, from wherever they were.")}</p>
  </section>`;
}

function figureRow(one: Band, band: number, bands: number, theme: Theme, called: boolean): TemplateResult {
  return html`<tr>
    <th scope="row">${swatch(band, bands, theme)} ${t("{minutes} min", { minutes: one.minutes })}</th>
    ${called
      ? html`<td class="right strong">${share(one.calls_share)}</td>
          <td class="right">${share(one.expected_share)}</td>
          <td class="right">${share(one.seen_share)}</td>`
      : nothing}
    <td class="right">${share(one.people_share)}</td>
    <td class="right">${share(one.area_share)}</td>
  </tr>`;
}

export interface Chosen {
  cell: string | null;
  post: string | null;
  allGaps: boolean;
}

export function gapList(found: Coverage, chosen: Chosen, act: { gap: (one: Gap) => void; all: () => void }): TemplateResult {
  const shown = chosen.allGaps ? found.gaps : found.gaps.slice(0, FIRST_GAPS);
  const names = new Map(found.posts.map((one) => [one.ref, one.name || one.ref]));
  const more = found.gap_count - shown.length;
  return html`<section class="plan-part" aria-labelledby="gaps-title">
    <h2 id="gaps-title">${t("Gaps: not reached within {minutes} minutes", { minutes: found.gap_minutes })} <span class="count">${count(found.gap_count)}</span></h2>
    ${found.gap_count === 0
      ? html`<p>${t("No cell has a call, a person or 0.01 km² out of reach.")}</p>`
      : html`<p class="small muted">${found.demand.calls ? t("Area cells of 0.74 km², what loses most calls first.") : t("Area cells of 0.74 km², what loses most people first.")}</p>
          <ol class="gap-list">
            ${shown.map((one) => html`<li>${gapRow(one, names.get(one.nearest ?? "") ?? "–", one.cell === chosen.cell, found.demand.calls > 0, act.gap)}</li>`)}
          </ol>
          ${more > 0 && !chosen.allGaps ? html`<button @click=${act.all}>${t("Show {count} more", { count: Math.min(more, found.gaps.length - shown.length) })}</button>` : nothing}`}
  </section>`;
}

function gapRow(one: Gap, post: string, chosen: boolean, called: boolean, choose: (one: Gap) => void): TemplateResult {
  const minutes = one.minutes === null ? t("no way leads there") : t("{minutes} min from {post}", { minutes: oneDigit(one.minutes), post });
  const people = one.people === null ? nothing : html`${t("{count} people", { count: count(one.people) })} · `;
  return html`<button class="gap" aria-pressed=${chosen ? "true" : "false"} @click=${() => choose(one)}>
    <strong>${one.street || `${one.lon.toFixed(4)}, ${one.lat.toFixed(4)}`}</strong> <span class="gap-minutes">${minutes}</span>
    <span class="gap-lost">${called ? html`${t("{lost} of {all} calls", { lost: count(one.calls), all: count(one.calls_of) })} · ` : nothing}${people}${km2(one.area_km2)}</span>
  </button>`;
}

export function postTable(found: Coverage, chosen: Chosen, choose: (one: PostReach) => void): TemplateResult {
  const rows = [...found.posts].sort((a, b) => b.only_calls - a.only_calls || (b.only_people ?? 0) - (a.only_people ?? 0) || b.only_area_km2 - a.only_area_km2);
  const called = found.demand.calls > 0;
  return html`<section class="plan-part" aria-labelledby="posts-title">
    <h2 id="posts-title">${t("Posts, and what only they reach within {minutes} minutes", { minutes: found.gap_minutes })}</h2>
    <p class="small muted">${t("“Only it” is lost when the post closes and nothing else changes.")}</p>
    <div class="plan-scroll" tabindex="0" role="group" aria-label=${t("Table of posts")}>
      <table class="plan-table posts">
        <thead>
          <tr>
            <th scope="col">${t("Post")}</th>
            ${called
              ? html`<th scope="col" class="right">${t("Reaches calls")}</th>
                  <th scope="col" class="right">${t("First there")}</th>
                  <th scope="col" class="right">${t("Only it: calls")}</th>`
              : html`<th scope="col" class="right">${t("Only it: people")}</th>`}
            <th scope="col" class="right">${t("Only it: area")}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (one) => html`<tr class=${one.ref === chosen.post ? "chosen" : ""}>
              <th scope="row"><button class="plain link" @click=${() => choose(one)}>${one.name || one.ref}</button>${one.staffed ? nothing : html` <span class="badge">${t("not on duty")}</span>`}${one.made_up ? html` <span class="badge made-up">${t("made up")}</span>` : nothing}</th>
              ${called
                ? html`<td class="right">${count(one.calls)}</td>
                    <td class="right">${count(one.first_calls)}</td>
                    <td class="right strong">${count(one.only_calls)}</td>`
                : html`<td class="right strong">${count(one.only_people)}</td>`}
              <td class="right">${km2(one.only_area_km2)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

export function honesty(found: Coverage): TemplateResult {
  return html`<section class="plan-part honest" aria-labelledby="honest-title">
    <h2 id="honest-title">${t("How sure this is")}</h2>
    <ul class="plain-list">
      ${honestLines(found).map((line) => html`<li>${line}</li>`)}
    </ul>
  </section>`;
}

/** This will say what the figures stand on, in sentences. */
export function honestLines(found: Coverage): string[] {
  const lines = found.made_up ? [t("Made up: posts are sited by a model and nobody called.")] : [];
  return [...lines, ...apartLine(found), speedLine(found), callsLine(found), ...fewLine(found), peopleLine(found), startLine(found), t("All streets are taken as open.")];
}

function speedLine(found: Coverage): string {
  const { speed } = found;
  const factor = speed.factor.toFixed(2);
  const fixed = count(speed.fixed_s);
  if (speed.source === "free_flow") return t("Times are those of empty streets, since the log holds too few trips; real ones are longer.");
  if (speed.source === "town") return t("Times: {factor} times free flow at every hour.", { factor });
  const facts = { factor, fixed, trips: count(speed.trips), p50: count(speed.p50_error_s), p90: count(speed.p90_error_s) };
  if (found.hour !== null && !speed.of_that_hour)
    return t("The log holds few trips of this hour ({trips}), so the day's speed counts most: {fixed} s and {factor} times free flow.", facts);
  return t("Times: {fixed} s and {factor} times free flow, fitted to {trips} trips of the log; on days left out half are off by more than {p50} s, one in ten by more than {p90} s.", facts);
}

function callsLine(found: Coverage): string {
  const { demand } = found;
  if (!demand.calls) return t("The log holds no call that counts for this kind.");
  const facts = { calls: count(demand.calls), first: demand.calls_from ?? "", last: demand.calls_to ?? "", out: count(demand.calls_left_out) };
  if (found.kind === "police")
    return t("{calls} calls that people made, at block midpoints, {first} to {last}; {out} others do not count.", facts);
  return t("{calls} calls at block midpoints, {first} to {last}; {out} others do not count.", facts);
}

/** With fewer calls a share says little; farther apart, expected and seen shares are not to be trusted. */
const FEW_CALLS = 30;
const FAR_APART = 0.1;

function fewLine(found: Coverage): string[] {
  const { calls } = found.demand;
  if (!calls || calls >= FEW_CALLS) return [];
  return [calls === 1 ? t("Only 1 call: too few for shares of calls to tell much.") : t("Only {calls} calls: too few for shares of calls to tell much.", { calls })];
}

function apartLine(found: Coverage): string[] {
  const apart = (one: Band): number => (one.expected_share === null || one.seen_share === null || one.seen < FEW_CALLS ? 0 : Math.abs(one.expected_share - one.seen_share));
  const far = [...found.bands].sort((a, b) => apart(b) - apart(a))[0];
  if (!far || apart(far) <= FAR_APART) return [];
  return [t("Don't trust these figures yet: within {minutes} minutes {expected} are expected and {seen} were seen in the log. Its units may be of other kinds or come from elsewhere, or its times be kept otherwise.", { minutes: far.minutes, expected: share(far.expected_share), seen: share(far.seen_share) })];
}

function peopleLine(found: Coverage): string {
  if (found.demand.people_source === "zones") return t("People: by the zones that the town was made with.");
  if (found.demand.people_source === "streets") return t("People are a guess, from the length of streets with homes.");
  return t("How many people live where is not known.");
}

function startLine(found: Coverage): string {
  if (found.counted_from === "travel") return t("Minutes count from leaving the post: travel only.");
  const seconds = count(found.turnout_s);
  if (found.counted_from === "turnout") return t("Minutes count from being sent; {seconds} s of turnout are added.", { seconds });
  return t("Minutes count from the call's receipt; {processing} s of processing and {seconds} s of turnout are added.", { processing: count(found.processing_s), seconds });
}
