import { describe, expect, it } from "vitest";
import { draft, type Filled, flush, isGone, keepDraft, put, type Store, waiting } from "../src/hazards/queue";

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

  it("are told once when they are refused, and not sent again", async () => {
    const held = store();
    put(held, form(1));
    const refuse = () => Promise.resolve({ done: false as const, sentence: "no" });
    expect((await flush(held, "staff:1", refuse)).refused[0]?.sentence).toBe("no");
    expect(waiting(held)).toEqual([]);
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
