/** Starts the board: draws each pane when something changed, and joins panes, map and keys. */

import "maplibre-gl/dist/maplibre-gl.css";
import "./map/map.css";
import "./board.css";
import { html, nothing } from "lit-html";
import { readPage, t } from "../words";
import { App } from "./app";
import { drawPane } from "./drawing";
import type { Point } from "./map/motion";
import { MapView } from "./map/view";
import { banner, bar, notices, tabs } from "./panels/bar";
import { chosenMove, coverLegend, coverPanel, coverStrip } from "./panels/cover";
import { incident } from "./panels/incident";
import { intake } from "./panels/intake";
import { keysPanel, onKey } from "./panels/keys";
import { queue } from "./panels/queue";
import { units } from "./panels/units";
import { isOpen, type Known } from "./state";
import type { BoardPage, CoverCell, Incident } from "./contract";

const page = readPage() as BoardPage;
const pane = (id: string): HTMLElement => document.getElementById(id)!;
let map: MapView | null = null;
let mapTrouble: string | null = null;

const app = new App(page, draw);

function draw(): void {
  drawPane("bar", () => bar(app));
  drawPane("banner", () => html`${banner(app)}${notices(app)}`);
  drawPane("cover", () => coverStrip(app));
  drawPane("queue", () => queue(app));
  drawPane("units", () => units(app));
  drawPane("detail", side);
  drawPane("tabs", () => tabs(app));
  drawPane("map-note", mapNote);
  const main = pane("main");
  if (main.dataset["tab"] !== app.ui.tab) {
    main.dataset["tab"] = app.ui.tab;
    map?.map.resize();
  }
  document.body.dataset["side"] = app.ui.side;
  document.body.classList.toggle("stale", app.connection.state === "lost");
  showMap();
}

function side() {
  if (app.ui.side === "intake") return intake(app);
  if (app.ui.side === "keys") return keysPanel(app);
  if (app.ui.side === "cover") return coverPanel(app);
  return incident(app);
}

function mapNote() {
  if (mapTrouble) return html`<p class="map-note">${mapTrouble}</p>`;
  const town = app.known?.board.town;
  if (!town) return nothing;
  if (app.ui.side === "intake") return html`<p class="map-note">${t("Click the map to pin the call.")}</p>`;
  if (app.cover.drawn) return coverLegend(app);
  if (!town.basemap) return html`<p class="map-note">${t("This town has no base map; units and calls stand where they are.")}</p>`;
  return nothing;
}

/** The way of the chosen move, while the panel that proposes it is open. */
function moveLine(): readonly (readonly [number, number])[] {
  const chosen = app.ui.side === "cover" ? chosenMove(app) : null;
  const unit = app.unit(chosen?.move.unit ?? null);
  const post = app.post(chosen?.move.post);
  return unit && post ? app.cover.wayOf(unit, [post.lon, post.lat]) : NO_LINE;
}

const NO_LINE: readonly (readonly [number, number])[] = [];

let openRows: { from: Known["incidents"]; rows: readonly Incident[] } | null = null;

function openIncidents(known: Known): readonly Incident[] {
  if (openRows?.from !== known.incidents)
    openRows = { from: known.incidents, rows: [...known.incidents.values()].filter(isOpen) };
  return openRows.rows;
}

const NO_CELLS: readonly CoverCell[] = [];
let unitRows: { from: Known["units"]; rows: Known["board"]["units"] } | null = null;

function showMap(): void {
  const { known, ui } = app;
  if (!map || !known) return;
  if (unitRows?.from !== known.units) unitRows = { from: known.units, rows: [...known.units.values()] };
  const { lon, lat } = ui.draft;
  map.show({
    incidents: openIncidents(known),
    units: unitRows.rows,
    closures: known.closures,
    selectedIncident: ui.incident,
    selectedUnit: ui.unit,
    cells: app.cover.drawn ? app.cover.cells : NO_CELLS,
    move: moveLine(),
    pin: ui.side === "intake" && lon !== null && lat !== null ? [lon, lat] : null,
  });
}

function pinned(point: readonly [number, number]): void {
  if (app.ui.side !== "intake") return;
  const [lon, lat] = [Number(point[0].toFixed(6)), Number(point[1].toFixed(6))];
  app.editDraft({ lon, lat });
  app.say(t("Pinned at {point}", { point: `${lon}, ${lat}` }));
}

app.onBoard = () => {
  if (map || !app.known) return;
  const { board } = app.known;
  try {
    map = new MapView({
      container: pane("map"),
      town: board.town,
      posts: board.posts,
      types: app.types,
      statuses: app.statuses,
      theme: app.theme,
      words: {
        "Map.Title": t("Map of units and calls"),
        "NavigationControl.ZoomIn": t("Zoom in"),
        "NavigationControl.ZoomOut": t("Zoom out"),
        "AttributionControl.ToggleAttribution": t("Sources of the map"),
      },
      onIncident: (id) => app.selectIncident(id),
      onUnit: (ident) => app.set({ unit: ident, tab: app.ui.tab === "map" ? "units" : app.ui.tab }),
      onPoint: pinned,
    });
  } catch (error) {
    // No WebGL on this machine: the rest of the board works without a map.
    mapTrouble = t("This browser can't draw the map; queue and units work without it.");
    console.error(error);
  }
};

/** The second of two quick clicks is for what the first one was for, not for what came into its place. */
let clicked: Element | null = null;
document.addEventListener(
  "click",
  (event) => {
    const on = (event.target as Element).closest("button, a");
    if (event.detail > 1 && on && on !== clicked) {
      event.preventDefault();
      event.stopPropagation();
    } else clicked = on;
  },
  { capture: true },
);

for (const sign of ["focusin", "pointerdown"])
  document.addEventListener(sign, () => (app.fieldGone = false), { capture: true });

document.addEventListener("keydown", (event) => onKey(app, event, () => map?.whole()));
document.addEventListener("anlan-fly", (event) => map?.fly((event as CustomEvent<[number, number]>).detail));
document.addEventListener("anlan-fit", (event) => map?.fit((event as CustomEvent<[Point, Point]>).detail));
document.addEventListener("anlan-pin-centre", () => {
  const centre = map?.map.getCenter();
  if (centre) pinned([centre.lng, centre.lat]);
});

function redress(): void {
  map?.dressIn(app.theme);
  app.changed();
}

document.addEventListener("anlan-theme", redress);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redress);

void app.start();
