/** How bands look: told apart by lightness and by letter, so that colour alone says nothing. */

import type { Theme } from "../board/symbols";

export const LETTERS = "ABCDEFG";

const LIGHT = ["#fbe07a", "#dcae57", "#a98a5f", "#7b7a77", "#4d6a7d", "#2c4d78"] as const;
const DARK = ["#ffe68a", "#d9b866", "#a8996f", "#7f8a8d", "#5f83a8", "#4a6f9f"] as const;
const BEYOND = { light: "#00204d", dark: "#2b4a80" } as const;

/** This will give the colour of a band; the one past the last is what nobody reaches in time. */
export function bandColour(band: number, bands: number, theme: Theme): string {
  if (band >= bands) return BEYOND[theme];
  return (theme === "dark" ? DARK : LIGHT)[band] ?? BEYOND[theme];
}

/** This will give an ink that is read on a band's colour. */
export function bandInk(band: number, bands: number, theme: Theme): string {
  if (band >= bands) return "#ffffff";
  return band < 3 ? "#14201f" : theme === "dark" && band < 4 ? "#0c1314" : "#ffffff";
}

export function themeNow(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
