/** What was typed into a form, as it is kept: by the names of its fields, without hidden ones. */

export type Filled = Readonly<Record<string, string>>;

type Entry = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function entries(form: HTMLFormElement): Entry[] {
  return [...form.elements].filter(
    (one): one is Entry =>
      (one instanceof HTMLInputElement && one.type !== "hidden") ||
      one instanceof HTMLSelectElement ||
      one instanceof HTMLTextAreaElement,
  );
}

/** This will name a form's draft by the address that it is sent to: its case and action. */
export function key(action: string): string {
  return new URL(action, "http://page").pathname;
}

export function filled(form: HTMLFormElement): Filled {
  return Object.fromEntries(
    entries(form)
      .filter((one) => one.name && one.type !== "checkbox" && one.value.trim())
      .map((one) => [one.name, one.value]),
  );
}

/** This will say whether two fillings of a form hold the same. */
export function same(one: Filled, other: Filled): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

/** This will put a draft into the fields that are empty, and say whether the form now holds more. */
export function fill(form: HTMLFormElement, kept: Filled): boolean {
  const before = filled(form);
  for (const one of entries(form)) {
    const value = kept[one.name];
    if (value !== undefined && !one.value) one.value = value;
  }
  return !same(before, filled(form));
}
