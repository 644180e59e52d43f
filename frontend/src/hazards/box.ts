/**
 * The box over a round's pages: what waits on this device, and what went wrong.
 *
 * Each thing has a line of its own that is changed in place, and only where its words changed: a
 * screen reader says it once, and a button in it keeps the focus.
 */

export class Box {
  private readonly lines = new Map<string, { about: string; holds: HTMLElement }>();

  constructor(
    private readonly place: HTMLElement,
    order: readonly string[],
  ) {
    for (const name of order) {
      const holds = document.createElement("div");
      this.lines.set(name, { about: "", holds });
      place.append(holds);
    }
    this.shown();
  }

  /** This will say a sentence in its line, or nothing there. */
  say(name: string, sentence: string, role: "status" | "alert" = "status"): void {
    this.put(name, sentence, () => {
      const line = document.createElement("p");
      line.setAttribute("role", role);
      line.textContent = sentence;
      return [line];
    });
  }

  /** This will fill a line anew where `about`, which tells all that stands there, is another. */
  put(name: string, about: string, make: () => readonly HTMLElement[]): void {
    const line = this.lines.get(name);
    if (!line || line.about === about) return;
    line.about = about;
    line.holds.replaceChildren(...(about ? make() : []));
    this.shown();
  }

  /** This will add sentences to a line, each once; they stay as long as the page. */
  add(name: string, sentences: readonly string[]): void {
    const line = this.lines.get(name);
    for (const sentence of sentences) {
      if (!line || line.about.split("\n").includes(sentence)) continue;
      line.about += `\n${sentence}`;
      const said = document.createElement("p");
      said.setAttribute("role", "alert");
      said.textContent = sentence;
      line.holds.append(said);
    }
    this.shown();
  }

  private shown(): void {
    const every = [...this.lines.values()];
    for (const { holds } of every) holds.hidden = holds.childElementCount === 0;
    this.place.hidden = every.every(({ holds }) => holds.hidden);
  }
}

/** This will make a button with its word. */
export function button(word: string, press: (pressed: HTMLButtonElement) => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = word;
  made.addEventListener("click", () => press(made));
  return made;
}
