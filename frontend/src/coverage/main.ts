/** Starts the coverage page: asks when the question changes, and joins map, figures and lists. */

import "maplibre-gl/dist/maplibre-gl.css";
import "../board/map/map.css";
import "./plan.css";
import { html, nothing, render, type TemplateResult } from "lit-html";
import { readPage, t } from "../words";
import { Failed, query, read } from "./ask";
import { hoursChart } from "./chart";
import type { Coverage, Gap, Layers, PlanPage, PostReach } from "./contract";
import { controls, questionOf, readMinutes, type Question } from "./controls";
import { themeNow } from "./look";
import { PlanMap } from "./map";
import { figures, gapList, honesty, postTable, type Chosen } from "./panels";

const page = readPage() as unknown as PlanPage;
const panel = document.getElementById("panel")!;
const say = document.getElementById("say")!;

let asked: Question = questionOf(location.search, page.plan.kinds);
let found: Coverage | null = null;
let layers: Layers | null = null;
let trouble: string | null = null;
let complaint: string | null = null;
let chosen: Chosen = { cell: null, post: null, allGaps: false };
let asking: AbortController | null = null;
let map: PlanMap | null = null;
let mapTrouble: string | null = null;

function startMap(): void {
  try {
    map = new PlanMap(document.getElementById("map")!, page.plan.town, themeNow(), picked);
  } catch (error) {
    // No WebGL on this machine: figures and lists work without a map.
    mapTrouble = t("This browser can't draw the map; figures and lists work without it.");
    console.error(error);
  }
}

function picked(layer: string, name: string): void {
  if (layer === "posts") choosePost(found?.posts.find((one) => one.ref === name));
  else if (layer === "gaps") chooseGap(found?.gaps.find((one) => one.cell === name));
}

function chooseGap(one: Gap | undefined): void {
  if (!one) return;
  chosen = { ...chosen, cell: one.cell, post: null, allGaps: chosen.allGaps || !isShown(one) };
  const shape = layers?.features.find((f) => f.properties?.["cell"] === one.cell)?.geometry ?? null;
  map?.point([one.lon, one.lat], shape);
  draw();
}

function isShown(one: Gap): boolean {
  return (found?.gaps.indexOf(one) ?? 0) < 8;
}

function choosePost(one: PostReach | undefined): void {
  if (!one) return;
  chosen = { ...chosen, cell: null, post: one.ref };
  map?.point([one.lon, one.lat]);
  draw();
}

function change(part: Partial<Question>): void {
  asked = { ...asked, ...part };
  const minutes = readMinutes(asked.minutes);
  complaint = minutes ? null : t("Write rising whole minutes from 1 to 120, such as 5,10,30.");
  if (minutes) {
    asked.minutes = minutes.join(",");
    if (!minutes.map(String).includes(asked.gap_minutes)) asked.gap_minutes = "";
    void ask();
  }
  draw();
}

async function ask(): Promise<void> {
  asking?.abort();
  const mine = (asking = new AbortController());
  const words = query({ ...asked });
  history.replaceState(null, "", `?${words}`);
  const stem = `/api/towns/${page.town}/coverage`;
  draw();
  try {
    const [figures, shapes] = await Promise.all([
      read<Coverage>(`${stem}?${words}&gaps=400`, mine.signal),
      read<Layers>(`${stem}/layers?${words}`, mine.signal),
    ]);
    if (mine.signal.aborted) return;
    [found, layers, trouble] = [figures, shapes, null];
    chosen = { cell: null, post: null, allGaps: false };
    map?.point(null);
    map?.show(layers.features, found.minutes.length, found.kind);
    say.textContent = t("Coverage is worked out.");
  } catch (error) {
    if (mine.signal.aborted) return;
    trouble = error instanceof Failed ? error.message : String(error);
  }
  asking = null;
  draw();
}

function draw(): void {
  render(
    html`${controls(page, asked, complaint, change)}
      <div class="plan-answer ${asking ? "waiting" : ""}" aria-busy=${asking ? "true" : "false"}>
        ${trouble ? html`<p class="plan-trouble" role="alert">${trouble}</p>` : nothing}
        ${mapTrouble ? html`<p class="plan-trouble">${mapTrouble}</p>` : nothing}
        ${found ? answer(found) : trouble ? nothing : html`<p class="muted">${t("Working out who is reached…")}</p>`}
      </div>`,
    panel,
  );
}

function answer(now: Coverage): TemplateResult {
  return html`${figures(now, themeNow())} ${hoursChart(now)}
  ${gapList(now, chosen, {
    gap: chooseGap,
    all: () => {
      chosen = { ...chosen, allGaps: true };
      draw();
    },
  })}
  ${postTable(now, chosen, choosePost)} ${honesty(now)} ${downloads()}`;
}

function downloads(): TemplateResult {
  const words = query({ ...asked });
  const link = (ending: string, word: string): TemplateResult =>
    html`<a class="tool download" href="${page.plan.files}.${ending}?${words}" download>${word}</a>`;
  return html`<section class="plan-part" aria-labelledby="files-title">
    <h2 id="files-title">${t("Take it along")}</h2>
    <p class="downloads">${link("geojson", "GeoJSON")} ${link("gpkg", "GeoPackage")} ${link("png", t("Picture (PNG)"))}</p>
  </section>`;
}

function redress(): void {
  map?.dressIn(themeNow());
  draw();
}

document.addEventListener("anlan-theme", redress);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redress);
startMap();
draw();
void ask();
