/** Figures as people write them, in the page's language. */

import { language, t } from "../words";

function format(value: number, digits: number): string {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
}

export function count(value: number | null): string {
  return value === null ? "–" : format(Math.round(value), 0);
}

/** This will give a share in percent; "100 %" and "0 %" are said only where that is exact. */
export function share(value: number | null): string {
  if (value === null) return "–";
  const rounded = Math.round(value * 1000) / 10;
  const percent = Math.min(Math.max(rounded, value > 0 ? 0.1 : 0), value < 1 ? 99.9 : 100);
  return `${format(percent, percent === 0 || percent === 100 ? 0 : 1)}\u00a0%`;
}

export function oneDigit(value: number | null): string {
  return value === null ? "–" : format(value, 1);
}

export function km2(value: number): string {
  return `${format(value, value > 0 && value < 10 ? 2 : 0)}\u00a0km²`;
}

export function hourSpan(hour: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(hour)}–${two(hour + 1)}`;
}

export function kindWord(kind: string): string {
  if (kind === "fire") return t("Fire posts");
  if (kind === "ambulance") return t("Ambulance posts");
  if (kind === "police") return t("Police posts");
  return t("Hospitals");
}
