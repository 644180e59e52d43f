import { expect, it } from "vitest";
import { connection, SILENCE_MS } from "../src/board/live";
import { Motion } from "../src/board/map/motion";
import { typesFor } from "../src/board/panels/intake";
import { COLOURS, contrast, paint, priorityColour, SHAPES, shapePath, type Theme } from "../src/board/symbols";
import { hasDraft, emptyDraft, readPoint } from "../src/board/ui";
import { setPage, t } from "../src/words";

const themes: Theme[] = ["light", "dark"];

it("writes letters on every colour with a contrast of 4.5 or more, in both themes", () => {
  for (const [name, pairs] of Object.entries(COLOURS))
    for (const theme of themes) expect(contrast(...pairs[theme]), `${name} ${theme}`).toBeGreaterThanOrEqual(4.5);
});

it("chooses readable ink for any colour that a catalogue names", () => {
  for (const hex of ["#1a7f37", "#56d364", "#e3b341", "#3d444d", "#c9d1d9", "#b3261e", "#8a5a00", "#767676", "#ffffff", "#000000"])
    for (const theme of themes) expect(contrast(...paint({ light: hex, dark: hex }, theme)), hex).toBeGreaterThanOrEqual(4.5);
});

it("draws every shape that the unit statuses name, each differently", () => {
  const named = ["dot", "circle", "triangle", "arrow", "square", "diamond", "cross", "bar"];
  for (const shape of named) expect(SHAPES[shape], shape).toBeDefined();
  expect(new Set(named.map(shapePath)).size).toBe(named.length);
});

it("gives each priority its own colour", () => {
  expect(new Set([1, 2, 3, 4].map(priorityColour)).size).toBe(4);
});

it("counts a silent stream as lost, since when it was last heard", () => {
  expect(connection(null, 5)).toEqual({ state: "connecting" });
  expect(connection(1000, 1000 + SILENCE_MS)).toEqual({ state: "live" });
  expect(connection(1000, 1001 + SILENCE_MS)).toEqual({ state: "lost", sinceMs: 1000 });
});

it("lets a unit glide between two reports, and jump across town", () => {
  const motion = new Motion(() => false);
  motion.report("E1", [0, 0], 0);
  motion.report("E1", [0.01, 0], 1000);
  expect(motion.at("E1", 1550)?.[0]).toBeCloseTo(0.005, 6);
  expect(motion.at("E1", 9000)).toEqual([0.01, 0]);
  motion.report("E1", [1, 1], 10_000);
  expect(motion.at("E1", 10_000)).toEqual([1, 1]);
});

it("stands still at once where motion is not wanted", () => {
  const motion = new Motion(() => true);
  motion.report("E1", [0, 0], 0);
  motion.report("E1", [0.01, 0], 1000);
  expect(motion.at("E1", 1000)).toEqual([0.01, 0]);
});

const types = [
  { code: "structure_fire", label: "Structure fire", letters: "SF", priority: 1, group: "fire" },
  { code: "smoke", label: "Smoke or odour", letters: "SM", priority: 3, group: "fire" },
  { code: "fire_alarm", label: "Fire alarm", letters: "FA", priority: 3, group: "alarm" },
];

it("finds a type by its letters first, then by words", () => {
  expect(typesFor(types, "sm")[0]?.code).toBe("smoke");
  expect(typesFor(types, "fire").map((type) => type.code)).toEqual(["fire_alarm", "structure_fire"]);
  expect(typesFor(types, "zzz")).toEqual([]);
  expect(typesFor(types, "").length).toBe(3);
});

it("reads a typed point, Chinese comma too, and nothing that is none", () => {
  expect(readPoint(" -71.25,-29.9 ")).toEqual([-71.25, -29.9]);
  expect(readPoint("121.5，31.2")).toEqual([121.5, 31.2]);
  for (const text of ["Main St 5", "200,10", "10,95", "1,2,3", ""]) expect(readPoint(text), text).toBeNull();
});

it("knows an untouched draft from a begun one", () => {
  expect(hasDraft(emptyDraft())).toBe(false);
  expect(hasDraft({ ...emptyDraft(), lon: 0 })).toBe(true);
});

it("says words in the page's language, and the English where one is absent", () => {
  setPage({ lang: "zh-hans", words: { "P{priority}": "{priority} 级" } });
  expect(t("P{priority}", { priority: 2 })).toBe("2 级");
  expect(t("Not sent yet: {count}", { count: 3 })).toBe("Not sent yet: 3");
  setPage({});
});
