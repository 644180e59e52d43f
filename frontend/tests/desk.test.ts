import { afterEach, describe, expect, it, vi } from "vitest";
import { Desk, newClientKey, Outbox, Refusal, Unreachable, type Unsent, type Write } from "../src/board/desk";

const write = (name: string): Write => ({ path: name, body: { name }, client_key: `key-${name}`, label: name });

function outbox(answers: (() => unknown)[]) {
  const sent: { path: string; key: string }[] = [];
  const late: string[] = [];
  const refused: string[] = [];
  let kept: readonly Unsent[] = [];
  const box = new Outbox({
    post: async (path, body) => {
      sent.push({ path, key: String((body as { client_key: string }).client_key) });
      const next = answers.shift();
      return next ? next() : { ok: path };
    },
    changed: (unsent) => (kept = [...unsent]),
    late: (one) => late.push(one.label),
    refused: (one) => refused.push(one.label),
    wait: async () => undefined,
  });
  return { box, sent, late, refused, kept: () => kept };
}

const away = (): never => {
  throw new Unreachable("away");
};
const no = (): never => {
  throw new Refusal("E1 is busy.", "unit_busy", 409);
};
const settle = () => new Promise((done) => setTimeout(done, 20));

describe("the outbox", () => {
  it("gives the server's answer when it can be reached", async () => {
    const { box, kept } = outbox([]);
    expect(await box.send(write("a"))).toEqual({ ok: "a" });
    expect(kept()).toEqual([]);
  });

  it("keeps a write that can't be sent and repeats it with the same key", async () => {
    const { box, sent, late, kept } = outbox([away, away, away]);
    expect(await box.send(write("a"))).toBe("kept");
    await settle();
    expect(new Set(sent.map((one) => one.key))).toEqual(new Set(["key-a"]));
    expect(sent.length).toBe(4);
    expect(late).toEqual(["a"]);
    expect(kept()).toEqual([]);
  });

  it("sends in the order of the person's acts, though the first had to wait", async () => {
    const { box, sent, late } = outbox([away, away]);
    await box.send(write("first"));
    await box.send(write("second"));
    await settle();
    expect(late).toEqual(["first", "second"]);
    expect(sent.at(-1)?.path).toBe("second");
  });

  it("throws a refusal at once and does not repeat it", async () => {
    const { box, sent } = outbox([no]);
    await expect(box.send(write("a"))).rejects.toThrow("E1 is busy.");
    await settle();
    expect(sent.length).toBe(1);
  });

  it("tells a refusal that came late, and goes on with the next", async () => {
    const { box, refused, late } = outbox([away, no]);
    await box.send(write("a"));
    await box.send(write("b"));
    await settle();
    expect(refused).toEqual(["a"]);
    expect(late).toEqual(["b"]);
  });

  it("takes up what an earlier page could not send", async () => {
    const { box, late } = outbox([]);
    box.restore([{ ...write("old"), tries: 3 }]);
    await settle();
    expect(late).toEqual(["old"]);
  });
});

it("makes client keys that the server takes, each its own", () => {
  const keys = new Set(Array.from({ length: 200 }, newClientKey));
  expect(keys.size).toBe(200);
  for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
});

describe("the way to the server", () => {
  const desk = new Desk("grid", "token");
  const answering = (body: string | null, status: number) =>
    vi.stubGlobal("fetch", async () => new Response(body, { status }));
  afterEach(() => vi.unstubAllGlobals());

  it.each(['{"type":"struc', ""])("takes a good answer that breaks off for none: %j", async (body) => {
    answering(body, 200);
    await expect(desk.get("board")).rejects.toBeInstanceOf(Unreachable);
    answering(body, 201);
    await expect(desk.post("incidents", {})).rejects.toBeInstanceOf(Unreachable);
  });

  it("reads a whole answer, and one that has no body by design", async () => {
    answering('{"id": 7}', 200);
    expect(await desk.get("board")).toEqual({ id: 7 });
    answering(null, 204);
    expect(await desk.get("board")).toEqual({});
  });

  it("says that the session has ended, whatever was asked", async () => {
    const out = vi.fn();
    answering('{"sentence": "Sign in first.", "code": "signed_out"}', 401);
    await expect(new Desk("grid", "token", out).get("cover")).rejects.toMatchObject({ status: 401 });
    expect(out).toHaveBeenCalledTimes(1);
  });

  it("keeps a refusal a refusal, with our sentence or a proxy's page", async () => {
    answering('{"sentence": "E1 is busy.", "code": "unit_busy"}', 409);
    await expect(desk.post("x", {})).rejects.toMatchObject({ sentence: "E1 is busy.", status: 409 });
    answering("<html>", 403);
    await expect(desk.post("x", {})).rejects.toMatchObject({ sentence: "HTTP 403", status: 403 });
  });
});
