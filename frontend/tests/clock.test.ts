import { describe, expect, it } from "vitest";
import { span, timeOfDay, TownClock } from "../src/board/clock";

const REAL = "2026-11-22T10:00:00Z";
const TOWN = "2026-11-21T08:00:00Z";
const face = { real_anchor: REAL, town_anchor: TOWN, speed: 30 };
const realMs = Date.parse(REAL);
const townMs = Date.parse(TOWN);

describe("the town's clock", () => {
  it("runs at its speed from where the anchors met", () => {
    const clock = new TownClock(face, REAL, realMs);
    expect(clock.townMs(realMs + 10_000)).toBe(townMs + 300_000);
  });

  it("believes the server's clock, not this machine's", () => {
    const wrong = realMs - 3_600_000; // this machine is an hour slow
    const clock = new TownClock(face, REAL, wrong);
    expect(clock.townMs(wrong)).toBe(townMs);
  });

  it("does not jump back for a beat that arrived late", () => {
    const clock = new TownClock(face, REAL, realMs);
    const late = { event_id: 1, real_now: REAL, town_now: TOWN };
    expect(clock.follow(late, realMs + 400)).toBe(true);
    expect(clock.townMs(realMs + 400)).toBeGreaterThan(townMs + 400 * 30 * 0.9);
  });

  it("says when the town's clock was set anew", () => {
    const clock = new TownClock(face, REAL, realMs);
    const beat = { event_id: 1, real_now: REAL, town_now: "2026-11-21T12:00:00Z" };
    expect(clock.follow(beat, realMs)).toBe(false);
  });

  it("shows the time in the town's zone, midnight as 00", () => {
    expect(timeOfDay(Date.parse("2026-11-21T03:05:09Z"), "America/Santiago", "en")).toBe("00:05:09");
    expect(timeOfDay(Date.parse("2026-11-20T16:00:00Z"), "Asia/Shanghai", "zh-hans")).toBe("00:00:00");
  });
});

it("writes spans as a running clock", () => {
  expect([span(0), span(42.9), span(725), span(3800), span(-3)]).toEqual(["0:00", "0:42", "12:05", "1:03:20", "0:00"]);
});
