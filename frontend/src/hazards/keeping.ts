/** A round's pages, kept by the browser for work without a network. */

import { t } from "../words";
import { type Box, button } from "./box";

interface Kept {
  readonly kept: number;
  readonly of: number;
}

/** This will offer to keep the pages of a round: its list, and each of its checklists. */
export function offerKeeping(box: Box, town: string, round: readonly number[]): void {
  const word = t("Keep this round for work without a network");
  box.put("keep", "offered", () => [button(word, (pressed) => void keepRound(box, town, round, pressed))]);
}

async function keepRound(
  box: Box,
  town: string,
  round: readonly number[],
  pressed: HTMLButtonElement,
): Promise<void> {
  pressed.disabled = true;
  box.say("kept", "");
  void navigator.storage?.persist?.().catch(() => false); // else a full device clears what waits here
  try {
    tellKept(box, await keep(town, round));
  } catch {
    box.say("kept", t("This browser keeps no pages (in a private window, perhaps). Without a network nothing opens here."), "alert");
  } finally {
    pressed.disabled = false;
  }
}

function tellKept(box: Box, { kept, of }: Kept): void {
  const said = t("Pages kept on this device: {n} of {of}.", { n: kept, of });
  if (kept === of) box.say("kept", said);
  else box.say("kept", `${said} ${t("The others don't open without a network: keep the round again.")}`, "alert");
}

/** This will let the worker keep the pages; what they are drawn with comes first. */
async function keep(town: string, round: readonly number[]): Promise<Kept> {
  await navigator.serviceWorker.register("/towns/round-worker.js", { scope: "/towns/" });
  const { active } = await navigator.serviceWorker.ready;
  if (!active) throw new Error("no worker");
  const assets = performance
    .getEntriesByType("resource")
    .map((one) => one.name)
    .filter((name) => new URL(name).pathname.startsWith("/static/"));
  const list = `/towns/${town}/inspections`;
  const answer = new Promise<Kept>((done) =>
    navigator.serviceWorker.addEventListener("message", (event: MessageEvent<Kept>) => done(event.data), {
      once: true,
    }),
  );
  active.postMessage({ keep: [...assets, list, ...round.map((number) => `${list}/${number}`)] });
  return answer;
}

const KEPT = "anlan-round-1"; // as round_worker.js names it

/** This will let go of the kept page of what was sent: on a slow line it would come back as if it was not. */
export async function letGoOfPage(path: string): Promise<void> {
  if (!("caches" in globalThis) || !(await caches.has(KEPT))) return;
  const cache = await caches.open(KEPT);
  await cache.delete(path);
}
