import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Change, Cover, CoverState, ServiceCover, Unit } from "../src/board/contract";
import { CoverWatch, OLD_MS } from "../src/board/cover";
import { Refusal, Unreachable } from "../src/board/desk";
import { percent } from "../src/board/panels/cover";

const unit = (part: Partial<Unit> = {}): Unit =>
  ({ ident: "E1", status: "available", incident: null, on_duty: true, lon: 0, lat: 0, covering: null, ...part }) as Unit;
const service = (state: CoverState, part: Partial<ServiceCover> = {}): ServiceCover =>
  ({ kind: "fire", label: "Engines", state, moves: [], areas: [], under_way: [], ...part }) as ServiceCover;
const cover = (event_id: number, services: ServiceCover[] = []): Cover => ({ event_id, at: "", source: "log", note: "", services });
const change = (event_id: number, row: Unit): Change => ({ event_id, incidents: [], units: [row] });

describe("cover on the board", () => {
  let answers: (Cover | Error)[];
  let asked: string[];
  let worse: string[];
  let watch: CoverWatch;
  const before = new Map([["E1", unit()]]);

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    vi.stubGlobal("document", { hidden: false });
    vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
    [answers, asked, worse] = [[], [], []];
    watch = new CoverWatch({
      get: async <T>(path: string): Promise<T> => {
        asked.push(path);
        const answer = answers.shift() ?? cover(1);
        if (answer instanceof Error) throw answer;
        return answer as T;
      },
      changed: () => undefined,
      worse: (one) => worse.push(one.state),
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const read = async (): Promise<void> => {
    watch.ask();
    await vi.advanceTimersByTimeAsync(1);
  };

  it("is asked for again two seconds after a status changed, once for many changes", async () => {
    await read();
    answers = [cover(9)];
    for (const id of [7, 8, 9]) watch.touched(change(id, unit({ status: "dispatched" })), before);
    await vi.advanceTimersByTimeAsync(1900);
    expect(asked.length).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked.length).toBe(2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked.length).toBe(2);
  });

  it("waits for the regular look while a unit only drives", async () => {
    await read();
    watch.touched(change(7, unit({ lon: 0.01 })), before);
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked.length).toBe(1);
    watch.tick(Date.now() + 5001);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked.length).toBe(2);
  });

  it("asks once more when the shared answer is from before the change", async () => {
    await read();
    answers = [cover(6), cover(7)];
    watch.touched(change(7, unit({ covering: "fire 2" })), before);
    await vi.advanceTimersByTimeAsync(2100);
    expect(watch.doc?.event_id).toBe(6);
    await vi.advanceTimersByTimeAsync(2100);
    expect(watch.doc?.event_id).toBe(7);
    await vi.advanceTimersByTimeAsync(9000);
    expect(asked.length).toBe(3);
  });

  it("grows old when the server can't be reached, and stays shown", async () => {
    await read();
    answers = [new Unreachable("away")];
    await read();
    expect(watch.doc).not.toBeNull();
    expect(watch.isOld(Date.now())).toBe(false);
    expect(watch.isOld(Date.now() + OLD_MS + 1)).toBe(true);
  });

  it("is taken away with a sentence where the server says no", async () => {
    await read();
    answers = [new Refusal("The town has no roads yet.", "bad_input", 422)];
    await read();
    expect(watch.doc).toBeNull();
    expect(watch.refusal).toBe("The town has no roads yet.");
  });

  it("tells a service that got worse, and not one that got better", async () => {
    answers = [cover(1, [service("good")]), cover(2, [service("broken")]), cover(3, [service("thin")])];
    for (let i = 0; i < 3; i++) await read();
    expect(worse).toEqual(["broken"]);
  });

  it("puts units that may go home first, then moves by what they bring", async () => {
    const move = (name: string, gain: number, back = false) => ({ unit: name, gain, back }) as never;
    answers = [cover(1, [service("thin", { moves: [move("E1", 0.02)] }), service("thin", { moves: [move("M1", 0.1), move("M2", 0, true)] })])];
    await read();
    expect(watch.proposals.map(({ move: one }) => one.unit)).toEqual(["M2", "M1", "E1"]);
  });
});

it("writes a share in whole per cent that does not break over lines", () => {
  expect(percent(0.8349)).toBe("83\u00a0%");
});
