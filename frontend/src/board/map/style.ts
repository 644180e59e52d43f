/** The look of the town's own base map, calm under the symbols, in both themes. */

import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Theme } from "../symbols";

interface Palette {
  land: string;
  green: string;
  water: string;
  building: string;
  minor: string;
  major: string;
  trunk: string;
  casing: string;
  /** a street seen from afar */
  afar: string;
  rail: string;
  name: string;
  halo: string;
  waterName: string;
}

const PALETTES: Record<Theme, Palette> = {
  light: {
    land: "#f1f1ec",
    green: "#dfe9d8",
    water: "#bcd7df",
    building: "#e4e2da",
    minor: "#ffffff",
    major: "#fff6dc",
    trunk: "#fbe3ae",
    casing: "#c6c6bc",
    afar: "#cbcbc1",
    rail: "#c5c3bb",
    name: "#3c4a4a",
    halo: "#f7f7f3",
    waterName: "#2f6372",
  },
  dark: {
    land: "#131b1d",
    green: "#17251f",
    water: "#0b2a33",
    building: "#1b2527",
    minor: "#2c393c",
    major: "#435255",
    trunk: "#5d6a66",
    casing: "#0a1011",
    afar: "#2e3b3e",
    rail: "#2b3538",
    name: "#b7c5c4",
    halo: "#101718",
    waterName: "#7fb3c1",
  },
};

const MAJOR = ["primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link", "artery", "arterial", "collector", "ramp"];
const TRUNK = ["motorway", "motorway_link", "trunk", "trunk_link", "freeway", "highway"];
const FONT = ["Noto Sans CJK SC", "Noto Sans", "system-ui", "sans-serif"];

type Filter = NonNullable<Extract<LayerSpecification, { type: "line" }>["filter"]>;

const isTrunk: Filter = ["in", ["get", "class"], ["literal", TRUNK]];
const isMajor: Filter = ["in", ["get", "class"], ["literal", MAJOR]];
const isMinor: Filter = ["!", ["in", ["get", "class"], ["literal", [...MAJOR, ...TRUNK]]]];

function roadWidth(at11: number, at16: number): LayerSpecification["paint"] {
  return { "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 10, at11, 16, at16, 19, at16 * 3] };
}

function road(id: string, filter: Filter, colour: unknown, widths: [number, number], minzoom = 0): LayerSpecification {
  return {
    id,
    type: "line",
    source: "base",
    "source-layer": "roads",
    minzoom,
    filter,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour, ...roadWidth(...widths) },
  } as LayerSpecification;
}

function roads(p: Palette): LayerSpecification[] {
  return [
    road("minor-casing", isMinor, p.casing, [0.3, 6], 12.5),
    road("major-casing", isMajor, p.casing, [1, 10], 10),
    road("trunk-casing", isTrunk, p.casing, [2, 13]),
    road("minor", isMinor, fromAfar(p.afar, p.minor, 12.5), [0.6, 4.5], 10),
    road("major", isMajor, fromAfar(p.afar, p.major, 11), [1, 8]),
    road("trunk", isTrunk, p.trunk, [1.6, 10.5]),
  ];
}

/** From afar a street is a thin line that must show against the land by itself. */
function fromAfar(afar: string, near: string, zoom: number): unknown {
  return ["interpolate", ["linear"], ["zoom"], zoom, afar, zoom + 1.5, near];
}

function fill(id: string, colour: string, minzoom = 0): LayerSpecification {
  return {
    id,
    type: "fill",
    source: "base",
    "source-layer": id,
    minzoom,
    paint: { "fill-color": colour },
  };
}

function names(p: Palette): LayerSpecification[] {
  const halo = { "text-color": p.name, "text-halo-color": p.halo, "text-halo-width": 1.4 };
  return [
    {
      id: "street-names",
      type: "symbol",
      source: "base",
      "source-layer": "roads",
      minzoom: 14,
      filter: ["has", "name"],
      layout: {
        "symbol-placement": "line",
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": 11,
        "symbol-spacing": 350,
      },
      paint: halo,
    },
    {
      id: "place-names",
      type: "symbol",
      source: "base",
      "source-layer": "places",
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": ["match", ["get", "class"], ["city", "town"], 15, ["suburb", "village"], 12, 11],
        "text-letter-spacing": 0.04,
        "symbol-sort-key": ["get", "rank"],
      },
      paint: halo,
    },
    {
      id: "water-names",
      type: "symbol",
      source: "base",
      "source-layer": "water",
      minzoom: 13,
      filter: ["has", "name"],
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11 },
      paint: { ...halo, "text-color": p.waterName },
    },
  ];
}

/** This will give the style of the base map; without tiles, plain land under the symbols. */
export function baseStyle(theme: Theme, tiles: string | null, attribution: string): StyleSpecification {
  const p = PALETTES[theme];
  const land: LayerSpecification = { id: "land", type: "background", paint: { "background-color": p.land } };
  if (!tiles) return { version: 8, sources: {}, layers: [land] };
  return {
    version: 8,
    sources: { base: { type: "vector", url: `pmtiles://${tiles}`, attribution } },
    layers: [
      land,
      fill("green", p.green),
      fill("water", p.water),
      {
        id: "waterways",
        type: "line",
        source: "base",
        "source-layer": "waterways",
        paint: { "line-color": p.water, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 16, 4] },
      },
      {
        id: "coast",
        type: "line",
        source: "base",
        "source-layer": "coast",
        paint: { "line-color": p.waterName, "line-opacity": 0.6, "line-width": 1.5 },
      },
      fill("buildings", p.building, 14),
      ...roads(p),
      ...names(p),
    ],
  };
}
