/**
 * One drawing for lists (SVG) and map (canvas): letters + shape + colour.
 * Shapes are paths in a 24 × 24 box. Colours come as tokens that each theme fills, or as #rrggbb.
 */

export type Theme = "light" | "dark";
export type Colour = string | { readonly light: string; readonly dark: string };

export const SHAPES: Readonly<Record<string, string>> = {
  circle: "M12 2a10 10 0 1 1 0 20a10 10 0 1 1 0-20Z",
  square: "M4 3h16a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Z",
  diamond: "M12 .8 23.2 12 12 23.2.8 12Z",
  triangle: "M12 1 23.5 22H.5Z",
  triangle_down: "M.5 2h23L12 23Z",
  hexagon: "M7 2h10l6.5 10L17 22H7L.5 12Z",
  pentagon: "M12 1 23.5 9.6 19.2 22.5H4.8L.5 9.6Z",
  octagon: "M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4Z",
  star: "M12 .5l3.1 7.2 7.9.7-6 5.2 1.8 7.7L12 17.2l-6.8 4.1L7 13.6 1 8.4l7.9-.7Z",
  pill: "M7 5h10a7 7 0 0 1 0 14H7A7 7 0 0 1 7 5Z",
  arrow: "M1 5h14l8 7-8 7H1l4-7Z",
  arrow_left: "M23 5H9l-8 7 8 7h14l-4-7Z",
  cross: "M8 1h8v7h7v8h-7v7H8v-7H1V8h7Z",
  house: "M12 1 23 10v12H1V10Z",
  shield: "M12 1 22 4v8c0 6-4 9.5-10 11.5C6 21.5 2 18 2 12V4Z",
  ring: "M12 2a10 10 0 1 1 0 20a10 10 0 1 1 0-20Z",
  dot: "M12 4.5a7.5 7.5 0 1 1 0 15a7.5 7.5 0 1 1 0-15Z",
  bar: "M2 6h20a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 22 18H2a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 2 6Z",
  pin: "M4 1h16a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3h-4.5L12 23.5 8.5 19H4a3 3 0 0 1-3-3V4a3 3 0 0 1 3-3Z",
};

/** Shapes whose middle is left open, so that they differ from their filled twins. */
const HOLLOW = new Set(["ring"]);

export function isHollow(shape: string): boolean {
  return HOLLOW.has(shape);
}

/** Fill and ink of each colour, checked for contrast in tests (ink on fill ≥ 4.5). */
export const COLOURS: Readonly<Record<string, Readonly<Record<Theme, readonly [string, string]>>>> = {
  green: { light: ["#1d6b3f", "#ffffff"], dark: ["#6fd39a", "#06210f"] },
  blue: { light: ["#1f5fae", "#ffffff"], dark: ["#86b9ff", "#051a36"] },
  amber: { light: ["#f2b53a", "#2b1c00"], dark: ["#ffc95c", "#2b1c00"] },
  yellow: { light: ["#f6d64a", "#292300"], dark: ["#f6dd6b", "#292300"] },
  orange: { light: ["#b8500b", "#ffffff"], dark: ["#ff9f5a", "#2d1200"] },
  red: { light: ["#b3261e", "#ffffff"], dark: ["#ff8a80", "#370500"] },
  purple: { light: ["#6d3fa8", "#ffffff"], dark: ["#cba6ff", "#21083f"] },
  violet: { light: ["#6d3fa8", "#ffffff"], dark: ["#cba6ff", "#21083f"] },
  teal: { light: ["#0b6470", "#ffffff"], dark: ["#6cd0d6", "#00262a"] },
  cyan: { light: ["#0b6470", "#ffffff"], dark: ["#6cd0d6", "#00262a"] },
  pink: { light: ["#a62b6e", "#ffffff"], dark: ["#ff9ccb", "#3a0421"] },
  brown: { light: ["#6e4a2a", "#ffffff"], dark: ["#d6ac86", "#2a1500"] },
  grey: { light: ["#5a6664", "#ffffff"], dark: ["#a9b5b3", "#141a1a"] },
  gray: { light: ["#5a6664", "#ffffff"], dark: ["#a9b5b3", "#141a1a"] },
  black: { light: ["#20282a", "#ffffff"], dark: ["#e6eeec", "#10181a"] },
};

const PRIORITY = ["red", "red", "orange", "blue", "teal", "grey"] as const;

/** This will give the colour token of a priority (1 is gravest). */
export function priorityColour(priority: number): string {
  return PRIORITY[Math.min(Math.max(priority, 0), PRIORITY.length - 1)] ?? "grey";
}

/** This will give fill and ink of a colour token or #rrggbb in a theme. */
export function paint(colour: Colour, theme: Theme): readonly [string, string] {
  if (typeof colour !== "string") return paint(colour[theme], theme);
  const token = COLOURS[colour];
  if (token) return token[theme];
  if (/^#[0-9a-f]{6}$/i.test(colour)) {
    const onWhite = contrast(colour, "#ffffff");
    return [colour, onWhite >= 4.5 ? "#ffffff" : "#101818"];
  }
  return COLOURS["grey"]![theme];
}

function luminance(hex: string): number {
  const part = (at: number): number => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

/** This will give the WCAG contrast of two #rrggbb colours. */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

export function shapePath(shape: string): string {
  return SHAPES[shape] ?? SHAPES["circle"]!;
}

/** Where the letters stand in the 24 box: triangles carry them off the middle. */
export function letterY(shape: string): number {
  if (shape === "triangle") return 16.5;
  if (shape === "triangle_down") return 8.5;
  if (shape === "house") return 14.5;
  if (shape === "pin") return 10.3;
  return 12.3;
}

export interface Drawing {
  letters: string;
  shape: string;
  colour: Colour;
  /** drawn bigger, with a thick rim: an incident that waits */
  ring?: boolean;
  /** hollow: only rim and letters in the fill colour */
  hollow?: boolean;
}

/** This will draw a symbol for the map; `size` in CSS pixels. */
export function drawSymbol(drawing: Drawing, theme: Theme, size: number, ratio: number): ImageData {
  const edge = Math.ceil(size * ratio);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = edge;
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  const pad = drawing.ring ? 4.5 : 2;
  const scale = edge / (24 + 2 * pad);
  pen.setTransform(scale, 0, 0, scale, pad * scale, pad * scale);
  const [fill, ink] = paint(drawing.colour, theme);
  const back = theme === "dark" ? "#0e1617" : "#ffffff";
  const path = new Path2D(shapePath(drawing.shape));
  pen.lineJoin = "round";
  if (drawing.ring) {
    pen.lineWidth = 8;
    pen.strokeStyle = fill;
    pen.stroke(path);
    pen.lineWidth = 4.5;
  } else pen.lineWidth = 3;
  pen.strokeStyle = back;
  pen.stroke(path);
  pen.fillStyle = drawing.hollow ? back : fill;
  pen.fill(path);
  if (drawing.hollow) {
    pen.lineWidth = 2.4;
    pen.strokeStyle = fill;
    pen.stroke(path);
  }
  pen.fillStyle = drawing.hollow ? (theme === "dark" ? "#e6eeec" : "#16201f") : ink;
  const long = drawing.letters.length > 2;
  pen.font = `700 ${long ? 8 : 10}px system-ui, "Noto Sans CJK SC", sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(drawing.letters, 12, letterY(drawing.shape));
  return pen.getImageData(0, 0, edge, edge);
}

/** Fills that differ by their pattern, not by colour alone: what cover lost, and what it never had. */
export const PATTERNS = ["cells-now", "cells-never"] as const;
const TILE = 24;

/** This will draw one tile of a fill for the map, at two pixels each. */
export function drawPattern(name: (typeof PATTERNS)[number], theme: Theme): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = TILE;
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  const [red] = paint("red", theme);
  const [grey] = paint("grey", theme);
  if (name === "cells-now") {
    pen.fillStyle = `${red}2e`;
    pen.fillRect(0, 0, TILE, TILE);
    pen.strokeStyle = `${red}d0`;
    pen.lineWidth = 3;
    for (const x of [-TILE, 0, TILE]) {
      pen.moveTo(x, TILE);
      pen.lineTo(x + TILE, 0);
    }
    pen.stroke();
  } else {
    pen.fillStyle = `${grey}a0`;
    for (const [x, y] of [[6, 6], [18, 18]] as const) {
      pen.beginPath();
      pen.arc(x, y, 2.6, 0, 2 * Math.PI);
      pen.fill();
    }
  }
  return pen.getImageData(0, 0, TILE, TILE);
}
