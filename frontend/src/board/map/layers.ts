/** What lies over the base map, lowest first. */

import type { LayerSpecification } from "maplibre-gl";
import { paint, type Theme } from "../symbols";

const FONT = ["system-ui", "sans-serif"];

export function overlayLayers(theme: Theme): LayerSpecification[] {
  const ink = theme === "dark" ? "#eef5f3" : "#142020";
  const halo = theme === "dark" ? "#0c1314" : "#ffffff";
  const [accent] = paint("teal", theme);
  const [red] = paint("red", theme);
  const label = { "text-color": ink, "text-halo-color": halo, "text-halo-width": 1.6 };
  return [
    {
      id: "cells",
      type: "fill",
      source: "cells",
      paint: { "fill-pattern": ["case", ["get", "usually"], "cells-now", "cells-never"] },
    },
    {
      id: "move-line",
      type: "line",
      source: "move",
      filter: ["==", ["geometry-type"], "LineString"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": accent, "line-width": 5, "line-opacity": 0.85 },
    },
    {
      id: "move-arrows",
      type: "symbol",
      source: "move",
      filter: ["==", ["geometry-type"], "LineString"],
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 60,
        "text-field": "▶",
        "text-font": FONT,
        "text-size": 13,
        "text-keep-upright": false,
        "text-allow-overlap": true,
      },
      paint: label,
    },
    {
      id: "move-end",
      type: "circle",
      source: "move",
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 15, "circle-opacity": 0, "circle-stroke-color": accent, "circle-stroke-width": 3.5 },
    },
    {
      id: "closures",
      type: "line",
      source: "closures",
      paint: {
        "line-color": red,
        "line-width": 5,
        "line-dasharray": [1.2, 0.8],
        "line-opacity": ["case", ["get", "closed"], 1, 0.6],
      },
    },
    {
      id: "posts",
      type: "symbol",
      source: "posts",
      layout: {
        "icon-image": "post",
        "icon-allow-overlap": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.7, 14, 1.1],
        "icon-offset": [0, -16],
        "text-field": ["step", ["zoom"], "", 13, ["get", "name"]],
        "text-font": FONT,
        "text-size": 11,
        "text-offset": [0, -2.8],
        "text-optional": true,
      },
      paint: { ...label, "text-opacity": 0.85 },
    },
    unitLayer("units-quiet", ["get", "quiet"], label),
    {
      id: "incident-halo",
      type: "circle",
      source: "incidents",
      filter: ["get", "selected"],
      paint: {
        "circle-radius": 30,
        "circle-color": accent,
        "circle-opacity": 0.22,
        "circle-stroke-color": accent,
        "circle-stroke-width": 2.5,
      },
    },
    {
      id: "unit-halo",
      type: "circle",
      source: "units",
      filter: ["get", "selected"],
      paint: { "circle-radius": 19, "circle-opacity": 0, "circle-stroke-color": accent, "circle-stroke-width": 3 },
    },
    {
      id: "incidents",
      type: "symbol",
      source: "incidents",
      layout: {
        "icon-image": ["get", "icon"],
        "icon-anchor": "bottom",
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["get", "sort"],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.75, 13, 1],
      },
    },
    unitLayer("units", ["!", ["get", "quiet"]], label),
    {
      id: "pin",
      type: "circle",
      source: "pin",
      paint: {
        "circle-radius": 8,
        "circle-color": accent,
        "circle-stroke-color": halo,
        "circle-stroke-width": 3,
      },
    },
  ];
}

function unitLayer(id: string, filter: unknown, label: Record<string, unknown>): LayerSpecification {
  const quiet = id === "units-quiet";
  const grow = quiet ? [9, 0.3, 11, 0.42, 13, 0.85] : [9, 0.65, 12, 0.9, 14, 1];
  return {
    id,
    type: "symbol",
    source: "units",
    filter,
    layout: {
      "icon-image": ["get", "icon"],
      "icon-allow-overlap": true,
      "icon-ignore-placement": !quiet,
      "icon-offset": ["get", "offset"],
      "icon-size": ["interpolate", ["linear"], ["zoom"], ...grow],
      "text-field": quiet ? ["step", ["zoom"], "", 12.8, ["get", "label"]] : ["get", "label"],
      "text-font": FONT,
      "text-size": 11,
      "text-anchor": "top",
      "text-offset": ["get", "textOffset"],
      "text-optional": true,
      "symbol-sort-key": ["get", "sort"],
    },
    paint: label,
  } as LayerSpecification;
}
