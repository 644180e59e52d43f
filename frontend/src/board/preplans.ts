/** What crews are told of things near the selected incident: asked for, and asked again. */

import type { Incident, NearbyPremises } from "./contract";
import { Unreachable } from "./desk";
import { isOpen } from "./state";

const AGAIN_MS = 5000;

export interface Preplans {
  /** "failed" and "nothing known" are not the same to a crew; asked again it stays until the answer */
  readonly state: "asking" | "ready" | "failed";
  /** the point that was asked for */
  readonly point: string;
  readonly known: readonly NearbyPremises[];
}

interface Around {
  get: (path: string) => Promise<NearbyPremises[]>;
  selected: () => Incident | null;
  changed: () => void;
}

export class PreplanWatch {
  private readonly found = new Map<number, Preplans>();
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly around: Around) {}

  /** What was found for an incident, where anything was asked. */
  of(id: number): Preplans | undefined {
    return this.found.get(id);
  }

  /** This will ask for the selected incident unless it was asked for at the point where it is now. */
  look(): void {
    const row = this.around.selected();
    if (row && this.found.get(row.id)?.point !== pointOf(row)) void this.ask();
  }

  /** This will ask for the selected incident while it is open, and by itself again where that fails. */
  async ask(): Promise<void> {
    clearTimeout(this.again);
    const row = this.around.selected();
    if (!row || !isOpen(row)) return;
    const point = pointOf(row);
    const had = this.found.get(row.id);
    if (had?.point !== point) this.put(row.id, { state: "asking", point, known: [] });
    try {
      const known = await this.around.get(`incidents/${row.id}/preplans`);
      this.answered(row.id, { state: "ready", point, known });
    } catch (error) {
      this.answered(row.id, { state: "failed", point, known: had?.point === point ? had.known : [] });
      if (error instanceof Unreachable) this.again = setTimeout(() => void this.ask(), AGAIN_MS);
    }
  }

  /** An answer about the point where the incident no longer is tells nothing. */
  private answered(id: number, now: Preplans): void {
    if (this.found.get(id)?.point === now.point) this.put(id, now);
  }

  private put(id: number, now: Preplans): void {
    this.found.set(id, now);
    this.around.changed();
  }
}

function pointOf(row: Incident): string {
  return `${row.lon},${row.lat}`;
}
