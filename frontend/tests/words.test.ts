import { afterEach, describe, expect, it } from "vitest";
import { listed, setPage } from "../src/words";

describe("a list of names in a sentence", () => {
  afterEach(() => void setPage({}));

  it("has the comma of the page's language", () => {
    expect(listed(["A", "B", "C"])).toBe("A, B, C");
    setPage({ lang: "zh-hans", words: { ", ": "、" } });
    expect(listed(["A", "B", "C"])).toBe("A、B、C");
    expect(listed(["A"])).toBe("A");
  });

  it("has semicolons where a name holds a comma itself", () => {
    expect(listed(["A, B", "C"])).toBe("A, B; C");
    setPage({ lang: "zh-hans", words: { ", ": "、", "; ": "；" } });
    expect(listed(["A、B", "C"])).toBe("A、B；C");
  });
});
