/** What was typed into a form, as it is kept: by the names of its fields, without hidden ones. */

export type Filled = Readonly<Record<string, string>>;

type Entry = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Hidden fields that change with each page that is sent, so they name no form. */
const PASSING = new Set(["csrfmiddlewaretoken", "client_key", "version", "seen", "field-version"]);
const NOT_KEPT = new Set(["hidden", "file", "password", "submit", "button"]);
const CHOSEN = new Set(["radio", "checkbox", ...NOT_KEPT]);

function entries(form: HTMLFormElement): Entry[] {
  return [...form.elements].filter(
    (one): one is Entry =>
      (one instanceof HTMLInputElement && !NOT_KEPT.has(one.type)) ||
      one instanceof HTMLSelectElement ||
      one instanceof HTMLTextAreaElement,
  );
}

/** A tick says "I am sure" and is given anew, but for those that the form marks as facts. */
function isKept(one: Entry): boolean {
  if (one.type === "radio") return (one as HTMLInputElement).checked;
  if (one.type === "checkbox") return (one as HTMLInputElement).checked && one.dataset["keep"] !== undefined;
  return Boolean(one.value.trim());
}

/** This will name a form's draft by the address that it is sent to: its case and action. */
export function key(action: string): string {
  return new URL(action, "http://page").pathname;
}

/** This will name a form's draft: by its address, and by what tells it from others sent there. */
export function keyOf(form: HTMLFormElement, action: string): string {
  const told = [...form.elements].filter(
    (one): one is HTMLInputElement =>
      one instanceof HTMLInputElement && one.type === "hidden" && !PASSING.has(one.name),
  );
  const does = [...form.elements].find(
    (one): one is HTMLButtonElement => one instanceof HTMLButtonElement && one.name === "do",
  );
  const pairs = told.filter((one) => one.defaultValue).map((one) => `${one.name}=${one.defaultValue}`);
  return [key(action), ...pairs, ...(does ? [does.value] : [])].join(" ");
}

/** This will say whether words are typed into a form, so that they are kept. */
export function isTyped(form: HTMLFormElement): boolean {
  if (form.method !== "post" || form.dataset["offline"] !== undefined) return false;
  if (form.dataset["draft"] !== undefined) return true;
  return entries(form).some((one) => !(one instanceof HTMLSelectElement) && !CHOSEN.has(one.type));
}

export function filled(form: HTMLFormElement): Filled {
  return Object.fromEntries(
    entries(form)
      .filter((one) => one.name && isKept(one))
      .map((one) => [one.name, one.value]),
  );
}

/** This will say whether a form holds an answer after which nothing typed may be kept. */
export function isShut(form: HTMLFormElement): boolean {
  const now = filled(form);
  const shutting = form.dataset["noDraft"]?.split(" ") ?? [];
  return shutting.some((pair) => now[pair.split("=")[0] ?? ""] === pair.split("=")[1]);
}

/** This will say whether two fillings of a form hold the same. */
export function same(one: Filled, other: Filled): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

/** This will put a draft back over what the page offers, and say whether that changed the form. */
export function fill(form: HTMLFormElement, kept: Filled): boolean {
  const before = filled(form);
  for (const one of entries(form)) {
    const value = kept[one.name];
    if (value === undefined) continue;
    if (one.type === "radio" || one.type === "checkbox") {
      if (one.value === value) (one as HTMLInputElement).checked = true;
    } else {
      const offered = one.value;
      one.value = value;
      if (!one.value) one.value = offered; // a choice that is no longer offered
    }
  }
  return !same(before, filled(form));
}
