import { describe, expect, it } from "vitest";
import { again, draft, type Filled, flush, isGone, keepDraft, put, type Store, waiting } from "../src/hazards/queue";
import { wayOf } from "../src/hazards/refused";

function store(): Store {
  const held = new Map<string, string>();
  return {
    getItem: (name) => held.get(name) ?? null,
    setItem: (name, value) => void held.set(name, value),
    removeItem: (name) => void held.delete(name),
  };
}

const form = (inspection: number, part: Partial<Filled> = {}): Filled => ({
  me: "staff:1",
  town: "grid",
  inspection,
  form_number: 0,
  client_key: `key-${inspection}`,
  answers: { exits: "clear" },
  filled_at: "2026-11-28T10:00:00.000Z",
  ident: "s-1",
  name: "North school",
  failed: [],
  ...part,
});

describe("checklists that wait for a network", () => {
  it("are sent in their order, each once", async () => {
    const held = store();
    put(held, form(1));
    put(held, form(2));
    const seen: number[] = [];
    const send = (one: Filled) => {
      seen.push(one.inspection);
      return Promise.resolve({ done: true as const, cases: [] });
    };
    await flush(held, "staff:1", send);
    await flush(held, "staff:1", send);
    expect(seen).toEqual([1, 2]);
    expect(waiting(held)).toEqual([]);
  });

  it("stay where the network goes, and keep their key", async () => {
    const held = store();
    put(held, form(1));
    put(held, form(2));
    const { sent } = await flush(held, "staff:1", (one) =>
      Promise.resolve(one.inspection === 1 ? { done: true as const, cases: [] } : null),
    );
    expect(sent.map((one) => one.inspection)).toEqual([1]);
    expect(waiting(held).map((one) => one.client_key)).toEqual(["key-2"]);
  });

  it("stay with the reason when they are refused, and go again only when they are let", async () => {
    const held = store();
    put(held, form(1));
    put(held, form(2));
    const seen: number[] = [];
    const send = (one: Filled) => {
      seen.push(one.inspection);
      return Promise.resolve(one.inspection === 1 ? { done: false as const, sentence: "no" } : { done: true as const, cases: [] });
    };
    await flush(held, "staff:1", send);
    await flush(held, "staff:1", send);
    expect(seen).toEqual([1, 2]);
    expect(waiting(held).map((one) => [one.name, one.refused])).toEqual([["North school", "no"]]);
    again(held, form(1));
    expect(waiting(held)[0]?.refused).toBeUndefined();
    await flush(held, "staff:1", send);
    expect(seen).toEqual([1, 2, 1]);
    put(held, form(1, { client_key: "newer" }));
    expect(waiting(held).map((one) => one.refused)).toEqual([undefined]);
  });

  it("name the premises and the kind where what failed becomes a hazard", () => {
    const danger = { label: "Gas", answer: "leak", hazard: "gas", danger: true };
    expect(wayOf(form(1), danger)).toBe("/towns/grid/hazards/new?premises=s-1&kind=gas&imminent=yes");
    expect(wayOf(form(1), { ...danger, danger: false })).not.toContain("imminent");
  });

  it("are never sent in a colleague's name", async () => {
    const held = store();
    put(held, form(1));
    const send = () => Promise.reject(new Error("sent"));
    await flush(held, "staff:2", send);
    expect(waiting(held)).toHaveLength(1);
  });

  it("are begun by each for themselves on a shared device", () => {
    const held = store();
    keepDraft(held, form(1), { exits: "blocked" });
    expect(draft(held, form(1, { me: "staff:2" }))).toEqual({});
    expect(draft(held, form(1))).toEqual({ exits: "blocked" });
  });

  it("replace an earlier one of the same inspection", () => {
    const held = store();
    put(held, form(1));
    put(held, form(1, { client_key: "newer", answers: { exits: "blocked" } }));
    expect(waiting(held).map((one) => one.answers["exits"])).toEqual(["blocked"]);
  });

  it("tell another tab that one of them was sent", () => {
    const held = store();
    put(held, form(1));
    const one = held.getItem("anlan-round-queue");
    put(held, form(2));
    const both = held.getItem("anlan-round-queue");
    expect(isGone(both, one, 2)).toBe(true);
    expect(isGone(both, null, 1)).toBe(true);
    expect(isGone(both, one, 1)).toBe(false);
    expect(isGone(null, one, 1)).toBe(false);
    expect(isGone("{broken", null, 1)).toBe(false);
  });

  it("forget their draft when the server has them, and survive what is no JSON", async () => {
    const held = store();
    held.setItem("anlan-round-queue", "{broken");
    expect(waiting(held)).toEqual([]);
    keepDraft(held, form(1), { exits: "clear" });
    put(held, form(1));
    await flush(held, "staff:1", () => Promise.resolve({ done: true as const, cases: [] }));
    expect(draft(held, form(1))).toEqual({});
  });
});
