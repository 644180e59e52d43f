/** The page's words: English msgids, looked up in the catalogue that Django put into the page. */

export interface PageData {
  readonly lang: string;
  readonly town: string;
  readonly csrf: string;
  readonly draft_key: string;
  readonly words: Readonly<Record<string, string>>;
}

const EMPTY: PageData = { lang: "en", town: "", csrf: "", draft_key: "", words: {} };
let page: PageData = EMPTY;

/** This will read the one JSON block of the page. */
export function readPage(doc: Document = document): PageData {
  const block = doc.getElementById("anlan-page");
  page = block?.textContent ? { ...EMPTY, ...JSON.parse(block.textContent) } : EMPTY;
  return page;
}

/** This will set the words for a test or the mock page. */
export function setPage(data: Partial<PageData>): PageData {
  page = { ...EMPTY, ...data };
  return page;
}

/** This will give a sentence in the page's language, with {names} filled in. */
export function t(msgid: string, values: Readonly<Record<string, string | number>> = {}): string {
  const sentence = page.words[msgid] ?? msgid;
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  );
}

/** This will give names as a list in a sentence, with the comma of the page's language; names that
 * hold such a comma themselves are parted by semicolons. */
export function listed(names: readonly string[]): string {
  const comma = t(", ");
  return names.join(names.some((one) => one.includes(comma)) ? t("; ") : comma);
}

export function language(): string {
  return page.lang;
}
