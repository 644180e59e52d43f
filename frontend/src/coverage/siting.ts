/** Starts the siting page: asks where posts should stand when told to, and shows what is proven. */

import "maplibre-gl/dist/maplibre-gl.css";
import "../board/map/map.css";
import "./plan.css";
import { html, nothing, render, type TemplateResult } from "lit-html";
import { isField } from "../board/drawing";
import { readPage, t } from "../words";
import { Failed, query, read } from "./ask";
import type { Band, PlanPage, Site, SitingFound, SitingLayers } from "./contract";
import { option } from "./controls";
import { themeNow } from "./look";
import { PlanMap } from "./map";
import { count, hourSpan, kindWord, oneDigit, share } from "./numbers";
import { swatch } from "./panels";

const page = readPage() as unknown as PlanPage;
const panel = document.getElementById("panel")!;
const say = document.getElementById("say")!;
const SECONDS = 8;

interface Form {
  model: string;
  kind: string;
  keep: string;
  number: string;
  minutes: string;
  far: string;
  weights: string;
  hour: string;
}

const words = new URLSearchParams(location.search);
let form: Form = {
  model: words.get("model") ?? "mclp",
  kind: words.get("kind") ?? page.plan.kinds[0] ?? "fire",
  keep: words.get("keep") ?? "true",
  number: words.get("number") ?? "1",
  minutes: words.get("minutes") ?? "5",
  far: words.get("far") ?? "10",
  weights: words.get("weights") ?? (page.plan.calls ? "calls" : "people"),
  hour: words.get("hour") ?? "all",
};
let found: SitingFound | null = null;
let trouble: string | null = null;
let asking: AbortController | null = null;
let map: PlanMap | null = null;

function models(): [string, string][] {
  return [
    ["mclp", t("Most reached within the minutes (MCLP)")],
    ["p-median", t("Shortest travel on average (p-median)")],
    ["p-center", t("Shortest travel to the farthest place (p-center)")],
    ["lscp", t("Fewest posts that reach everything (LSCP)")],
    ["backup", t("Reached by a second post as well (backup cover)")],
    ["mexclp", t("Reached by a unit that is free (MEXCLP)")],
    ["dsm", t("Two standards, near and far (DSM)")],
  ];
}

function change(part: Partial<Form>): void {
  form = { ...form, ...part };
  if (form.kind === "police") form.weights = "calls";
  if ("kind" in part) {
    found = null; // an answer for other posts is no answer for these
    showStanding();
  }
  draw();
}

/** This will show the posts that stand, before anything is searched. */
function showStanding(): void {
  const mine = page.plan.posts.filter((one) => one.kind === form.kind);
  map?.show(mine.map((one) => ({ type: "Feature", geometry: { type: "Point", coordinates: [one.lon, one.lat] }, properties: { ...one, layer: "post" } })), 1, form.kind);
  map?.propose([]);
}

async function ask(): Promise<void> {
  asking?.abort();
  const mine = (asking = new AbortController());
  trouble = null;
  draw();
  history.replaceState(null, "", `?${query({ ...form })}`);
  try {
    const answer = await read<SitingLayers>(`/api/towns/${page.town}/siting?${question()}`, mine.signal);
    if (mine.signal.aborted) return;
    found = answer.siting;
    map?.show(answer.features, found.after.length, found.asked.kind);
    map?.propose(answer.features.filter((one) => one.properties?.["layer"] === "site").map(titled));
    say.textContent = headline(found);
  } catch (error) {
    if (mine.signal.aborted) return;
    trouble = error instanceof Failed ? error.message : String(error);
  }
  asking = null;
  draw();
  land();
}

/**
 * The button is off while searching and loses focus: land on what was found, or back on it. Whoever
 * changes the question meanwhile keeps the focus there.
 */
function land(): void {
  if (isField(document.activeElement)) return;
  const goal = panel.querySelector<HTMLElement>(trouble ? "button.primary" : "#answer-title");
  if (!goal) return;
  goal.focus({ preventScroll: true });
  if (!trouble && matchMedia("(max-width: 860px)").matches) goal.scrollIntoView({ block: "start" });
}

function titled(one: GeoJSON.Feature): GeoJSON.Feature {
  const more = one.properties ?? {};
  return { ...one, properties: { ...more, title: more["state"] === "new" ? more["name"] : "" } };
}

function question(): string {
  const counted = form.model !== "lscp";
  const keep = form.keep === "true";
  return query({
    model: form.model,
    kind: form.kind,
    keep: form.keep,
    add: counted && keep ? form.number : "",
    total: counted && !keep ? form.number : "",
    minutes: form.model === "dsm" ? `${form.minutes},${form.far}` : form.minutes,
    weights: form.weights,
    hour: form.hour,
    seconds: String(SECONDS),
  });
}

function stop(): void {
  asking?.abort();
  asking = null;
  draw();
  panel.querySelector<HTMLElement>("button.primary")?.focus();
}

function draw(): void {
  render(
    html`${controls()}
      <div class="plan-answer ${asking ? "waiting" : ""}" aria-busy=${asking ? "true" : "false"}>
        ${trouble ? html`<p class="plan-trouble" role="alert">${trouble}</p>` : nothing}
        ${asking ? html`<p>${t("Searching, at most {seconds} seconds…", { seconds: SECONDS })}</p>` : nothing}
        ${found ? answer(found) : asking || trouble ? nothing : html`<p class="muted">${t("Choose what is wanted and search. Sites are the posts and one junction in each cell with streets.")}</p>`}
      </div>`,
    panel,
  );
}

function controls(): TemplateResult {
  const picked = (name: keyof Form) => (event: Event) => change({ [name]: (event.target as HTMLSelectElement).value });
  const timed = form.model !== "p-median" && form.model !== "p-center";
  return html`<form class="plan-form" @submit=${(event: Event) => (event.preventDefault(), void ask())}>
    <label class="wide">${t("What is wanted")}
      <select @change=${picked("model")}>${models().map(([code, word]) => option(code, word, form.model))}</select>
    </label>
    <label>${t("Posts")}
      <select @change=${picked("kind")}>${page.plan.kinds.map((kind) => option(kind, kindWord(kind), form.kind))}</select>
    </label>
    <label>${t("Posts that stand")}
      <select @change=${picked("keep")}>${option("true", t("stay"), form.keep)} ${option("false", t("may be given up"), form.keep)}</select>
    </label>
    ${form.model === "lscp" ? nothing : html`<label>${form.keep === "true" ? t("Posts to add") : t("Posts in all")}
      <input type="number" min="0" max="500" required .value=${form.number} @change=${picked("number")} />
    </label>`}
    ${timed ? html`<label>${form.model === "dsm" ? t("Near, minutes") : t("Minutes")}
      <input type="number" min="1" max="120" required .value=${form.minutes} @change=${picked("minutes")} />
    </label>` : nothing}
    ${form.model === "dsm" ? html`<label>${t("Far, minutes")}
      <input type="number" min="1" max="120" required .value=${form.far} @change=${picked("far")} />
    </label>` : nothing}
    <label>${t("Judged by")}
      <select @change=${picked("weights")}>${option("calls", t("calls"), form.weights)} ${form.kind === "police" ? nothing : option("people", t("people"), form.weights)}</select>
    </label>
    <label>${t("Hour of the day")}
      <select @change=${picked("hour")}>
        ${option("all", t("All hours"), form.hour)} ${Array.from({ length: 24 }, (_, hour) => option(String(hour), hourSpan(hour), form.hour))}
      </select>
    </label>
    <p class="wide plan-buttons">
      <button class="primary" ?disabled=${asking !== null}>${t("Search")}</button>
      ${asking ? html`<button type="button" @click=${stop}>${t("Stop waiting")}</button>` : nothing}
    </p>
  </form>`;
}

/** This will say the answer in one sentence. */
export function headline(one: SitingFound): string {
  const facts = {
    value: count(one.value),
    of: count(one.of),
    minutes: one.asked.minutes[0] ?? 0,
    what: one.asked.weights === "people" ? t("people") : t("calls"),
  };
  const cells = { ...facts, places: count(one.demands) };
  if (one.unit === "posts" && Math.round(one.value) === 1) return t("1 post reaches all {places} places of demand within {minutes} minutes.", cells);
  if (one.unit === "posts") return t("{value} posts reach all {places} places of demand within {minutes} minutes.", cells);
  if (one.asked.model === "p-median") return t("{minutes} minutes to the nearest post on average.", { minutes: oneDigit(one.value / 60) });
  if (one.asked.model === "p-center") return t("{minutes} minutes to the farthest place.", { minutes: oneDigit(one.value / 60) });
  if (one.asked.model === "mexclp") return t("{value} of {of} {what} are reached by a free unit within {minutes} minutes.", facts);
  if (one.asked.model === "dsm") return t("{value} of {of} {what} have two units within {minutes} minutes.", facts);
  if (one.asked.model === "backup") return t("{value} of {of} {what} within {minutes} minutes, once and twice in equal parts.", facts);
  return t("{value} of {of} {what} are within {minutes} minutes.", facts);
}

/** This will say what is proven. */
export function proof(one: SitingFound): string {
  if (one.optimal) return t("Best possible for these sites: proven.");
  if (one.gap === null) return t("Best found; nothing is proven.");
  return t("Best found; the best possible is at most {gap} better. Not proven.", { gap: share(one.gap) });
}

function answer(one: SitingFound): TemplateResult {
  const fresh = one.sites.filter((site) => site.state === "new");
  const dropped = one.sites.filter((site) => site.state === "dropped");
  const kept = one.sites.length - fresh.length - dropped.length;
  const rows = (sites: Site[]): TemplateResult => html`<ol class="gap-list">${sites.map((site) => html`<li>${siteRow(site)}</li>`)}</ol>`;
  return html`<h2 class="plan-say" id="answer-title" tabindex="-1">${headline(one)}</h2>
    <p><span class="plan-proof ${one.optimal ? "" : "open"}">${proof(one)}</span></p>
    <section class="plan-part" aria-labelledby="sites-title">
      <h2 id="sites-title">${t("Posts")}</h2>
      ${fresh.length ? rows(fresh) : nothing}
      <p class="small muted">${kept === 1 ? t("1 post stays.") : t("{count} posts stay.", { count: kept })}</p>
      ${dropped.length ? html`<details><summary>${t("Posts given up: {count}", { count: dropped.length })}</summary>${rows(dropped)}</details>` : nothing}
    </section>
    ${beforeAfter(one)}
    <section class="plan-part honest" aria-labelledby="honest-title">
      <h2 id="honest-title">${t("How sure this is")}</h2>
      <ul class="plain-list">
        ${one.made_up ? html`<li>${t("Made up: posts are sited by a model and nobody called.")}</li>` : nothing}
        <li>${t("{sites} sites were open to choice, demand stands at {demands} places; the proof is for these.", { sites: count(one.candidates), demands: count(one.demands) })}</li>
        <li>${times(one)}</li>
        <li>${t("A model knows roads and calls, not land, neighbours or money: it proposes, people decide.")}</li>
      </ul>
      <p class="small muted">${one.method} · ${t("seed {seed}", { seed: one.seed })}</p>
    </section>`;
}

function times(one: SitingFound): string {
  if (one.speed.source === "free_flow") return t("Times are those of empty streets, since the log holds too few trips; real ones are longer.");
  if (one.speed.source === "town") return t("Times: {factor} times free flow at every hour.", { factor: one.speed.factor.toFixed(2) });
  return t("Usual travel times, fitted to the log; on days left out half are off by more than {p50} s.", { p50: count(one.speed.p50_error_s) });
}

function siteRow(site: Site): TemplateResult {
  const word = site.state === "new" ? t("new") : t("given up");
  const units = site.units > 1 ? html` · ${t("{count} units", { count: site.units })}` : nothing;
  return html`<button class="gap" @click=${() => map?.point([site.lon, site.lat])}>
    <strong>${site.name}</strong> <span class="badge">${word}</span>
    <span class="gap-lost">${site.lon.toFixed(5)}, ${site.lat.toFixed(5)}${units}</span>
  </button>`;
}

function beforeAfter(one: SitingFound): TemplateResult {
  const called = one.demand.calls > 0;
  const row = (old: Band, now: Band, band: number): TemplateResult => html`<tr>
    <th scope="row">${swatch(band, one.after.length, themeNow())} ${t("{minutes} min", { minutes: old.minutes })}</th>
    ${called ? html`<td class="right">${share(old.calls_share)}</td><td class="right strong">${share(now.calls_share)}</td>` : nothing}
    <td class="right">${share(old.people_share)}</td><td class="right strong">${share(now.people_share)}</td>
    <td class="right roomy">${share(old.area_share)}</td><td class="right strong roomy">${share(now.area_share)}</td>
  </tr>`;
  return html`<section class="plan-part" aria-labelledby="cover-title">
    <h2 id="cover-title">${t("Cover before and after")}</h2>
    <table class="plan-table figures narrow">
      <thead>
        <tr><td></td>${called ? html`<th scope="colgroup" colspan="2">${t("Calls")}</th>` : nothing}<th scope="colgroup" colspan="2">${t("People")}</th><th class="roomy" scope="colgroup" colspan="2">${t("Area")}</th></tr>
        <tr><th scope="col">${t("Within")}</th>${(called ? ["", "", "roomy"] : ["", "roomy"]).map((room) => html`<th scope="col" class="right ${room}">${t("before")}</th><th scope="col" class="right ${room}">${t("after")}</th>`)}</tr>
      </thead>
      <tbody>${one.before.map((old, band) => row(old, one.after[band]!, band))}</tbody>
    </table>
    <p class="small muted">${t("The answer above counts demand gathered at {places} places, at one speed; this table counts each call and all people at their own places, calls at their own hour. So the two can differ.", { places: count(one.demands) })}</p>
  </section>`;
}

function redress(): void {
  map?.dressIn(themeNow());
  draw();
}

function start(): void {
  try {
    map = new PlanMap(document.getElementById("map")!, page.plan.town, themeNow(), () => undefined);
  } catch (error) {
    // No WebGL on this machine: figures and lists work without a map.
    trouble = t("This browser can't draw the map; figures and lists work without it.");
    console.error(error);
  }
  document.addEventListener("anlan-theme", redress);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redress);
  showStanding();
  draw();
}

start();
