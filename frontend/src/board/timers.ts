/** Timers as the board shows them; overdue is computed here and stored nowhere. */

import type { Incident, Timer } from "./contract";
import { span } from "./clock";

export type TimerState = "met" | "missed" | "running" | "soon" | "overdue";

export interface TimerView {
  code: string;
  state: TimerState;
  elapsed_s: number;
  goal_s: number | null;
  /** elapsed / goal, 0 to 1, for the bar; null without a goal */
  share: number | null;
  text: string;
}

/** The last fifth of the goal is "soon". */
const SOON = 0.8;

/** This will say how a timer stands at a town time (ms). */
export function viewTimer(timer: Timer, townMs: number): TimerView {
  const startMs = Date.parse(timer.started_at);
  const stopMs = timer.stopped_at ? Date.parse(timer.stopped_at) : null;
  const elapsed_s = Math.max(0, ((stopMs ?? townMs) - startMs) / 1000);
  const goal_s = timer.due_at ? (Date.parse(timer.due_at) - startMs) / 1000 : null;
  const share = goal_s && goal_s > 0 ? Math.min(1, elapsed_s / goal_s) : null;
  return {
    code: timer.code,
    state: stateOf(elapsed_s, goal_s, stopMs !== null),
    elapsed_s,
    goal_s,
    share,
    text: span(elapsed_s),
  };
}

function stateOf(elapsed_s: number, goal_s: number | null, stopped: boolean): TimerState {
  if (goal_s === null) return stopped ? "met" : "running";
  if (stopped) return elapsed_s <= goal_s ? "met" : "missed";
  if (elapsed_s > goal_s) return "overdue";
  return elapsed_s >= SOON * goal_s ? "soon" : "running";
}

const WEIGHT: Record<TimerState, number> = { overdue: 4, soon: 3, running: 2, missed: 1, met: 0 };

/** This will pick the timer that a dispatcher must see first, or null when none runs. */
export function mostPressing(incident: Incident, townMs: number): TimerView | null {
  let best: TimerView | null = null;
  for (const timer of incident.timers) {
    if (timer.stopped_at) continue;
    const view = viewTimer(timer, townMs);
    if (!best || pressing(view) > pressing(best)) best = view;
  }
  return best;
}

function pressing(view: TimerView): number {
  const left = view.goal_s === null ? 1e9 : view.goal_s - view.elapsed_s;
  return WEIGHT[view.state] * 1e10 - left;
}
