/** A checklist that is filled in and handed in with or without a network. */

import { t } from "../words";
import { button } from "./box";
import { dropPhotos, type Held, keepPhoto, shrink, Unreadable } from "./photos";
import { type About, draft, type Failed, type Filled, keepDraft, put } from "./queue";

export interface Thing {
  readonly form_number: number;
  readonly ident: string;
  readonly name: string;
}

/** This will follow a form; `held` are the photos of it that this device keeps already. */
export class Checklist {
  private readonly selects: readonly HTMLSelectElement[];
  /** the photo that is being made small and kept; false where it can't be */
  private keeping: Promise<boolean> | null = null;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly about: About,
    private readonly thing: Thing,
    private readonly changed: () => Promise<void>,
  ) {
    this.selects = [...form.querySelectorAll("select")];
    const kept = draft(localStorage, about);
    for (const one of this.selects) {
      if (!one.value && kept[one.name] !== undefined) one.value = kept[one.name] ?? "";
      showPhoto(one);
    }
    form.addEventListener("change", (event) => this.change(event.target));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.hand();
    });
  }

  /** This will say beside each question whether a photo of it is kept. */
  showKept(held: readonly Held[]): void {
    for (const input of this.photos()) {
      const has = held.some((one) => one.question === input.dataset["question"]);
      const line = this.form.querySelector<HTMLElement>(`#${input.id}-kept`) ?? this.keptLine(input);
      line.hidden = !has;
    }
  }

  private photos(): HTMLInputElement[] {
    return [...this.form.querySelectorAll<HTMLInputElement>("input[type=file]")];
  }

  private keptLine(input: HTMLInputElement): HTMLElement {
    const line = document.createElement("span");
    line.id = `${input.id}-kept`;
    line.className = "kept-photo";
    const remove = button(t("Remove the photo"), () => {
      input.focus(); // the button that was pressed goes
      void dropPhotos(this.about, input.dataset["question"]).then(() => this.changed());
    });
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    said.textContent = t("The photo is kept on this device; another one takes its place.");
    line.append(said, " ", remove);
    line.hidden = true;
    input.after(line);
    return line;
  }

  private change(target: EventTarget | null): void {
    if (target instanceof HTMLSelectElement) showPhoto(target);
    if (target instanceof HTMLInputElement && target.type === "file") {
      const before = this.keeping ?? Promise.resolve(true); // one after another
      const mine = before.then(async (fine) => (await this.keepChosen(target)) && fine);
      this.keeping = mine;
      void mine.then(() => this.keeping === mine && (this.keeping = null));
    }
    try {
      keepDraft(localStorage, this.about, this.answers());
    } catch {
      return; // no room: said when the form is handed in
    }
  }

  private answers(): Record<string, string> {
    return Object.fromEntries(this.selects.filter((one) => one.value).map((one) => [one.name, one.value]));
  }

  /** A photo is kept as soon as it is chosen: the page may be gone before the form is sent. */
  private async keepChosen(input: HTMLInputElement): Promise<boolean> {
    forgive(input);
    const file = input.files?.[0];
    if (!file) return true;
    try {
      await keepPhoto({ ...this.about, question: input.dataset["question"] ?? "" }, await shrink(file));
    } catch (fault) {
      blame(
        input,
        fault instanceof Unreadable
          ? t("This photo can't be read here. Take it anew, or choose a JPEG or PNG picture.")
          : t("There is no room on this device for the photo. Send what waits first, or leave it out."),
      );
      return false;
    }
    input.value = ""; // it is kept: sent again with the form it would be there twice
    await this.changed();
    return true;
  }

  private async hand(): Promise<void> {
    const press = this.form.querySelector<HTMLButtonElement>("button.primary");
    if (press) press.disabled = true;
    this.form.querySelector(".no-room")?.remove();
    try {
      if (this.keeping && !(await this.keeping)) return;
      for (const input of this.photos())
        if (input.closest<HTMLElement>(".photo")?.hidden) await dropPhotos(this.about, input.dataset["question"]);
      put(localStorage, this.filled());
    } catch {
      this.noRoom(press);
      return;
    } finally {
      if (press) press.disabled = false;
    }
    await this.changed();
  }

  private filled(): Filled {
    return {
      ...this.about,
      ...this.thing,
      client_key: freshKey(),
      answers: this.answers(),
      filled_at: new Date().toISOString(),
      failed: this.selects.map(failure).filter((one) => one !== null),
    };
  }

  private noRoom(press: HTMLElement | null): void {
    const line = document.createElement("p");
    line.className = "error no-room";
    line.setAttribute("role", "alert");
    line.textContent = t("There is no room on this device for the checklist: it is not kept. Send what waits first.");
    (press?.closest("p") ?? this.form).before(line);
  }
}

/** This will give what fails in an answer, in words that stay readable without this page. */
function failure(select: HTMLSelectElement): Failed | null {
  const field = select.closest<HTMLElement>(".field");
  if (!field?.classList.contains("fails")) return null;
  return {
    label: field.querySelector("label")?.textContent?.trim() ?? select.name,
    answer: select.selectedOptions[0]?.textContent?.trim() ?? select.value,
    hazard: field.dataset["hazard"] ?? "",
    danger: field.classList.contains("danger"),
  };
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

/** This will say beside a photo what is wrong with it, and take it out of the form. */
function blame(input: HTMLInputElement, sentence: string): void {
  forgive(input);
  input.value = "";
  const line = document.createElement("span");
  line.id = `${input.id}-fault`;
  line.className = "error";
  line.setAttribute("role", "alert");
  line.textContent = sentence;
  input.after(line);
  input.setAttribute("aria-describedby", line.id);
  input.setAttribute("aria-invalid", "true");
  input.focus();
}

function forgive(input: HTMLInputElement): void {
  document.getElementById(`${input.id}-fault`)?.remove();
  input.removeAttribute("aria-invalid");
  input.removeAttribute("aria-describedby");
}

/** This will give a key that nobody else has; a page without HTTPS has no randomUUID. */
function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
}
