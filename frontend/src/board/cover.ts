/** What the board knows of cover: asked anew when units change, and never silently old. */

import { t } from "../words";
import type {
  Change,
  Cover,
  CoverCell,
  CoverMove,
  CoverState,
  Route,
  ServiceCover,
  Unit,
} from "./contract";
import { Refusal } from "./desk";
import type { Point } from "./map/motion";

/** After a unit's status has changed cover is asked for at most this often. */
const SOON_MS = 2000;
/** While units only drive, or nothing happens, it is asked for this often. */
const IDLE_MS = 10_000;
/** Cover that was asked for longer ago than this is old. */
export const OLD_MS = 30_000;
const NO_COVER_MS = 60_000;
export const MINUTES = [4, 5, 8, 10, 15] as const;
const KEPT = "anlan:cover-minutes";

export interface CoverOptions {
  get: <T>(path: string) => Promise<T>;
  changed: () => void;
  worse: (service: ServiceCover) => void;
}

/** One proposal, with the service that it is for. */
export interface Proposal {
  /** the same move keeps its key when cover is asked for anew */
  key: string;
  service: ServiceCover;
  move: CoverMove;
}

export class CoverWatch {
  doc: Cover | null = null;
  /** why there is none, in the server's words */
  refusal: string | null = null;
  /** minutes of travel asked for, null for the town's own goals */
  minutes: number | null = readMinutes();
  /** the service whose gaps are drawn on the map */
  drawn: string | null = null;
  cells: readonly CoverCell[] = [];
  /** the way of the chosen move */
  way: { key: string; line: readonly Point[] } | null = null;

  /** the ledger id that an answer must have reached to be of now */
  private wantedId = 0;
  private askedMs = 0;
  private heardMs = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking = false;
  private again = false;

  constructor(private readonly options: CoverOptions) {}

  get proposals(): Proposal[] {
    const found = (this.doc?.services ?? []).flatMap((service) => service.moves.map((move) => ({ key: `${move.unit} ${move.post}`, service, move })));
    return found.sort((a, b) => Number(b.move.back) - Number(a.move.back) || b.move.gain - a.move.gain);
  }

  /** This will say whether what is shown may no longer hold. */
  isOld(nowMs: number): boolean {
    return this.doc !== null && nowMs - this.heardMs > OLD_MS;
  }

  /** This will ask soon after a change that may alter cover. */
  touched(change: Change, before: ReadonlyMap<string, Unit>): void {
    if (!change.closures && !change.units.some((unit) => counts(unit, before.get(unit.ident)))) return;
    this.wantedId = change.event_id;
    this.ask(SOON_MS);
  }

  /** This will ask when the last answer has stood for a while; called by the board's tick. */
  tick(nowMs: number): void {
    if (document.hidden) return;
    if (nowMs - this.askedMs >= (this.refusal === null ? IDLE_MS : NO_COVER_MS)) this.ask(0);
  }

  /** This will ask, not sooner than `everyMs` after the last time. */
  ask(everyMs = 0): void {
    if (this.asking) {
      this.again = true;
      return;
    }
    if (this.timer !== undefined) return;
    const waitMs = Math.max(0, this.askedMs + everyMs - Date.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.read();
    }, waitMs);
  }

  setMinutes(minutes: number | null): void {
    this.minutes = minutes;
    if (minutes === null) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, String(minutes));
    this.ask();
  }

  draw(kind: string | null): void {
    this.drawn = kind;
    this.cells = [];
    this.options.changed();
    if (kind) void this.readCells(kind);
  }

  /** This will find the way of a move by road, and give the straight line until it is known. */
  wayOf(unit: Unit, to: Point): readonly Point[] {
    if (unit.lon === null || unit.lat === null) return [];
    const from: Point = [unit.lon, unit.lat];
    const key = `${unit.ident} ${from.map((degrees) => degrees.toFixed(3)).join()} ${to.join()}`;
    if (this.way?.key !== key) {
      this.way = { key, line: [from, to] };
      void this.readWay(key, from, to);
    }
    return this.way.line;
  }

  private async readWay(key: string, from: Point, to: Point): Promise<void> {
    try {
      const way = await this.options.get<Route>(`route?from=${place(from)}&to=${place(to)}`);
      if (this.way?.key !== key) return;
      this.way = { key, line: way.lon.map((lon, i) => [lon, way.lat[i] ?? 0] as const) };
      this.options.changed();
    } catch {
      // the straight line stands
    }
  }

  private async read(): Promise<void> {
    this.asking = true;
    this.askedMs = Date.now();
    try {
      const doc = await this.options.get<Cover>(this.minutes === null ? "cover" : `cover?minutes=${this.minutes}`);
      this.tellWorse(doc);
      this.doc = doc;
      this.heardMs = Date.now();
      this.refusal = null;
      if (this.drawn) await this.readCells(this.drawn);
    } catch (error) {
      if (error instanceof Refusal) {
        this.refusal = error.sentence;
        this.doc = null;
      } // else it grows old, and says so
    } finally {
      this.asking = false;
      this.options.changed();
      // Boards share an answer: this one may have been worked out just before the change.
      if (this.again || (this.doc && this.doc.event_id < this.wantedId)) this.ask(SOON_MS);
      this.again = false;
    }
  }

  private async readCells(kind: string): Promise<void> {
    const within = this.minutes === null ? "" : `&minutes=${this.minutes}`;
    const cells = await this.options.get<CoverCell[]>(`cover/cells?kind=${kind}${within}`).catch(() => null);
    if (this.drawn !== kind || cells === null) return;
    this.cells = cells;
    this.options.changed();
  }

  private tellWorse(doc: Cover): void {
    for (const service of doc.services) {
      const before = this.doc?.services.find((one) => one.kind === service.kind);
      if (before && RANK[service.state] > RANK[before.state]) this.options.worse(service);
    }
  }
}

const RANK = { good: 0, thin: 1, broken: 2 } as const;

/** A unit that only drives on alters little: it is looked at with the next regular look. */
function counts(unit: Unit, had: Unit | undefined): boolean {
  return (
    !had ||
    had.status !== unit.status ||
    had.incident !== unit.incident ||
    had.on_duty !== unit.on_duty ||
    had.covering !== unit.covering
  );
}

function place(point: Point): string {
  return `${point[0].toFixed(6)},${point[1].toFixed(6)}`;
}

function readMinutes(): number | null {
  const kept = Number(globalThis.localStorage?.getItem(KEPT));
  return (MINUTES as readonly number[]).includes(kept) ? kept : null;
}

export function stateName(state: CoverState): string {
  if (state === "good") return t("as usual");
  return state === "thin" ? t("thin") : t("broken");
}

/** This will write what a move does, as on its button. */
export function moveWords({ move }: Proposal): string {
  const words = { unit: move.unit, post: move.name };
  return move.back ? t("Send {unit} back to {post}", words) : t("Move {unit} to {post}", words);
}
