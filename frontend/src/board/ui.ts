/** What one person is looking at and has typed: never shared, never on the server. */

import type { OpenedText, Street } from "./contract";

export type Tab = "queue" | "map" | "units" | "detail";
export type Side = "incident" | "intake" | "keys" | "cover";
export type Show = "all" | "free" | "busy";

export interface Draft {
  type: string;
  typeText: string;
  placeText: string;
  lon: number | null;
  lat: number | null;
  words: string;
  callerName: string;
  callerNumber: string;
}

export interface Notice {
  id: number;
  kind: "done" | "kept" | "warning" | "refused";
  text: string;
}

export interface Choices<T> {
  open: boolean;
  active: number;
  list: readonly T[];
}

export interface Ui {
  tab: Tab;
  side: Side;
  incident: number | null;
  unit: string | null;
  /** the proposed move that is chosen, by its key: the list changes while one reads it */
  move: string | null;
  /** the post that a unit is to be let stand by at, until the button is pressed */
  standBy: { unit: string; post: string } | null;
  opened: Map<number, readonly OpenedText[]>;
  /** what is typed for each incident and not added yet */
  notes: Map<number, string>;
  also: string;
  filter: string;
  show: Show;
  showClosed: boolean;
  ending: { id: number; kind: "close" | "cancel"; result: string } | null;
  retyping: number | null;
  draft: Draft;
  complaint: { field: "type" | "place" | "all"; text: string } | null;
  types: Choices<string>;
  streets: Choices<Street>;
  notices: readonly Notice[];
  unsent: readonly { label: string; tries: number }[];
  shortcuts: boolean;
  /** the shift button was pressed once and asks whether it is meant */
  closingShift: boolean;
  sending: ReadonlySet<string>;
}

export function emptyDraft(): Draft {
  return {
    type: "",
    typeText: "",
    placeText: "",
    lon: null,
    lat: null,
    words: "",
    callerName: "",
    callerNumber: "",
  };
}

export function hasDraft(draft: Draft): boolean {
  return Object.values(draft).some((value) => value !== "" && value !== null);
}

/** This will give what was typed into a draft since it was sent, as one text. */
export function typedSince(sent: Draft, now: Draft): string {
  const words = now.words.startsWith(sent.words) ? now.words.slice(sent.words.length) : now.words;
  const others = (["placeText", "callerName", "callerNumber"] as const).filter((name) => now[name] !== sent[name]);
  return [words, ...others.map((name) => now[name])]
    .map((one) => one.trim())
    .filter(Boolean)
    .join("\n");
}

export function firstUi(): Ui {
  return {
    tab: "queue",
    side: "incident",
    incident: null,
    unit: null,
    move: null,
    standBy: null,
    opened: new Map(),
    notes: new Map(),
    also: "",
    filter: "",
    show: "all",
    showClosed: false,
    ending: null,
    retyping: null,
    draft: emptyDraft(),
    complaint: null,
    types: { open: false, active: 0, list: [] },
    streets: { open: false, active: 0, list: [] },
    notices: [],
    unsent: [],
    shortcuts: true,
    closingShift: false,
    sending: new Set(),
  };
}

/** This will read "-71.25,-29.9" as a point, or give null. */
export function readPoint(text: string): readonly [number, number] | null {
  const found = /^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，]\s*(-?\d{1,2}(?:\.\d+)?)\s*$/.exec(text);
  if (!found) return null;
  const [lon, lat] = [Number(found[1]), Number(found[2])];
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
}
