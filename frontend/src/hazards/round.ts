/** An inspector's round: checklists that work without a network, and are sent once when it is back. */

import "./round.css";
import { type PageData, readPage, t } from "../words";
import { Box } from "./box";
import { Checklist } from "./checklist";
import { letGoOfPage, offerKeeping } from "./keeping";
import { dropPhotos, type Held, heldPhotos, savePhoto, sendPhotos } from "./photos";
import { offerPoint } from "./point";
import { again, draft, type Filled, flush, forgetDraft, isGone, QUEUE, same, take, waiting } from "./queue";
import { refusedList } from "./refused";
import { sendForm, sendPhoto, standing } from "./sending";

const AGAIN_MS = 8_000;
const SAID = "anlan-round-said";
const LINES = ["faults", "refused", "forms", "photos", "out", "another", "others", "gone", "keep", "kept"];

interface RoundPage extends PageData {
  readonly me?: string;
  readonly round?: readonly number[];
  readonly inspection?: number;
  readonly form_number?: number;
  readonly ident?: string;
  readonly name?: string;
}

const page = readPage() as RoundPage;
const me = page.me ?? "";
const place = document.getElementById("round");
const box = place && new Box(place, LINES);
const form = document.querySelector<HTMLFormElement>("#checklist");
const checklist = form && page.inspection !== undefined ? followed(form, page.inspection) : null;

let sending = false;
let held: readonly Held[] = [];

function followed(form: HTMLFormElement, inspection: number): Checklist {
  const { form_number = 0, ident = "", name = "" } = page;
  return new Checklist(form, { me, town: page.town, inspection }, { form_number, ident, name }, changed);
}

async function changed(): Promise<void> {
  await look();
  await sendAll();
}

const mine = (): Filled[] => waiting(localStorage).filter((one) => one.me === me);

/** A photo goes when its form is there: not before the form was handed in, nor while it waits. */
function isReady(photo: Held): boolean {
  return !mine().some((one) => same(one, photo)) && !Object.keys(draft(localStorage, photo)).length;
}

async function sendAll(): Promise<void> {
  if (sending || !me) return;
  sending = true;
  standing.signedOut = standing.another = false;
  try {
    const { sent } = await flush(localStorage, me, sendForm);
    const unreadable = t("A photo on this device can't be read any more; it was not sent.");
    const wrongs = await sendPhotos(me, { isReady, send: sendPhoto, unreadable });
    if (sent.some((one) => one.inspection === page.inspection)) {
      sessionStorage.setItem(SAID, JSON.stringify(wrongs)); // said on the page that comes
      await letGoOfPage(location.pathname).catch(() => undefined);
      return location.reload();
    }
    await look();
    box?.add("faults", wrongs);
  } finally {
    sending = false;
  }
}

/** This will say what went wrong just before this page was loaded anew. */
function sayLast(): void {
  const said = JSON.parse(sessionStorage.getItem(SAID) ?? "[]") as string[];
  sessionStorage.removeItem(SAID);
  box?.add("faults", said);
}

/** This will look what waits on this device, and tell it. */
async function look(): Promise<void> {
  held = await heldPhotos(me);
  const here = held.filter((one) => one.town === page.town && one.inspection === page.inspection);
  checklist?.showKept(here);
  tell();
}

function tell(): void {
  if (!box) return;
  const own = mine();
  const refused = own.filter((one) => one.refused !== undefined);
  const unsent = own.length - refused.length;
  const others = waiting(localStorage).length - own.length;
  box.say("forms", unsent ? t("Checklists waiting on this device: {n}. They are sent when there is a network.", { n: unsent }) : "");
  box.say("photos", held.length ? t("Photos waiting on this device: {n}.", { n: held.length }) : "");
  box.say("others", others ? t("{n} checklists of a colleague wait here until that colleague signs in.", { n: others }) : "");
  box.say("another", standing.another ? t("A colleague is signed in on this device now. What you filled in here waits until you sign in again.") : "");
  box.put("out", standing.signedOut ? "out" : "", signIn);
  const about = refused.length ? JSON.stringify([refused, held.map((one) => one.id)]) : "";
  box.put("refused", about, () => refusedList(refused, held, { again: sendAgain, remove, save }));
}

function sendAgain(one: Filled): void {
  again(localStorage, one);
  void changed();
}

function remove(one: Filled): void {
  take(localStorage, one);
  forgetDraft(localStorage, one);
  void dropPhotos(one).then(look);
}

function save(photo: Held, ident: string): void {
  void savePhoto(photo, `${ident}-${photo.question}.jpg`);
}

/** This will say that what waits here needs its owner's sign-in, and show the way there. */
function signIn(): HTMLElement[] {
  const line = document.createElement("p");
  line.setAttribute("role", "status");
  const link = document.createElement("a");
  link.href = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`;
  link.textContent = t("Sign in");
  line.append(t("Your session has ended: sign in again, then what waits here is sent."), " ", link);
  return [line];
}

/** What was begun here for an inspection that is over is let go, with a word. */
function letGo(inspection: number): void {
  const about = { me, town: page.town, inspection };
  if (mine().some((one) => same(one, about)) || !Object.keys(draft(localStorage, about)).length) return;
  forgetDraft(localStorage, about);
  box?.say("gone", t("You had begun to fill this in here; it was done or called off meanwhile."));
}

const here = document.getElementById("here");
if (here) offerPoint(here);
if (me) {
  if (!form && page.inspection !== undefined) letGo(page.inspection);
  if (box && page.round?.length && "serviceWorker" in navigator) offerKeeping(box, page.town, page.round);
  sayLast();
  // Told once its photos are known: drawn anew with them, what was opened in it would shut again.
  void changed().catch(tell);
  addEventListener("online", () => void sendAll());
  addEventListener("storage", (event) => {
    if (event.key !== QUEUE) return; // another tab of this browser put one in, or sent it
    if (page.inspection !== undefined && isGone(event.oldValue, event.newValue, page.inspection))
      return location.reload();
    void look();
  });
  setInterval(() => void (isAnythingUnsent() && sendAll()), AGAIN_MS);
}

function isAnythingUnsent(): boolean {
  return mine().some((one) => one.refused === undefined) || held.some(isReady);
}
