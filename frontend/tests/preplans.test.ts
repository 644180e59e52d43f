import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Incident, NearbyPremises } from "../src/board/contract";
import { Refusal, Unreachable } from "../src/board/desk";
import { PreplanWatch } from "../src/board/preplans";

const depot = { name: "Depot", facts: [], hazards: [] } as unknown as NearbyPremises;
const incident = (lon: number, part: Partial<Incident> = {}): Incident =>
  ({ id: 7, state: "received", lon, lat: 1, ...part }) as Incident;

describe("what is known near an incident", () => {
  let selected: Incident | null;
  let answers: (NearbyPremises[] | Error)[];
  let asked: number;
  let watch: PreplanWatch;
  const settled = () => vi.advanceTimersByTimeAsync(0);

  beforeEach(() => {
    vi.useFakeTimers();
    [selected, answers, asked] = [incident(1), [], 0];
    watch = new PreplanWatch({
      get: async () => {
        asked += 1;
        const answer = answers.shift() ?? [];
        if (answer instanceof Error) throw answer;
        return answer;
      },
      selected: () => selected,
      changed: () => undefined,
    });
  });
  afterEach(() => vi.useRealTimers());

  it("is not the same when nothing is known and when it couldn't be asked for", async () => {
    answers = [new Refusal("no", "", 403)];
    await watch.ask();
    expect(watch.of(7)?.state).toBe("failed");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked, "a refusal is not asked again by itself").toBe(1);
    await watch.ask();
    expect(watch.of(7)).toMatchObject({ state: "ready", known: [] });
  });

  it("is asked for again by itself when the line is back, and says so until it has come", async () => {
    answers = [new Unreachable(""), new Unreachable(""), [depot]];
    await watch.ask();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watch.of(7)?.state).toBe("failed");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watch.of(7)).toMatchObject({ state: "ready", known: [depot] });
    expect(asked).toBe(3);
  });

  it("keeps what was known of the same point while it can't be asked for", async () => {
    answers = [[depot], new Unreachable("")];
    await watch.ask();
    await watch.ask();
    expect(watch.of(7)).toMatchObject({ state: "failed", known: [depot] });
  });

  it("is asked for when the point changes, and once for one point", async () => {
    answers = [[depot], []];
    watch.look();
    await settled();
    watch.look();
    await settled();
    expect(asked).toBe(1);
    selected = incident(2);
    watch.look();
    expect(watch.of(7), "the old point's facts are not the new one's").toMatchObject({ state: "asking", known: [] });
    await settled();
    expect(asked).toBe(2);
    expect(watch.of(7)).toMatchObject({ state: "ready", known: [] });
  });

  it("is not asked for where the incident is closed", async () => {
    selected = incident(1, { state: "closed" });
    watch.look();
    await settled();
    expect(asked).toBe(0);
  });
});
