/** The planning map: bands over the town, gaps, posts, proposed sites. */

import * as maplibregl from "maplibre-gl";
import type { ExpressionSpecification, GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { Protocol } from "pmtiles";
import { baseStyle } from "../board/map/style";
import { drawSymbol, type Theme } from "../board/symbols";
import { t } from "../words";
import type { PlanTown } from "./contract";
import { bandColour, LETTERS } from "./look";

maplibregl.setWorkerUrl(workerUrl);
maplibregl.addProtocol("pmtiles", new Protocol().tile);

type Feature = GeoJSON.Feature;
export type Point = readonly [number, number];

const LETTER_OF_KIND: Record<string, string> = { fire: "F", ambulance: "A", police: "P", hospital: "H" };
const FONT = ["Noto Sans CJK SC", "Noto Sans", "system-ui", "sans-serif"];

export class PlanMap {
  readonly map: MapLibre;
  private ready = false;
  private bands = 1;
  private kind = "fire";
  private readonly shown = new Map<string, Feature[]>();

  constructor(
    container: HTMLElement,
    private readonly town: PlanTown,
    private theme: Theme,
    onPick: (layer: string, name: string) => void,
  ) {
    this.map = new maplibregl.Map({
      container,
      style: this.style(),
      ...(town.bounds ? { bounds: town.bounds, fitBoundsOptions: { padding: { top: 16, right: 16, bottom: 40, left: 16 } } } : {}),
      attributionControl: false,
      locale: {
        "Map.Title": t("Map of coverage"),
        "NavigationControl.ZoomIn": t("Zoom in"),
        "NavigationControl.ZoomOut": t("Zoom out"),
        "AttributionControl.ToggleAttribution": t("Sources of the map"),
      },
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      fadeDuration: 0,
      localIdeographFontFamily: '"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif',
    });
    // Further out the town is a dot under its posts, and the base map has no streets.
    if (town.bounds) this.map.setMinZoom(Math.max(0, this.map.getZoom() - 2));
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new maplibregl.ScaleControl({ unit: "metric" }), "bottom-left");
    this.map.addControl(
      new maplibregl.AttributionControl({
        compact: false,
        // Said here too: a source's own words show only once its tiles have been drawn.
        customAttribution: town.attribution.join(" · "),
      }),
      "bottom-right",
    );
    this.map.on("style.load", () => this.dress());
    this.map.on("click", (event) => {
      const { x, y } = event.point;
      const layers = ["sites", "posts", "gaps"].filter((id) => this.map.getLayer(id));
      const box: [[number, number], [number, number]] = [[x - 6, y - 6], [x + 6, y + 6]];
      const hit = this.map.queryRenderedFeatures(box, { layers })[0];
      if (hit) onPick(hit.layer.id, String(hit.properties["name"] ?? ""));
    });
  }

  /** This will show layers of the API's GeoJSON for so many bands. */
  show(features: readonly Feature[], bands: number, kind: string): void {
    this.bands = bands;
    this.kind = kind;
    const of = (layer: string): Feature[] => features.filter((one) => one.properties?.["layer"] === layer);
    this.shown.set("bands", of("band").map((one) => lettered(one)));
    this.shown.set("gaps", of("gap").map((one) => named(one, "cell")));
    this.shown.set("posts", of("post").map((one) => named(one, "ref")));
    this.redraw();
  }

  /** This will mark proposed sites and those given up. */
  propose(sites: readonly Feature[]): void {
    this.shown.set("sites", [...sites]);
    this.redraw();
  }

  /** This will ring a place and bring it into view. */
  point(at: Point | null, shape: GeoJSON.Geometry | null = null): void {
    const features: Feature[] = [];
    if (shape) features.push({ type: "Feature", geometry: shape, properties: {} });
    else if (at) features.push({ type: "Feature", geometry: { type: "Point", coordinates: [...at] }, properties: {} });
    this.shown.set("chosen", features);
    this.redraw();
    if (!at) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.easeTo({ center: [...at], zoom: Math.max(this.map.getZoom(), 13), duration: calm ? 0 : 500 });
  }

  dressIn(theme: Theme): void {
    if (theme === this.theme) return;
    this.theme = theme;
    this.ready = false;
    this.map.setStyle(this.style(), { diff: false });
  }

  private style(): ReturnType<typeof baseStyle> {
    const tiles = this.town.basemap ? new URL(this.town.basemap, location.href).href : null;
    return baseStyle(this.theme, tiles, this.town.attribution.join(" · "));
  }

  private dress(): void {
    for (const name of ["bands", "gaps", "posts", "sites", "chosen"])
      this.map.addSource(name, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    const ratio = Math.max(2, Math.ceil(devicePixelRatio));
    this.map.addImage("hatch", hatch(this.theme, ratio), { pixelRatio: ratio });
    const under = this.map.getLayer("street-names") ? "street-names" : undefined;
    for (const layer of this.layers()) this.map.addLayer(layer, under);
    for (const layer of this.marks()) this.map.addLayer(layer);
    this.ready = true;
    this.redraw();
  }

  private layers(): maplibregl.LayerSpecification[] {
    return [
      { id: "bands", type: "fill", source: "bands", paint: { "fill-color": this.colours(), "fill-opacity": this.theme === "dark" ? 0.5 : 0.55, "fill-antialias": false } },
      { id: "beyond", type: "fill", source: "bands", filter: ["==", ["get", "to_minutes"], null], paint: { "fill-pattern": "hatch" } },
      { id: "gaps", type: "fill", source: "gaps", paint: { "fill-opacity": 0 } },
    ];
  }

  private marks(): maplibregl.LayerSpecification[] {
    const ink = this.theme === "dark" ? "#eef5f3" : "#142020";
    const halo = this.theme === "dark" ? "#0c1314" : "#ffffff";
    const label = { "text-color": ink, "text-halo-color": halo, "text-halo-width": 1.8 };
    return [
      { id: "gap-lines", type: "line", source: "gaps", minzoom: 12.5, paint: { "line-color": ink, "line-width": 1, "line-dasharray": [2, 2], "line-opacity": 0.5 } },
      { id: "chosen-line", type: "line", source: "chosen", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": ink, "line-width": 3.5 } },
      { id: "chosen-point", type: "circle", source: "chosen", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 20, "circle-color": ink, "circle-opacity": 0.12, "circle-stroke-color": ink, "circle-stroke-width": 3 } },
      { id: "letters", type: "symbol", source: "bands", layout: { "text-field": ["get", "letter"], "text-font": FONT, "text-size": 13, "text-padding": 30 }, paint: label },
      { id: "posts", type: "symbol", source: "posts", layout: { "icon-image": ["get", "icon"], "icon-allow-overlap": true, "icon-size": ["interpolate", ["linear"], ["zoom"], 8.5, 0.4, 10.5, 0.8, 14, 1.15], "text-field": ["step", ["zoom"], "", 13, ["get", "title"]], "text-font": FONT, "text-size": 11, "text-offset": [0, 1.6], "text-optional": true }, paint: label },
      { id: "sites", type: "symbol", source: "sites", layout: { "icon-image": ["get", "icon"], "icon-allow-overlap": true, "text-field": ["get", "title"], "text-font": FONT, "text-size": 12, "text-offset": [0, 1.7], "text-optional": true }, paint: label },
    ];
  }

  private colours(): ExpressionSpecification {
    const steps: unknown[] = [];
    for (let band = 0; band < this.bands; band += 1) steps.push(band, bandColour(band, this.bands, this.theme));
    return ["match", ["get", "band"], ...steps, bandColour(this.bands, this.bands, this.theme)] as unknown as ExpressionSpecification;
  }

  private redraw(): void {
    if (!this.ready) return;
    this.map.setPaintProperty("bands", "fill-color", this.colours());
    for (const [source, features] of this.shown) {
      const drawn = source === "posts" || source === "sites" ? features.map((one) => this.marked(one, source)) : features;
      (this.map.getSource(source) as GeoJSONSource | undefined)?.setData({ type: "FeatureCollection", features: drawn });
    }
  }

  private marked(one: Feature, source: string): Feature {
    const more = one.properties ?? {};
    const state = source === "sites" ? String(more["state"] ?? "new") : more["staffed"] === false ? "off" : "post";
    const icon = `${state}-${this.kind}`;
    if (!this.map.hasImage(icon)) {
      const ratio = Math.max(2, Math.ceil(devicePixelRatio));
      const letters = state === "new" ? "+" : (LETTER_OF_KIND[this.kind] ?? "?");
      const colour = state === "new" ? "orange" : state === "off" || state === "dropped" ? "grey" : "teal";
      const shape = state === "new" ? "star" : "house";
      const image = drawSymbol({ letters, shape, colour, hollow: state === "dropped" }, this.theme, state === "new" ? 34 : 22, ratio);
      this.map.addImage(icon, image, { pixelRatio: ratio });
    }
    return { ...one, properties: { ...more, icon } };
  }
}

function lettered(one: Feature): Feature {
  const band = Number(one.properties?.["band"] ?? 0);
  return { ...one, properties: { ...one.properties, letter: LETTERS[band] ?? "?" } };
}

function named(one: Feature, by: string): Feature {
  const more = one.properties ?? {};
  return { ...one, properties: { ...more, name: more[by], title: more["name"] ?? "" } };
}

/** Diagonal lines over what nobody reaches in time. */
function hatch(theme: Theme, ratio: number): ImageData {
  const edge = 10 * ratio;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = edge;
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  pen.strokeStyle = theme === "dark" ? "rgb(255 255 255 / 55%)" : "rgb(255 255 255 / 75%)";
  pen.lineWidth = 1.6 * ratio;
  for (const at of [-edge, 0, edge]) {
    pen.beginPath();
    pen.moveTo(at, edge);
    pen.lineTo(at + edge, 0);
    pen.stroke();
  }
  return pen.getImageData(0, 0, edge, edge);
}
