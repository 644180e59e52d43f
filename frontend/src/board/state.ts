/** What the board knows. Changes carry whole rows, so applying one twice is harmless. */

import type { Board, Change, Closure, Incident, Unit } from "./contract";

export interface Known {
  readonly board: Board;
  readonly eventId: number;
  readonly incidents: ReadonlyMap<number, Incident>;
  readonly units: ReadonlyMap<string, Unit>;
  readonly closures: readonly Closure[];
}

/** This will take a freshly read board. */
export function fromBoard(board: Board): Known {
  return {
    board,
    eventId: board.event_id,
    incidents: new Map(board.incidents.map((row) => [row.id, row])),
    units: new Map(board.units.map((row) => [row.ident, row])),
    closures: board.closures,
  };
}

/** This will lay a change over what is known; one that was seen already changes nothing. */
export function applyChange(known: Known, change: Change): Known {
  if (change.event_id <= known.eventId) return known;
  return {
    ...known,
    eventId: change.event_id,
    incidents: change.incidents.length ? withIncidents(known, change.incidents) : known.incidents,
    units: change.units.length ? withUnits(known, change.units) : known.units,
    closures: change.closures ?? known.closures,
  };
}

/** This will lay the answer to one's own write over what is known, before the stream tells it. */
export function applyOwn(known: Known, incident: Incident): Known {
  return { ...known, incidents: withIncidents(known, [incident]) };
}

/** This will lay the answer about a unit over what is known, before the stream tells it. */
export function applyOwnUnit(known: Known, unit: Unit): Known {
  return { ...known, units: withUnits(known, [unit]) };
}

function withIncidents(known: Known, rows: readonly Incident[]): ReadonlyMap<number, Incident> {
  const next = new Map(known.incidents);
  for (const row of rows) {
    const had = next.get(row.id);
    if (!had || row.version >= had.version) next.set(row.id, row);
  }
  return next;
}

function withUnits(known: Known, rows: readonly Unit[]): ReadonlyMap<string, Unit> {
  const next = new Map(known.units);
  for (const row of rows) next.set(row.ident, row);
  return next;
}

const OPEN = new Set(["received", "triaged", "dispatched", "working"]);
const WAITING = new Set(["received", "triaged"]);

export function isOpen(incident: Incident): boolean {
  return OPEN.has(incident.state);
}

export function isWaiting(incident: Incident): boolean {
  return WAITING.has(incident.state);
}

/** This will order the queue: waiting first, graver first, older first; then those with crews. */
export function queueOf(known: Known): Incident[] {
  const open = [...known.incidents.values()].filter(isOpen);
  return open.sort(
    (a, b) =>
      Number(isWaiting(b)) - Number(isWaiting(a)) ||
      a.priority - b.priority ||
      a.received_at.localeCompare(b.received_at) ||
      a.id - b.id,
  );
}

/** This will give those closed last, newest first. */
export function closedOf(known: Known, limit: number): Incident[] {
  return [...known.incidents.values()]
    .filter((row) => !isOpen(row))
    .sort((a, b) => (b.closed_at ?? "").localeCompare(a.closed_at ?? "") || b.id - a.id)
    .slice(0, limit);
}

const natural = new Intl.Collator("en", { numeric: true });

/** This will order units as people read them: E2 before E10. */
function unitsOf(known: Known): Unit[] {
  return [...known.units.values()].sort((a, b) => natural.compare(a.ident, b.ident));
}

/**
 * This will give the units that match every word of a filter ("e av 7"), in the order in which they
 * are shown: one whose own name was typed comes before those that match by their post or status.
 */
export function unitsFound(known: Known, filter: string, words: (unit: Unit) => string): Unit[] {
  const typed = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (unit: Unit): boolean => {
    const text = words(unit).toLowerCase();
    return typed.every((word) => text.includes(word));
  };
  return unitsOf(known)
    .filter(fits)
    .sort((a, b) => nearness(a, typed) - nearness(b, typed));
}

/** 0 for the unit that was named, 1 for one whose name begins so, 2 for the rest. */
function nearness(unit: Unit, typed: readonly string[]): number {
  const ident = unit.ident.toLowerCase();
  if (typed.includes(ident)) return 0;
  return typed.some((word) => ident.startsWith(word)) ? 1 : 2;
}
