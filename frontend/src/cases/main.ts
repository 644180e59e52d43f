/** The pages of cases work without a script; this keeps what was typed, and counts characters. */

import "./cases.css";
import { Keep } from "../board/keep";
import { shrink } from "../hazards/photos";
import { readPage, t } from "../words";
import { type Filled, fill, filled, key, same } from "./drafts";
import { askFirst } from "./session";

const SAVE_AFTER_MS = 400;
const page = readPage();
const keep = new Keep("anlan-case-", page.draft_key);

/** This will keep a form's words until it was done, and bring them back after a reload. */
async function follow(form: HTMLFormElement): Promise<void> {
  const name = key(form.action);
  const offered = filled(form); // what the page itself put there is nobody's draft
  if (form.dataset["sent"] === undefined) {
    const kept = await keep.load<Filled>(name);
    if (kept && fill(form, kept)) {
      form.closest("details")?.setAttribute("open", "");
      note(form, t("What you typed here before is back."));
    } else if (kept) {
      await keep.forget(name);
    }
  } else {
    await keep.save(name, filled(form));
  }
  const save = (): Promise<void> => {
    const now = filled(form);
    return same(now, offered) && form.dataset["sent"] === undefined
      ? keep.forget(name)
      : keep.save(name, now);
  };
  let waiting: ReturnType<typeof setTimeout> | undefined;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void save(), SAVE_AFTER_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    void save();
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
  history.replaceState(history.state, "", address);
}

async function begin(): Promise<void> {
  await forgetDone();
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]"))
    await follow(form);
  for (const area of document.querySelectorAll("textarea")) count(area);
  for (const one of document.querySelectorAll<HTMLInputElement>("input[data-shrink]")) shrinkChosen(one);
}

if (page.town) askFirst(page.town);
void begin();
