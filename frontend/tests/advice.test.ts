import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AdviceWatch } from "../src/board/advice";
import type { Change, Incident, Plan, Recommendation, Unit } from "../src/board/contract";
import { Unreachable } from "../src/board/desk";

const plan = (...units: string[]): Plan => ({ units: units.map((unit) => ({ unit })) }) as Plan;
const advice = (...plans: Plan[]): Recommendation => ({ status: "full", plans }) as Recommendation;
const sends = (): string | undefined => watch.plan(1)?.units.map((one) => one.unit).join(" ");

let row: Incident;
let asked: { answer: (found: Recommendation) => void; fail: (error: Error) => void }[];
let gone: number;
let watch: AdviceWatch;

beforeEach(() => {
  vi.useFakeTimers();
  row = { id: 1, state: "received" } as Incident;
  [asked, gone] = [[], 0];
  watch = new AdviceWatch({
    get: () => new Promise((answer, fail) => asked.push({ answer, fail })),
    selected: () => row,
    townMs: () => Date.now(),
    sentence: String,
    changed: () => undefined,
    gone: () => (gone += 1),
  });
});
afterEach(() => vi.useRealTimers());

const pass = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
async function answered(...plans: Plan[]): Promise<void> {
  void watch.ask();
  asked.pop()!.answer(advice(...plans));
  await pass();
}

it("sends the plan that was chosen, whatever place it has by now", async () => {
  await answered(plan("E1", "M1"), plan("E2"));
  expect(sends()).toBe("E1 M1");
  await answered(plan("E2"), plan("M1", "E1"));
  expect(sends()).toBe("M1 E1");
  watch.choose(1, 0);
  await answered(plan("E3"), plan("E2"));
  expect([sends(), gone]).toEqual(["E2", 0]);
});

it("sends nobody where the chosen plan is proposed no longer, until another is chosen", async () => {
  await answered(plan("E1"), plan("E2"));
  await answered(plan("E2"));
  expect([sends(), gone]).toEqual([undefined, 1]);
  watch.choose(1, 0);
  expect(sends()).toBe("E2");
});

it("keeps what was chosen while it asks again", async () => {
  await answered(plan("E1"), plan("E2"));
  void watch.ask();
  watch.choose(1, 1);
  asked.pop()!.answer(advice(plan("E1"), plan("E2")));
  await pass();
  expect(sends()).toBe("E2");
});

it("takes no answer that was asked for before units were sent, and asks for none then", async () => {
  await answered(plan("E1"));
  watch.want(400);
  void watch.ask();
  row = { ...row, state: "dispatched" };
  watch.look();
  asked.pop()!.answer(advice(plan("E2")));
  await pass(500);
  expect([watch.of(1), asked.length]).toEqual([undefined, 0]);
});

it("shows an answer while a newer one is asked for", async () => {
  void watch.ask();
  void watch.ask();
  asked[0]!.answer(advice(plan("E1")));
  await pass();
  expect([sends(), watch.of(1)?.state]).toEqual(["E1", "asking"]);
});

it("takes no answer that another one has overtaken", async () => {
  void watch.ask();
  void watch.ask();
  asked[1]!.answer(advice(plan("E2")));
  await pass();
  asked[0]!.answer(advice(plan("E1")));
  await pass();
  expect(sends()).toBe("E2");
});

it("asks again for more units after a change, and drops them where the incident ends", async () => {
  row = { ...row, state: "dispatched" };
  watch.want();
  await pass(10);
  expect(asked.length).toBe(0);
  await answered(plan("E4"));
  const taken = { ident: "E4", incident: 7 } as Unit;
  watch.touched({ event_id: 9, incidents: [], units: [taken] } as unknown as Change);
  await pass(500);
  expect(asked.length).toBe(1);
  row = { ...row, state: "closed" };
  watch.look();
  expect(sends()).toBe(undefined);
});

it("asks again by itself while the server is away", async () => {
  void watch.ask();
  asked.pop()!.fail(new Unreachable("away"));
  await pass();
  expect(watch.of(1)?.state).toBe("failed");
  await pass(3000);
  asked.pop()!.answer(advice(plan("E1")));
  await pass();
  expect(sends()).toBe("E1");
});
