import { describe, expect, it } from "vitest";
import type { Board, Incident, Unit } from "../src/board/contract";
import { applyChange, applyOwn, applyOwnUnit, fromBoard, queueOf, unitsFound } from "../src/board/state";
import { emptyDraft, typedSince } from "../src/board/ui";

const incident = (id: number, part: Partial<Incident> = {}): Incident =>
  ({ id, number: id, priority: 2, state: "received", received_at: `2026-11-21T08:00:0${id}Z`, version: 1, ...part }) as Incident;
const unit = (ident: string, part: Partial<Unit> = {}): Unit =>
  ({ ident, status: "available", incident: null, on_duty: true, capabilities: [], ...part }) as Unit;
const board = (incidents: Incident[], units: Unit[] = []): Board =>
  ({ event_id: 10, incidents, units, closures: [] }) as unknown as Board;

describe("a change", () => {
  const known = fromBoard(board([incident(1)], [unit("E1")]));
  const change = { event_id: 11, incidents: [incident(1, { state: "dispatched", version: 2 })], units: [unit("E1", { status: "dispatched" })] };

  it("lays whole rows over what is known", () => {
    const next = applyChange(known, change);
    expect(next.incidents.get(1)?.state).toBe("dispatched");
    expect(next.units.get("E1")?.status).toBe("dispatched");
    expect(known.incidents.get(1)?.state).toBe("received");
  });

  it("applied twice changes nothing", () => {
    const once = applyChange(known, change);
    expect(applyChange(once, change)).toBe(once);
  });

  it("that is older than the board is left aside", () => {
    expect(applyChange(known, { ...change, event_id: 10 })).toBe(known);
  });

  it("without closures leaves them as they are, with them replaces them all", () => {
    const closure = { id: 1, lon: [0, 1], lat: [0, 1], ends_at: null, speed_factor: 0, street: "A" };
    const closed = applyChange(known, { event_id: 12, incidents: [], units: [], closures: [closure] });
    expect(closed.closures).toEqual([closure]);
    expect(applyChange(closed, { event_id: 13, incidents: [], units: [] }).closures).toEqual([closure]);
  });

  it("never puts an older version over the answer to one's own write", () => {
    const own = applyOwn(known, incident(1, { state: "dispatched", version: 3 }));
    const late = applyChange(own, { event_id: 11, incidents: [incident(1, { state: "triaged", version: 2 })], units: [] });
    expect(late.incidents.get(1)?.state).toBe("dispatched");
  });
});

it("queues those that wait first, graver first, older first; closed ones not at all", () => {
  const rows = [
    incident(1, { state: "working", priority: 1 }),
    incident(2, { priority: 2 }),
    incident(3, { priority: 1 }),
    incident(4, { priority: 2 }),
    incident(5, { state: "closed" }),
  ];
  expect(queueOf(fromBoard(board(rows))).map((row) => row.id)).toEqual([3, 2, 4, 1]);
});

const words = (one: Unit): string => `${one.ident} Engine ${one.post ?? ""} ${one.status}`;
const found = (filter: string, ...units: Unit[]): string[] =>
  unitsFound(fromBoard(board([], units)), filter, words).map((row) => row.ident);

it("orders units as people read them", () => {
  expect(found("", unit("E10"), unit("E2"), unit("M1"))).toEqual(["E2", "E10", "M1"]);
});

it("filters by every word that was typed", () => {
  expect(found("e7 avail", unit("E7"), unit("E8"))).toEqual(["E7"]);
  expect(found("e7 scene", unit("E7"))).toEqual([]);
  expect(found("  ", unit("E7"))).toEqual(["E7"]);
});

it("puts the unit that was named before those that match by their post", () => {
  const units = [unit("A2", { post: "Station E1" }), unit("E10"), unit("E1")];
  expect(found("e1", ...units)).toEqual(["E1", "E10", "A2"]);
  expect(found("avail e1", ...units)).toEqual(["E1", "E10", "A2"]);
});

it("shows the answer about a unit before the stream tells it", () => {
  const known = applyOwnUnit(fromBoard(board([], [unit("E1"), unit("E2")])), unit("E2", { status: "en_route" }));
  expect(known.units.get("E2")?.status).toBe("en_route");
  expect(known.units.size).toBe(2);
});

it("gives what was typed into a call since it was sent, and nothing of what was sent", () => {
  const sent = { ...emptyDraft(), type: "SF", words: "smoke", callerName: "Li" };
  expect(typedSince(sent, sent)).toBe("");
  expect(typedSince(sent, emptyDraft())).toBe("");
  expect(typedSince(sent, { ...sent, words: "smoke, dark", callerNumber: "555" })).toBe(", dark\n555");
  expect(typedSince(sent, { ...sent, words: "no smoke" })).toBe("no smoke");
});
