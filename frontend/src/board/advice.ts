/** Which units to send to the selected incident: asked for, asked again, and dropped once some were. */

import type { Change, Incident, Plan, Recommendation } from "./contract";
import { Unreachable } from "./desk";
import { isOpen, isWaiting } from "./state";

const SOON_MS = 400;
const AGAIN_MS = 3000;

export interface Advice {
  readonly id: number;
  readonly state: "asking" | "ready" | "failed";
  /** whether the incident waited when it was asked: once it does not, the plans are of the past */
  readonly waited: boolean;
  /** the town's time that what is found, or what failed, is of */
  readonly atMs: number;
  readonly found?: Recommendation;
  readonly sentence?: string;
  /** the chosen plan by its units: the list changes while one reads it */
  readonly chosen: string | null;
}

interface Around {
  get: (path: string) => Promise<Recommendation>;
  selected: () => Incident | null;
  townMs: () => number;
  /** why an answer failed, for a person */
  sentence: (error: unknown) => string;
  changed: () => void;
  /** called when the chosen plan is proposed no longer */
  gone: () => void;
}

export class AdviceWatch {
  private now: Advice | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** counts what is asked, and the newest of it that was told or dropped: older answers tell nothing */
  private turn = 0;
  private told = 0;

  constructor(private readonly around: Around) {}

  of(id: number): Advice | undefined {
    return this.now?.id === id ? this.now : undefined;
  }

  /** This will give the plan that the dispatch key sends, null where another must be chosen first. */
  plan(id: number): Plan | null {
    const now = this.of(id);
    const plan = now?.found?.plans.find((one) => keyOf(one) === now.chosen);
    return plan && plan.units.length > 0 ? plan : null;
  }

  /** This will choose a plan by its place in the list as it stands now. */
  choose(id: number, at: number): void {
    const plan = this.of(id)?.found?.plans[at];
    if (!this.now || !plan) return;
    this.now = { ...this.now, chosen: keyOf(plan) };
    this.around.changed();
  }

  /** This will ask for the selected incident while it waits, or while its plans stand there. */
  want(delayMs = 0): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      // Looked at only now: units may have been sent since.
      const row = this.around.selected();
      if (row && isOpen(row) && (isWaiting(row) || this.of(row.id))) void this.ask();
    }, delayMs);
  }

  /** This will ask at once; the plan that still stands there is as of when it was asked, not of now. */
  async ask(): Promise<void> {
    const row = this.around.selected();
    if (!row) return;
    const { id } = row;
    const had = this.of(id);
    const atMs = this.around.townMs();
    const asked = { id, waited: isWaiting(row), atMs, chosen: had?.chosen ?? null };
    const turn = (this.turn += 1);
    this.put({ ...asked, state: "asking", ...(had?.found && { atMs: had.atMs, found: had.found }) });
    try {
      const found = await this.around.get(`incidents/${id}/recommendation`);
      this.answered(turn, { ...asked, state: "ready", found });
    } catch (error) {
      this.answered(turn, { ...asked, state: "failed", sentence: this.around.sentence(error) });
      if (error instanceof Unreachable) this.want(AGAIN_MS);
    }
  }

  /** This will show an answer unless a newer one is there, or units were sent since it was asked for. */
  private answered(turn: number, answer: Advice): void {
    const newest = turn === this.turn;
    if (turn <= this.told || !this.now || (!newest && !answer.found)) return;
    this.told = turn;
    const { chosen } = this.now; // it may have been chosen since
    const plans = answer.found?.plans ?? [];
    const first = plans[0] ? keyOf(plans[0]) : null;
    this.put({ ...answer, state: newest ? answer.state : "asking", chosen: chosen ?? first });
    if (chosen !== null && answer.found && !plans.some((plan) => keyOf(plan) === chosen)) this.around.gone();
  }

  /** This will drop what was found for an incident: units were sent, or another one is looked at. */
  forget(id: number): void {
    if (this.now?.id !== id) return;
    this.now = null;
    this.told = this.turn;
    this.around.changed();
  }

  /** This will drop plans of the past: somebody sent units, or closed the incident. */
  look(): void {
    const { now } = this;
    const row = this.around.selected();
    const stands = now && row?.id === now.id && (now.waited ? isWaiting(row) : isOpen(row));
    if (now && !stands) this.forget(now.id);
  }

  /** This will ask again soon after a change to the incident, or to a unit of its plans. */
  touched(change: Change): void {
    const id = this.around.selected()?.id;
    if (id === undefined) return;
    const plans = this.of(id)?.found?.plans ?? [];
    const planned = new Set(plans.flatMap((plan) => plan.units.map((unit) => unit.unit)));
    const taken = change.units.some((unit) => planned.has(unit.ident) && unit.incident !== null);
    if (taken || change.incidents.some((row) => row.id === id)) this.want(SOON_MS);
  }

  private put(now: Advice): void {
    this.now = now;
    this.around.changed();
  }
}

/** The same units are the same plan, whatever place it has in the list. */
export function keyOf(plan: Plan): string {
  return plan.units
    .map((unit) => unit.unit)
    .sort()
    .join(" ");
}
