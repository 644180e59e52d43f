import { expect, it } from "vitest";
import type { Incident, Timer } from "../src/board/contract";
import { mostPressing, viewTimer } from "../src/board/timers";

const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 21, 8, 0, seconds)).toISOString();
const ms = (seconds: number): number => Date.parse(at(seconds));
const timer = (code: string, start: number, due: number | null, stop: number | null = null): Timer => ({
  code,
  started_at: at(start),
  due_at: due === null ? null : at(due),
  stopped_at: stop === null ? null : at(stop),
});

it("runs, is due soon in the last fifth, and is overdue only past the goal", () => {
  const one = timer("processing", 0, 60);
  expect([10, 48, 60, 61].map((now) => viewTimer(one, ms(now)).state)).toEqual(["running", "soon", "soon", "overdue"]);
});

it("keeps what it was when it stopped, however late one looks", () => {
  expect(viewTimer(timer("turnout", 0, 60, 60), ms(5000))).toMatchObject({ state: "met", elapsed_s: 60 });
  expect(viewTimer(timer("turnout", 0, 60, 61), ms(5000)).state).toBe("missed");
});

it("without a goal runs and is never overdue", () => {
  expect(viewTimer(timer("committed", 0, null), ms(99_999))).toMatchObject({ state: "running", share: null });
});

const incident = (timers: Timer[]): Incident => ({ timers }) as unknown as Incident;

it("presses the overdue one first, then the one with least time left, never a stopped one", () => {
  const stopped = timer("processing", 0, 1, 50);
  const far = timer("response", 0, 900);
  const near = timer("travel", 0, 240);
  const over = timer("turnout", 0, 60);
  expect(mostPressing(incident([stopped, far, near]), ms(100))?.code).toBe("travel");
  expect(mostPressing(incident([stopped, far, near, over]), ms(100))?.code).toBe("turnout");
  expect(mostPressing(incident([stopped]), ms(100))).toBeNull();
});
