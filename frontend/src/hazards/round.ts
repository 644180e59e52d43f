/** An inspector's round: checklists that work without a network, and are sent once when it is back. */

import "./round.css";
import { type PageData, readPage, t } from "../words";
import { keepPhoto, type Photo, sendPhotos, shrink } from "./photos";
import {
  draft,
  type Filled,
  flush,
  keepDraft,
  type Outcome,
  put,
  waiting,
} from "./queue";

const AGAIN_MS = 8_000;
const PATIENCE_MS = 15_000;

interface RoundPage extends PageData {
  readonly me?: string;
  readonly round?: readonly number[];
  readonly inspection?: number;
  readonly form_number?: number;
}

const page = readPage() as RoundPage;
const me = page.me ?? "";
const place = document.getElementById("round");

function token(): string {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

/** This will send one form; null where the network or the session is gone. */
async function send(one: Filled): Promise<Outcome | null> {
  const address = `/api/towns/${one.town}/inspections/${one.inspection}/record`;
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      body: JSON.stringify({
        answers: one.answers,
        form_number: one.form_number,
        client_key: one.client_key,
      }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const told = (await answer.json()) as { sentence?: string; code?: string; cases?: [] };
    if (answer.ok) return { done: true, cases: told.cases ?? [] };
    if (answer.status === 401 || told.code === "csrf_failed" || answer.status >= 500) return null;
    return { done: false, sentence: told.sentence ?? "" };
  } catch {
    return null;
  }
}

async function sendPhoto(one: Photo, picture: Blob): Promise<boolean> {
  const body = new FormData();
  body.set("photo", picture, "photo.jpg");
  body.set("question", one.question);
  body.set("client_key", one.id);
  const address = `/towns/${one.town}/inspections/${one.inspection}/photo`;
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "X-CSRFToken": token() },
      body,
    });
    // what the server refuses for good is dropped; a lost line or session is tried again
    return answer.ok || answer.status === 422 || answer.status === 404;
  } catch {
    return false;
  }
}

let sending = false;

async function sendAll(): Promise<void> {
  if (sending || !me) return;
  sending = true;
  try {
    const { sent, refused } = await flush(localStorage, me, send);
    const stillHere = new Set(waiting(localStorage).map((one) => `${one.town}/${one.inspection}`));
    const left = await sendPhotos(me, async (photo, picture) =>
      stillHere.has(`${photo.town}/${photo.inspection}`) ? false : sendPhoto(photo, picture),
    );
    if (sent.some((one) => one.inspection === page.inspection)) return location.reload();
    tell(left);
    for (const { sentence } of refused) say(sentence, true);
  } finally {
    sending = false;
  }
}

function say(sentence: string, wrong = false): void {
  if (!place) return;
  const line = document.createElement("p");
  line.setAttribute("role", wrong ? "alert" : "status");
  line.textContent = sentence;
  place.hidden = false;
  place.append(line);
}

/** This will tell what waits on this device. */
function tell(photos = 0): void {
  if (!place) return;
  place.replaceChildren();
  const mine = waiting(localStorage).filter((one) => one.me === me);
  const others = waiting(localStorage).length - mine.length;
  if (mine.length)
    say(t("{n} checklists wait on this device and are sent when there is a network.", { n: mine.length }));
  if (photos) say(t("{n} photos wait on this device.", { n: photos }));
  if (others)
    say(t("{n} checklists of a colleague wait here until that colleague signs in.", { n: others }));
  if (page.round?.length && "serviceWorker" in navigator) place.append(keepButton(page.round));
  place.hidden = place.childElementCount === 0;
}

function keepButton(round: readonly number[]): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = t("Keep this round for work without a network");
  button.addEventListener("click", () => void keepRound(round, button));
  return button;
}

async function keepRound(round: readonly number[], button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  await navigator.serviceWorker.register("/towns/round-worker.js", { scope: "/towns/" });
  const { active } = await navigator.serviceWorker.ready;
  navigator.serviceWorker.addEventListener(
    "message",
    (event: MessageEvent<{ kept: number }>) => {
      button.disabled = false;
      say(t("{n} pages are kept on this device.", { n: event.data.kept }));
    },
    { once: true },
  );
  const assets = performance
    .getEntriesByType("resource")
    .map((one) => one.name)
    .filter((name) => new URL(name).pathname.startsWith("/static/"));
  const list = `/towns/${page.town}/inspections`;
  active?.postMessage({ keep: [list, ...round.map((number) => `${list}/${number}`), ...assets] });
}

/** This will let a checklist be filled in and sent with or without a network. */
function follow(form: HTMLFormElement, inspection: number): void {
  const selects = [...form.querySelectorAll("select")];
  const kept = draft(localStorage, page.town, inspection);
  for (const one of selects) {
    if (!one.value && kept[one.name] !== undefined) one.value = kept[one.name] ?? "";
    showPhoto(one);
  }
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) showPhoto(event.target);
    keepDraft(localStorage, page.town, inspection, answersOf(selects));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void hand(form, selects, inspection);
  });
}

function answersOf(selects: readonly HTMLSelectElement[]): Record<string, string> {
  return Object.fromEntries(selects.filter((one) => one.value).map((one) => [one.name, one.value]));
}

/** This will offer a photo beside an answer that fails, and mark imminent danger. */
function showPhoto(select: HTMLSelectElement): void {
  const field = select.closest<HTMLElement>(".field");
  const fails = field?.dataset["fails"]?.split(" ").includes(select.value) ?? false;
  const danger = field?.dataset["danger"]?.split(" ").includes(select.value) ?? false;
  field?.classList.toggle("fails", fails && select.value !== "");
  field?.classList.toggle("danger", danger && select.value !== "");
  const photo = field?.querySelector<HTMLElement>(".photo");
  if (photo) photo.hidden = !fails || !globalThis.crypto?.subtle;
}

async function hand(
  form: HTMLFormElement,
  selects: readonly HTMLSelectElement[],
  inspection: number,
): Promise<void> {
  const button = form.querySelector<HTMLButtonElement>("button.primary");
  if (button) button.disabled = true;
  for (const input of form.querySelectorAll<HTMLInputElement>("input[type=file]")) {
    const question = input.dataset["question"] ?? "";
    const file = input.files?.[0];
    if (file && !input.closest<HTMLElement>(".photo")?.hidden)
      await keepPhoto({ me, town: page.town, inspection, question }, await shrink(file));
  }
  put(localStorage, {
    me,
    town: page.town,
    inspection,
    form_number: page.form_number ?? 0,
    client_key: crypto.randomUUID(),
    answers: answersOf(selects),
  });
  tell();
  await sendAll();
  if (button) button.disabled = false;
}

/** This will let a resident put in the point where they stand; nothing is asked before the tap. */
function offerPoint(line: HTMLElement): void {
  if (!("geolocation" in navigator)) return;
  line.hidden = false;
  const status = line.querySelector<HTMLElement>("[role=status]");
  line.querySelector("button")?.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        set("lon", coords.longitude.toFixed(6));
        set("lat", coords.latitude.toFixed(6));
        if (status) status.textContent = `✓ ${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)}`;
      },
      () => {
        if (status) status.textContent = "✗";
      },
      { enableHighAccuracy: true, timeout: 15_000 },
    );
  });
}

function set(name: string, value: string): void {
  const input = document.querySelector<HTMLInputElement>(`input[name=${name}]`);
  if (input) input.value = value;
}

const form = document.querySelector<HTMLFormElement>("#checklist");
if (form && page.inspection !== undefined) follow(form, page.inspection);
const here = document.getElementById("here");
if (here) offerPoint(here);
if (me) {
  tell();
  void sendAll();
  addEventListener("online", () => void sendAll());
  setInterval(() => void (waiting(localStorage).length && sendAll()), AGAIN_MS);
}
