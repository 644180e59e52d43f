import { describe, expect, it } from "vitest";
import { fill, filled, isShut, isTyped, key, keyOf, same } from "../src/cases/drafts";
import { forgetTaken, noteSent, TabDrafts } from "../src/cases/kept";

class Entry {
  type = "text";
  checked = false;
  dataset: Record<string, string> = {};
  defaultValue = "";
  constructor(
    readonly name: string,
    public value: string,
  ) {}
}
class Input extends Entry {}
class Button extends Entry {}
class Select extends Entry {}
class Area extends Entry {}
Object.assign(globalThis, {
  HTMLInputElement: Input,
  HTMLButtonElement: Button,
  HTMLSelectElement: Select,
  HTMLTextAreaElement: Area,
});

const form = (...elements: Entry[]): HTMLFormElement =>
  ({ elements, method: "post", dataset: {} }) as unknown as HTMLFormElement;
const typed = (type: string, name: string, value: string): Input =>
  Object.assign(new Input(name, value), { type, defaultValue: value });

describe("a draft", () => {
  it("comes back into empty fields and says so", () => {
    const words = new Area("field-account", "");
    expect(fill(form(words), { "field-account": "the wall leans" })).toBe(true);
    expect(words.value).toBe("the wall leans");
  });

  it("comes back over a choice that the page offers, and says nothing of what is there already", () => {
    const party = new Select("party", "1");
    expect(fill(form(party), { party: "1" })).toBe(false);
    expect(fill(form(party), {})).toBe(false);
    expect(fill(form(party), { party: "2" })).toBe(true);
    expect(party.value).toBe("2");
  });

  it("says nothing where a choice is no longer offered, so that nothing came back", () => {
    const gone = new Select("field-session", "");
    Object.defineProperty(gone, "value", { get: () => "", set: () => undefined });
    expect(fill(form(gone), { "field-session": "4" })).toBe(false);
  });

  it("holds what was typed, and no blanks or ticks", () => {
    const tick = new Input("sure", "on");
    tick.type = "checkbox";
    const entries = [tick, new Area("field-note", "  \n"), new Input("field-minutes", "60")];
    expect(filled(form(...entries))).toEqual({ "field-minutes": "60" });
  });

  it("is named by its case and action, and two are the same by what they hold", () => {
    expect(key("http://page/towns/a/cases/b/1/do/hear?x=1")).toBe("/towns/a/cases/b/1/do/hear");
    expect(same({ a: "1" }, { a: "1" })).toBe(true);
    expect(same({ a: "1" }, { a: "1", b: "2" })).toBe(false);
  });

  it("holds which choice was made, the ticks that are facts, and never a file or a password", () => {
    const chosen = (on: boolean): Input[] => {
      const [no, yes] = [typed("radio", "about", "thing"), typed("radio", "about", "home")];
      const fact = Object.assign(typed("checkbox", "imminent", "yes"), { dataset: { keep: "" } });
      [no.checked, yes.checked, fact.checked] = [!on, on, on];
      return [no, yes, fact, typed("file", "file", on ? "C:\\a" : ""), typed("password", "p", "p")];
    };
    const kept = filled(form(...chosen(true)));
    expect(kept).toEqual({ about: "home", imminent: "yes" });
    const back = chosen(false);
    expect(fill(form(...back), kept)).toBe(true);
    expect([back[1]?.checked, back[2]?.checked, back[3]?.value]).toEqual([true, true, ""]);
  });

  it("is kept of every form in which words are typed, and told from others sent there", () => {
    expect(isTyped(form(new Area("notes", "")))).toBe(true);
    expect(isTyped(form(typed("hidden", "x", "1"), new Select("purpose", "a")))).toBe(false);
    const room = (id: string): HTMLFormElement =>
      form(typed("hidden", "client_key", id), typed("hidden", "room", id), new Button("do", "close"));
    expect(keyOf(room("4"), "/towns/a/rooms")).toBe("/towns/a/rooms room=4 close");
  });

  it("is not kept once an answer shuts the form", () => {
    const answer = new Select("violence", "no");
    const one = form(answer);
    one.dataset["noDraft"] = "violence=yes";
    expect(isShut(one)).toBe(false);
    answer.value = "yes";
    expect(isShut(one)).toBe(true);
  });
});

describe("a draft of what was sent", () => {
  const stored = new Map<string, string>();
  Object.assign(globalThis, {
    sessionStorage: {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem: (name: string, value: string) => stored.set(name, value),
      removeItem: (name: string) => stored.delete(name),
    },
  });

  it("goes once a page takes it, and stays where one complains, or answers nothing", async () => {
    const drafts = new TabDrafts("told-");
    await drafts.save("/report", { words: "a loose step" });
    for (const [arrival, complains, left] of [
      ["reload", false, true],
      ["back_forward", false, true],
      ["navigate", true, true],
      ["navigate", false, false],
    ] as const) {
      noteSent("/report");
      const back = await forgetTaken(drafts, arrival, complains);
      expect(back.has("/report")).toBe(complains);
      expect((await drafts.load("/report")) !== null).toBe(left);
    }
    expect(stored.size).toBe(0);
  });
});
