/** An inspector's round: checklists that work without a network, and are sent once when it is back. */

import "./round.css";
import { type PageData, readPage, t } from "../words";
import { keepPhoto, type Outcome as Taken, type Photo, sendPhotos, shrink, Unreadable } from "./photos";
import {
  draft,
  type Filled,
  flush,
  isGone,
  keepDraft,
  type Outcome,
  put,
  QUEUE,
  waiting,
} from "./queue";

const AGAIN_MS = 8_000;
const PATIENCE_MS = 15_000;
const PHOTO_PATIENCE_MS = 120_000; // 1 MB over a weak line
const SAID = "anlan-round-said";
const SOMEONE_ELSE = "someone_else";

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
        filled_by: one.me,
      }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const told = (await answer.json()) as { sentence?: string; code?: string; cases?: [] };
    if (answer.ok) return { done: true, cases: told.cases ?? [] };
    if (answer.status === 401) signedOut = true;
    if (told.code === SOMEONE_ELSE) another = true;
    if (answer.status === 401 || told.code === SOMEONE_ELSE || told.code === "csrf_failed" || answer.status >= 500) return null;
    return { done: false, sentence: told.sentence ?? "" };
  } catch {
    return null;
  }
}

/**
 * This will send one photo. A redirect is the way to the sign-in, never an answer: followed, it
 * would look as if the photo had been taken.
 */
async function sendPhoto(one: Photo, picture: Blob): Promise<Taken> {
  const body = new FormData();
  body.set("photo", picture, "photo.jpg");
  body.set("question", one.question);
  body.set("client_key", one.id);
  body.set("filled_by", one.me);
  const address = `/towns/${one.town}/inspections/${one.inspection}/photo`;
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "X-CSRFToken": token() },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(PHOTO_PATIENCE_MS),
    });
    if (answer.ok) return { is: "done" };
    if (answer.type === "opaqueredirect") signedOut = true;
    if (answer.status === 404) return { is: "refused", sentence: t("The photo's inspection is gone; the photo was not kept.") };
    if (answer.status === 422 || answer.status === 409) {
      const told = (await answer.json()) as { sentence: string; code: string };
      if (told.code === SOMEONE_ELSE) another = true;
      if (answer.status === 409) return { is: another ? "away" : "wait" };
      return { is: "refused", sentence: t("A photo was not kept: {why}", { why: told.sentence }) };
    }
    return { is: answer.status === 503 ? "wait" : "away" };
  } catch {
    return { is: "away" };
  }
}

let sending = false;
let signedOut = false;
let another = false; // a colleague has signed in beside this page
let photosLeft = 0;

async function sendAll(): Promise<void> {
  if (sending || !me) return;
  sending = true;
  signedOut = another = false;
  try {
    const { sent, refused } = await flush(localStorage, me, send);
    const stillHere = new Set(waiting(localStorage).map((one) => `${one.town}/${one.inspection}`));
    const photos = await sendPhotos(
      me,
      async (photo, picture) =>
        stillHere.has(`${photo.town}/${photo.inspection}`) ? { is: "wait" } : sendPhoto(photo, picture),
      t("A photo on this device can't be read any more; it was not sent."),
    );
    const wrongs = [...refused.map(({ sentence }) => sentence), ...photos.refused];
    if (sent.some((one) => one.inspection === page.inspection)) {
      sessionStorage.setItem(SAID, JSON.stringify(wrongs)); // said on the page that comes
      return location.reload();
    }
    photosLeft = photos.left;
    tell();
    for (const sentence of wrongs) say(sentence, true);
  } finally {
    sending = false;
  }
}

/** This will say what went wrong just before this page was loaded anew. */
function sayLast(): void {
  const said = JSON.parse(sessionStorage.getItem(SAID) ?? "[]") as string[];
  sessionStorage.removeItem(SAID);
  for (const sentence of said) say(sentence, true);
}

function say(sentence: string, wrong = false): void {
  if (!place) return;
  const line = document.createElement("p");
  line.setAttribute("role", wrong ? "alert" : "status");
  line.textContent = sentence;
  place.hidden = false;
  place.append(line);
  if (wrong) faults.push(line);
}

const faults: HTMLElement[] = [];

/** This will tell what waits on this device. */
function tell(): void {
  if (!place) return;
  place.replaceChildren(...faults); // a sentence that nobody may have read yet stays
  const mine = waiting(localStorage).filter((one) => one.me === me);
  const others = waiting(localStorage).length - mine.length;
  if (mine.length)
    say(t("Checklists waiting on this device: {n}. They are sent when there is a network.", { n: mine.length }));
  if (photosLeft) say(t("Photos waiting on this device: {n}.", { n: photosLeft }));
  if (signedOut) offerSignIn(place);
  if (another)
    say(t("A colleague is signed in on this device now. What you filled in here waits until you sign in again."));
  if (others)
    say(t("{n} checklists of a colleague wait here until that colleague signs in.", { n: others }));
  if (page.round?.length && "serviceWorker" in navigator) place.append(keepButton(page.round));
  place.hidden = place.childElementCount === 0;
}

/** This will say that what waits here needs its owner's sign-in, and show the way there. */
function offerSignIn(box: HTMLElement): void {
  say(t("Your session has ended: sign in again, then what waits here is sent."));
  const link = document.createElement("a");
  link.href = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`;
  link.textContent = t("Sign in");
  box.lastElementChild?.append(" ", link);
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
      say(t("Pages kept on this device: {n}.", { n: event.data.kept }));
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
  const about = { me, town: page.town, inspection };
  const kept = draft(localStorage, about);
  for (const one of selects) {
    if (!one.value && kept[one.name] !== undefined) one.value = kept[one.name] ?? "";
    showPhoto(one);
  }
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) showPhoto(event.target);
    if (event.target instanceof HTMLInputElement) void tryPhoto(event.target);
    keepDraft(localStorage, about, answersOf(selects));
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

/** This will keep the photos that were chosen; false, with a sentence beside it, where one can't be. */
async function keepPhotos(form: HTMLFormElement, inspection: number): Promise<boolean> {
  for (const input of form.querySelectorAll<HTMLInputElement>("input[type=file]")) {
    const question = input.dataset["question"] ?? "";
    const file = input.files?.[0];
    if (!file || input.closest<HTMLElement>(".photo")?.hidden) continue;
    try {
      await keepPhoto({ me, town: page.town, inspection, question }, await shrink(file));
      input.value = ""; // it is kept: sent again with the form it would be there twice
    } catch (fault) {
      blame(
        input,
        fault instanceof Unreadable
          ? t("This photo can't be read here. Take it anew, or choose a JPEG or PNG picture.")
          : t("There is no room on this device for the photo. Send what waits first, or leave it out."),
      );
      return false;
    }
  }
  return true;
}

/** This will say beside a photo what is wrong with it, and take it out of the form. */
function blame(input: HTMLInputElement, sentence: string): void {
  input.value = "";
  const line = document.createElement("span");
  line.id = `${input.id}-fault`;
  line.className = "error";
  line.setAttribute("role", "alert");
  line.textContent = sentence;
  document.getElementById(line.id)?.remove();
  input.after(line);
  input.setAttribute("aria-describedby", line.id);
  input.setAttribute("aria-invalid", "true");
  input.focus();
}

/** This will look at a photo as soon as it is chosen: a fault is said while the thing is in sight. */
async function tryPhoto(input: HTMLInputElement): Promise<void> {
  document.getElementById(`${input.id}-fault`)?.remove();
  input.removeAttribute("aria-invalid");
  input.removeAttribute("aria-describedby");
  const file = input.files?.[0];
  if (!file) return;
  try {
    await shrink(file);
  } catch {
    blame(input, t("This photo can't be read here. Take it anew, or choose a JPEG or PNG picture."));
  }
}

async function hand(
  form: HTMLFormElement,
  selects: readonly HTMLSelectElement[],
  inspection: number,
): Promise<void> {
  const button = form.querySelector<HTMLButtonElement>("button.primary");
  if (button) button.disabled = true;
  try {
    if (!(await keepPhotos(form, inspection))) return;
    put(localStorage, {
      me,
      town: page.town,
      inspection,
      form_number: page.form_number ?? 0,
      client_key: freshKey(),
      answers: answersOf(selects),
    });
    tell();
    await sendAll();
  } finally {
    if (button) button.disabled = false;
  }
}

/** This will give a key that nobody else has; a page without HTTPS has no randomUUID. */
function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
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
  sayLast();
  void sendAll();
  addEventListener("online", () => void sendAll());
  addEventListener("storage", (event) => {
    if (event.key !== QUEUE) return; // another tab of this browser put one in, or sent it
    if (page.inspection !== undefined && isGone(event.oldValue, event.newValue, page.inspection))
      return location.reload();
    tell();
  });
  setInterval(() => void ((waiting(localStorage).length || photosLeft) && sendAll()), AGAIN_MS);
}
