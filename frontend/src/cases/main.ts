/** The pages of cases work without a script; this keeps what was typed, and counts characters. */

import "./cases.css";
import { Keep } from "../board/keep";
import { shrink } from "../hazards/photos";
import { readPage, t } from "../words";
import { type Filled, fill, filled, isShut, isTyped, key, keyOf, same } from "./drafts";
import { type Drafts, forgetTaken, noteSent, TabDrafts } from "./kept";
import { askFirst } from "./session";

const SAVE_AFTER_MS = 400;
const page = readPage();
const keep: Drafts = page.town ? new Keep("anlan-case-", page.draft_key) : new TabDrafts("anlan-told-");

/** A form, and what the page itself put there: that is nobody's draft. */
interface Followed {
  readonly form: HTMLFormElement;
  readonly offered: Filled;
}

/** This will keep a form's words until it was done, and bring them back after a reload. */
async function follow({ form, offered }: Followed, back: ReadonlySet<string>): Promise<void> {
  const name = keyOf(form, form.getAttribute("action") || location.pathname);
  const save = (): Promise<void> => {
    const now = filled(form);
    return isShut(form) || (same(now, offered) && form.dataset["sent"] === undefined)
      ? keep.forget(name)
      : keep.save(name, now);
  };
  if (form.dataset["forget"] !== undefined) {
    await keep.forget(name); // what was answered there may not be kept
  } else if (form.dataset["sent"] !== undefined) {
    await keep.save(name, filled(form)); // the page itself holds what was sent
  } else {
    const kept = await keep.load<Filled>(name);
    const came = back.has(name); // refused: a page that draws it empty must not take the words along
    if (!same(filled(form), offered)) {
      await save(); // on a slow device something was typed by now: it is newer
    } else if (kept && fill(form, kept)) {
      form.closest("details")?.setAttribute("open", "");
      if (!came) note(form, t("What you typed here before is back."));
    } else if (kept && !came) {
      await keep.forget(name);
    }
  }
  let waiting: ReturnType<typeof setTimeout> | undefined;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void save(), SAVE_AFTER_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    void save();
    noteSent(name);
    sendOnce(form);
  });
}

/** This will grey the button of a form that is on its way: a second tap sends nothing. */
function sendOnce(form: HTMLFormElement): void {
  const button = form.querySelector<HTMLButtonElement>("button.primary");
  setTimeout(() => button && (button.disabled = true));
  addEventListener("pageshow", () => button && (button.disabled = false), { once: true });
}

function note(form: HTMLFormElement, words: string): void {
  const line = document.createElement("p");
  line.className = "small muted";
  line.setAttribute("role", "status");
  line.textContent = words;
  form.prepend(line);
}

/** This will make a chosen photo small before it is sent; where that can't be, it goes as it is. */
function shrinkChosen(input: HTMLInputElement): void {
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (!file?.type.startsWith("image/")) return;
    void shrink(file).then(
      (small) => {
        if (input.files?.[0] !== file || small.size >= file.size) return;
        const chosen = new DataTransfer();
        chosen.items.add(new File([small], "photo.jpg", { type: small.type }));
        input.files = chosen.files;
      },
      () => undefined,
    );
  });
}

/** This will say of a file that is too large before it travels: the form isn't sent with it. */
function weigh(input: HTMLInputElement): void {
  const most = Number(input.dataset["mostMb"]);
  input.addEventListener("change", () => {
    const large = (input.files?.[0]?.size ?? 0) > most * 1_000_000;
    input.setCustomValidity(large ? t("This file is too large: at most {most} MB.", { most }) : "");
    input.reportValidity();
  });
}

/** This will say beside a text how much of it fits. */
function count(area: HTMLTextAreaElement): void {
  if (area.maxLength < 0) return;
  const line = document.createElement("p");
  line.className = "small muted counter";
  line.setAttribute("aria-hidden", "true");
  const say = (): void => {
    line.textContent = `${area.value.length} / ${area.maxLength}`;
  };
  area.addEventListener("input", say);
  area.after(line);
  say();
}

/** This will forget the draft of what was just done, and take that word off the address. */
async function forgetDone(): Promise<void> {
  const address = new URL(location.href);
  const done = address.searchParams.get("done");
  if (done === null) return;
  await keep.forget(key(`${address.pathname}/do/${done}`));
  address.searchParams.delete("done");
  address.searchParams.delete("waits");
  history.replaceState(history.state, "", address);
}

/** This will say whether the page tells of what was sent that it couldn't be taken. */
function complains(): boolean {
  return document.querySelector("[role=alert], [aria-invalid=true], form[data-sent]") !== null;
}

/** Every form of this page into which words are typed is followed in this one way. */
async function followAll(): Promise<void> {
  const typed = [...document.querySelectorAll("form")].filter(isTyped);
  const every = typed.map((form) => ({ form, offered: filled(form) })); // before anything is awaited
  await forgetDone();
  const arrived = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  const back = await forgetTaken(keep, arrived?.type ?? "navigate", complains());
  for (const one of every) await follow(one, back);
}

/** This will offer to copy a link that is shown only once; without it the text is chosen by hand. */
function offerCopy(line: HTMLElement): void {
  const link = document.getElementById(line.dataset["copy"] ?? "");
  const status = line.querySelector("[role=status]");
  if (!navigator.clipboard || !link || !status) return; // as over plain HTTP
  line.hidden = false;
  line.querySelector("button")?.addEventListener("click", () => {
    navigator.clipboard.writeText(link.textContent ?? "").then(
      () => (status.textContent = t("Copied.")),
      () => (status.textContent = t("It couldn't be copied; choose the text of the link.")),
    );
  });
}

/** This will open the form that an address or a link on this page leads to, and go to it. */
function openTarget(hash: string): void {
  const target = hash ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
  if (!(target instanceof HTMLDetailsElement)) return;
  target.open = true;
  target.querySelector<HTMLElement>("summary")?.focus();
}

function begin(): void {
  addEventListener("hashchange", () => openTarget(location.hash));
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')) {
    link.addEventListener("click", () => setTimeout(() => openTarget(link.hash))); // a second time, too
  }
  addEventListener("load", () => setTimeout(() => openTarget(location.hash))); // the browser goes there first

  void followAll().catch(() => undefined); // a browser that keeps nothing: the forms work all the same
  for (const area of document.querySelectorAll("textarea")) count(area);
  for (const one of document.querySelectorAll<HTMLInputElement>("input[data-shrink]")) shrinkChosen(one);
  for (const one of document.querySelectorAll<HTMLInputElement>("input[data-most-mb]")) weigh(one);
  for (const one of document.querySelectorAll<HTMLElement>("[data-copy]")) offerCopy(one);
}

askFirst(page.town);
begin();
