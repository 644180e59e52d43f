/** The live map: base map, streets that are closed, posts, incidents, units, the pin of an intake. */

import * as maplibregl from "maplibre-gl";
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { Protocol } from "pmtiles";
import type { Closure, CoverCell, Incident, IncidentType, Post, Status, Town, Unit } from "../contract";
import { isWaiting } from "../state";
import { drawPattern, drawSymbol, isHollow, PATTERNS, priorityColour, type Theme } from "../symbols";
import { overlayLayers } from "./layers";
import { Motion, type Point } from "./motion";
import { baseStyle } from "./style";

maplibregl.setWorkerUrl(workerUrl);
maplibregl.addProtocol("pmtiles", new Protocol().tile);

export interface MapScene {
  incidents: readonly Incident[];
  units: readonly Unit[];
  closures: readonly Closure[];
  selectedIncident: number | null;
  selectedUnit: string | null;
  /** cells that a service does not reach now */
  cells: readonly CoverCell[];
  /** the way of a proposed move, empty for none */
  move: readonly Point[];
  pin: Point | null;
}

export interface MapOptions {
  container: HTMLElement;
  town: Town;
  posts: readonly Post[];
  types: ReadonlyMap<string, IncidentType>;
  statuses: ReadonlyMap<string, Status>;
  theme: Theme;
  words: Record<string, string>;
  onIncident: (id: number) => void;
  onUnit: (ident: string) => void;
  onPoint: (point: Point) => void;
}

type Feature = GeoJSON.Feature;

const SIZE = { incident: 34, unit: 24, post: 15 };
const FRAME_MS = 100;

export class MapView {
  readonly map: MapLibre;
  private readonly motion: Motion;
  private readonly postAt: ReadonlyMap<string, Point>;
  private scene: MapScene | null = null;
  private theme: Theme;
  private ready = false;
  private lastFrameMs = 0;

  constructor(private readonly options: MapOptions) {
    this.theme = options.theme;
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.motion = new Motion(() => calm.matches || document.hidden);
    this.postAt = new Map(
      options.posts.map((post) => [`${post.kind} ${post.ident}`, [post.lon, post.lat] as const]),
    );
    const bounds = workingArea(options.posts) ?? options.town.bounds;
    this.map = new maplibregl.Map({
      container: options.container,
      style: this.style(),
      ...(bounds ? { bounds, fitBoundsOptions: { padding: 24 } } : {}),
      attributionControl: false,
      locale: options.words,
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      fadeDuration: calm.matches ? 0 : 150,
      localIdeographFontFamily: '"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif',
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new maplibregl.ScaleControl({ unit: "metric" }), "bottom-left");
    this.map.addControl(
      new maplibregl.AttributionControl({
        compact: false,
        ...(options.town.basemap ? {} : { customAttribution: options.town.attribution }),
      }),
      "bottom-right",
    );
    this.map.on("style.load", () => this.dress());
    this.map.on("click", (event) => this.clicked(event));
    requestAnimationFrame((now) => this.frame(now));
  }

  /** This will show the scene; unit positions glide to where they are now. */
  show(scene: MapScene): void {
    const now = performance.now();
    const before = this.scene;
    this.scene = scene;
    for (const unit of scene.units) {
      const point = this.pointOf(unit);
      if (point) this.motion.report(unit.ident, point, now);
      else this.motion.forget(unit.ident);
    }
    if (this.ready) this.draw(before);
  }

  /** This will change to the other theme without losing the place looked at. */
  dressIn(theme: Theme): void {
    if (theme === this.theme) return;
    this.theme = theme;
    this.ready = false;
    this.map.setStyle(this.style(), { diff: false });
  }

  fly(point: Point): void {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const zoom = Math.max(this.map.getZoom(), 14);
    this.map.easeTo({ center: [...point], zoom, duration: calm ? 0 : 500 });
  }

  /** This will bring two points into view, unless both are in it. */
  fit(points: readonly [Point, Point]): void {
    const seen = this.map.getBounds();
    if (points.every(([lon, lat]) => seen.contains([lon, lat]))) return;
    const [[a, b], [c, d]] = points;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const box: [number, number, number, number] = [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
    this.map.fitBounds(box, { padding: 60, maxZoom: 14, duration: calm ? 0 : 500 });
  }

  whole(): void {
    const { bounds } = this.options.town;
    if (bounds) this.map.fitBounds(bounds, { padding: 24, duration: 0 });
  }

  private style(): ReturnType<typeof baseStyle> {
    const { town } = this.options;
    const tiles = town.basemap ? new URL(town.basemap, location.href).href : null;
    return baseStyle(this.theme, tiles, town.attribution.join(" · "));
  }

  private dress(): void {
    for (const name of ["cells", "move", "closures", "posts", "incidents", "units", "pin"])
      this.map.addSource(name, { type: "geojson", data: collection([]) });
    for (const name of PATTERNS)
      if (!this.map.hasImage(name)) this.map.addImage(name, drawPattern(name, this.theme), { pixelRatio: 2 });
    for (const layer of overlayLayers(this.theme)) this.map.addLayer(layer);
    this.image("post", { letters: "", shape: "house", colour: "grey" }, SIZE.post);
    this.ready = true;
    this.fill("posts", this.options.posts.map(postFeature));
    if (this.scene) this.draw(null);
  }

  private draw(before: MapScene | null): void {
    const scene = this.scene!;
    if (before?.incidents !== scene.incidents || before?.selectedIncident !== scene.selectedIncident)
      this.fill("incidents", scene.incidents.flatMap((row) => this.incidentFeature(row, scene)));
    if (before?.closures !== scene.closures) this.fill("closures", scene.closures.map(closureFeature));
    if (before?.cells !== scene.cells) this.fill("cells", scene.cells.map(cellFeature));
    if (before?.move !== scene.move) this.fill("move", moveFeatures(scene.move));
    if (before?.pin?.join() !== scene.pin?.join())
      this.fill("pin", scene.pin ? [pointFeature(scene.pin, {})] : []);
    if (before?.units !== scene.units || before?.selectedUnit !== scene.selectedUnit)
      this.drawUnits(performance.now());
  }

  private drawUnits(nowMs: number): void {
    const scene = this.scene!;
    const crowd = new Map<string, number>();
    const features = scene.units.flatMap((unit) => {
      const point = this.motion.at(unit.ident, nowMs);
      if (!point) return [];
      const spot = `${point[0].toFixed(5)},${point[1].toFixed(5)}`;
      const rank = crowd.get(spot) ?? 0;
      crowd.set(spot, rank + 1);
      return [this.unitFeature(unit, point, rank, scene)];
    });
    this.fill("units", features);
  }

  private frame(nowMs: number): void {
    if (this.ready && this.scene && nowMs - this.lastFrameMs >= FRAME_MS && this.motion.moving(nowMs)) {
      this.lastFrameMs = nowMs;
      this.drawUnits(nowMs);
    }
    requestAnimationFrame((next) => this.frame(next));
  }

  private pointOf(unit: Unit): Point | null {
    if (unit.lon !== null && unit.lat !== null) return [unit.lon, unit.lat];
    return (unit.post && this.postAt.get(unit.post)) || null;
  }

  private incidentFeature(row: Incident, scene: MapScene): Feature[] {
    if (row.lon === null || row.lat === null) return [];
    const type = this.options.types.get(row.type);
    const letters = type?.letters ?? "?";
    const colour = priorityColour(row.priority);
    const ring = isWaiting(row);
    const icon = `incident-${letters}-${colour}-${ring}`;
    this.image(icon, { letters, shape: "pin", colour, ring }, SIZE.incident + (ring ? 8 : 0));
    const selected = row.id === scene.selectedIncident;
    const sort = selected ? 100 : 10 - row.priority + (ring ? 5 : 0);
    return [pointFeature([row.lon, row.lat], { id: row.id, icon, selected, sort, label: `#${row.number}` })];
  }

  private unitFeature(unit: Unit, point: Point, rank: number, scene: MapScene): Feature {
    const status = this.options.statuses.get(unit.status);
    const letters = status?.letters ?? "?";
    const shape = status?.shape ?? "circle";
    const icon = `unit-${unit.status}`;
    const colour = status?.colour ?? "grey";
    this.image(icon, { letters, shape, colour, hollow: isHollow(shape) }, SIZE.unit);
    const busy = unit.incident !== null;
    const away = (unit.lon !== null && unit.status !== "available") || Boolean(unit.covering);
    const covers = unit.covering ? ` → ${unit.covering.split(" ").slice(1).join(" ")}` : "";
    return pointFeature(point, {
      ident: unit.ident,
      label: `${unit.ident}${covers}`,
      icon,
      selected: unit.ident === scene.selectedUnit,
      quiet: !busy && !away,
      offset: [(rank % 4) * 26, Math.floor(rank / 4) * 34],
      textOffset: [((rank % 4) * 26) / 11, (Math.floor(rank / 4) * 34) / 11 + 1.1],
      sort: busy ? 1 : 5 + rank,
    });
  }

  private image(id: string, drawing: Parameters<typeof drawSymbol>[0], size: number): void {
    if (this.map.hasImage(id)) return;
    const ratio = Math.max(2, Math.ceil(devicePixelRatio));
    this.map.addImage(id, drawSymbol(drawing, this.theme, size, ratio), { pixelRatio: ratio });
  }

  private fill(source: string, features: Feature[]): void {
    (this.map.getSource(source) as GeoJSONSource | undefined)?.setData(collection(features));
  }

  private clicked(event: maplibregl.MapMouseEvent): void {
    const { x, y } = event.point;
    const box: [[number, number], [number, number]] = [
      [x - 6, y - 6],
      [x + 6, y + 6],
    ];
    const layers = ["incidents", "units", "units-quiet"].filter((id) => this.map.getLayer(id));
    const hit = this.map.queryRenderedFeatures(box, { layers })[0];
    if (hit?.properties["id"] !== undefined) this.options.onIncident(Number(hit.properties["id"]));
    else if (hit?.properties["ident"]) this.options.onUnit(String(hit.properties["ident"]));
    else this.options.onPoint([event.lngLat.lng, event.lngLat.lat]);
  }
}

/** Where the work is: around the posts, without the farthest tenth; null with too few posts. */
export function workingArea(posts: readonly Post[]): [number, number, number, number] | null {
  if (posts.length < 4) return null;
  const middle = (values: number[]): [number, number] => {
    values.sort((a, b) => a - b);
    const cut = Math.floor(values.length / 10);
    return [values[cut]!, values[values.length - 1 - cut]!];
  };
  const [west, east] = middle(posts.map((post) => post.lon));
  const [south, north] = middle(posts.map((post) => post.lat));
  const margin = 0.15 * Math.max(east - west, north - south, 0.01);
  return [west - margin, south - margin, east + margin, north + margin];
}

function collection(features: Feature[]): GeoJSON.FeatureCollection {
  return { type: "FeatureCollection", features };
}

function pointFeature(point: Point, properties: Record<string, unknown>): Feature {
  return { type: "Feature", geometry: { type: "Point", coordinates: [...point] }, properties };
}

function postFeature(post: Post): Feature {
  return pointFeature([post.lon, post.lat], { name: post.name || post.ident, ident: post.ident });
}

function cellFeature(one: CoverCell): Feature {
  const geometry = { type: "Polygon" as const, coordinates: [[...one.ring, one.ring[0]!]] };
  return { type: "Feature", geometry, properties: { usually: one.usually } };
}

function moveFeatures(line: readonly Point[]): Feature[] {
  const [end] = line.slice(-1);
  if (!end || line.length < 2) return [];
  const geometry = { type: "LineString" as const, coordinates: line.map((point) => [...point]) };
  return [{ type: "Feature", geometry, properties: {} }, pointFeature(end, {})];
}

function closureFeature(closure: Closure): Feature {
  const coordinates = closure.lon.map((lon, i) => [lon, closure.lat[i] ?? 0]);
  const properties = { closed: closure.speed_factor === 0, street: closure.street };
  return { type: "Feature", geometry: { type: "LineString", coordinates }, properties };
}
