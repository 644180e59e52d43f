import { describe, expect, it } from "vitest";
import { contrast } from "../src/board/symbols";
import { scaleTop, unreached } from "../src/coverage/chart";
import { questionOf, readMinutes } from "../src/coverage/controls";
import { bandColour, bandInk } from "../src/coverage/look";
import { km2, share } from "../src/coverage/numbers";
import { setPage } from "../src/words";

setPage({ lang: "en" });

describe("the question", () => {
  it("takes rising whole minutes and nothing else", () => {
    expect(readMinutes("5, 10,30")).toEqual([5, 10, 30]);
    expect(readMinutes("5，8")).toEqual([5, 8]);
    for (const slip of ["", "5,5", "10,5", "0", "121", "5.5", "x", "1,2,3,4,5,6,7"]) expect(readMinutes(slip)).toBeNull();
  });

  it("comes back from an address, and a kind that is not there is not asked for", () => {
    const asked = questionOf("?kind=police&hour=8&minutes=4,8", ["fire", "police"]);
    expect([asked.kind, asked.hour, asked.minutes]).toEqual(["police", "8", "4,8"]);
    expect(questionOf("?kind=police", ["fire"]).kind).toBe("fire");
  });
});

describe("figures", () => {
  it("say all or nothing only where it is exact", () => {
    expect(share(1)).toBe("100\u00a0%");
    expect(share(0.9999)).toBe("99.9\u00a0%");
    expect(share(0)).toBe("0\u00a0%");
    expect(share(0.0001)).toBe("0.1\u00a0%");
    expect(share(0.947)).toBe("94.7\u00a0%");
    expect(share(null)).toBe("–");
    expect(km2(0.42)).toBe("0.42\u00a0km²");
  });
});

describe("bands", () => {
  it("are told apart by lightness, soonest lightest, and their letters can be read", () => {
    for (const theme of ["light", "dark"] as const)
      for (const bands of [1, 2, 3, 6]) {
        const colours = Array.from({ length: bands + 1 }, (_, band) => bandColour(band, bands, theme));
        const light = colours.map((one) => contrast(one, "#000000"));
        expect([...light].sort((a, b) => b - a)).toEqual(light);
        expect(new Set(colours).size).toBe(bands + 1);
        for (let band = 0; band <= bands; band += 1)
          expect(contrast(bandColour(band, bands, theme), bandInk(band, bands, theme))).toBeGreaterThan(3);
      }
  });
});

describe("the chart by hour", () => {
  const hours = [
    { hour: 0, calls: 4, calls_shares: [0.75, 1], area_shares: [0.5, 1] },
    { hour: 1, calls: 0, calls_shares: [null, null], area_shares: [0.5, 1] },
  ];
  it("shows what is not reached within the limit, and nothing where no call came", () => {
    expect(unreached({ hours, minutes: [5, 10], gap_minutes: 5 })).toEqual([0.25, null]);
    expect(unreached({ hours, minutes: [5, 10], gap_minutes: 10 })).toEqual([0, null]);
  });
  it("has a scale with a round top that holds every bar", () => {
    expect([0.004, 0.03, 0.3, 1].map(scaleTop)).toEqual([0.01, 0.05, 0.5, 1]);
  });
});
