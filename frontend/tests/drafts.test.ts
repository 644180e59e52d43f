import { describe, expect, it } from "vitest";
import { fill, filled, key, same } from "../src/cases/drafts";

class Entry {
  type = "text";
  constructor(
    readonly name: string,
    public value: string,
  ) {}
}
class Input extends Entry {}
class Select extends Entry {}
class Area extends Entry {}
Object.assign(globalThis, {
  HTMLInputElement: Input,
  HTMLSelectElement: Select,
  HTMLTextAreaElement: Area,
});

const form = (...elements: Entry[]): HTMLFormElement => ({ elements }) as unknown as HTMLFormElement;

describe("a draft", () => {
  it("comes back into empty fields and says so", () => {
    const words = new Area("field-account", "");
    expect(fill(form(words), { "field-account": "the wall leans" })).toBe(true);
    expect(words.value).toBe("the wall leans");
  });

  it("says nothing where the form holds the same already, or more", () => {
    const party = new Select("party", "1");
    expect(fill(form(party), { party: "1" })).toBe(false);
    expect(fill(form(party), { party: "2" })).toBe(false);
    expect(fill(form(party), {})).toBe(false);
    expect(party.value).toBe("1");
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
});
