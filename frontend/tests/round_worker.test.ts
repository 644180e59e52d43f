/// <reference types="vite/client" />
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import source from "../../src/anlan/web/hazards/round_worker.js?raw";

const LATE_MS = 6000;
const PAGE = "/towns/porto/inspections/7";
interface Fetching {
  request: { method: string; url: string };
  respondWith: (answer: Promise<unknown>) => void;
}

let kept: Map<string, string>;
let answers: { answer: (page: unknown) => void; fail: (error: Error) => void };
let ask: () => Promise<unknown>;

beforeEach(() => {
  vi.useFakeTimers();
  kept = new Map();
  let heard: (event: Fetching) => void = () => undefined;
  const self = {
    location: { origin: "http://desk" },
    addEventListener: (name: string, act: (event: Fetching) => void) => name === "fetch" && (heard = act),
  };
  const cache = { match: async (path: string) => kept.get(path) };
  const caches = { open: async () => cache, delete: async () => kept.clear() };
  const fetch = (): Promise<unknown> => new Promise((answer, fail) => (answers = { answer, fail }));
  new Function("self", "caches", "fetch", source)(self, caches, fetch);
  ask = () =>
    new Promise((done, failed) => {
      const request = { method: "GET", url: `http://desk${PAGE}` };
      heard({ request, respondWith: (answer) => void answer.then(done, failed) });
    });
});
afterEach(() => vi.useRealTimers());

it("gives the kept page where the network is late", async () => {
  kept.set(PAGE, "kept");
  const page = ask();
  await vi.advanceTimersByTimeAsync(LATE_MS + 1);
  expect(await page).toBe("kept");
});

it("waits for a network that is late where no page is kept", async () => {
  const page = ask();
  await vi.advanceTimersByTimeAsync(LATE_MS + 1);
  answers.answer({ type: "basic", redirected: false });
  expect(await page).toEqual({ type: "basic", redirected: false });
});

it("fails where there is neither a network nor a kept page", async () => {
  const page = ask();
  answers.fail(new Error("no network"));
  await expect(page).rejects.toThrow("no network");
});
