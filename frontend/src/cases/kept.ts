/**
 * Drafts on pages for anybody, whose phone may be shared: in this tab alone, gone when it closes and
 * as soon as the words were taken. And which forms are on their way, whose drafts then go.
 */

export interface Drafts {
  save(name: string, value: unknown): Promise<void>;
  load<T>(name: string): Promise<T | null>;
  forget(name: string): Promise<void>;
}

/** Drafts in this tab, unsealed: a page without a session has no key of its own. */
export class TabDrafts implements Drafts {
  constructor(private readonly prefix: string) {}

  async save(name: string, value: unknown): Promise<void> {
    sessionStorage.setItem(this.prefix + name, JSON.stringify(value));
  }

  async load<T>(name: string): Promise<T | null> {
    const whole = sessionStorage.getItem(this.prefix + name);
    return whole === null ? null : (JSON.parse(whole) as T);
  }

  async forget(name: string): Promise<void> {
    sessionStorage.removeItem(this.prefix + name);
  }
}

const SENT = "anlan-sent";

/** This will note that a form is on its way. */
export function noteSent(name: string): void {
  sessionStorage.setItem(SENT, JSON.stringify([...new Set([...onTheirWay(), name])]));
}

function onTheirWay(): string[] {
  return JSON.parse(sessionStorage.getItem(SENT) ?? "[]") as string[];
}

/**
 * This will forget the drafts of what was sent once a page came that complains of nothing. A page
 * that one went back to or loaded again answers no form: what was sent may never have arrived.
 * Gives the names of the forms that came back.
 */
export async function forgetTaken(drafts: Drafts, arrival: string, complains: boolean): Promise<Set<string>> {
  const names = onTheirWay();
  sessionStorage.removeItem(SENT);
  if (arrival !== "navigate") return new Set();
  if (complains) return new Set(names);
  for (const name of names) await drafts.forget(name);
  return new Set();
}
