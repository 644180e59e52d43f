/** Checklists that wait for a network: codes about things, kept until the server has them. */

export interface Filled {
  /** who filled it in: a colleague who signs in later does not send it in their own name */
  readonly me: string;
  readonly town: string;
  readonly inspection: number;
  readonly form_number: number;
  readonly client_key: string;
  readonly answers: Readonly<Record<string, string>>;
  /** when it was filled in, by this device's clock */
  readonly filled_at: string;
  /** the premises, by their short code and name */
  readonly ident: string;
  readonly name: string;
  readonly failed: readonly Failed[];
  /** why the server did not take it: it stays listed until its owner takes it off */
  readonly refused?: string;
}

/** What failed, in words; `hazard` is its kind. */
export interface Failed {
  readonly label: string;
  readonly answer: string;
  readonly hazard: string;
  readonly danger: boolean;
}

/** Whose form it is, and of which inspection: a colleague on the same device has another one. */
export type About = Pick<Filled, "me" | "town" | "inspection">;

export interface Store {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

export type Outcome =
  | { readonly done: true; readonly cases: readonly OpenedCase[] }
  | { readonly done: false; readonly sentence: string };

export interface OpenedCase {
  readonly id: number;
}

export const QUEUE = "anlan-round-queue";
const draftOf = (one: About): string => `anlan-round-${one.me}-${one.town}-${one.inspection}`;

function read<T>(store: Store, name: string, otherwise: T): T {
  try {
    const text = store.getItem(name);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

/** This will give what waits, oldest first. */
export function waiting(store: Store): Filled[] {
  const found = read<unknown>(store, QUEUE, []);
  return Array.isArray(found) ? (found as Filled[]) : [];
}

/** This will say whether a form of this inspection waited before a change of the queue and no more. */
export function isGone(before: string | null, after: string | null, inspection: number): boolean {
  const holds = (text: string | null): boolean =>
    waiting({ ...NOTHING, getItem: () => text }).some((one) => one.inspection === inspection);
  return holds(before) && !holds(after);
}

const NOTHING: Store = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };

/** This will put a filled form into the queue; the same inspection takes its earlier one's place. */
export function put(store: Store, one: Filled): void {
  const rest = waiting(store).filter((each) => !same(each, one));
  store.setItem(QUEUE, JSON.stringify([...rest, one]));
}

/** This will take a form off the queue, unless it was filled in anew meanwhile. */
export function take(store: Store, one: Filled): void {
  const rest = waiting(store).filter((each) => each.client_key !== one.client_key);
  if (rest.length === 0) store.removeItem(QUEUE);
  else store.setItem(QUEUE, JSON.stringify(rest));
}

export function same(a: About, b: About): boolean {
  return a.me === b.me && a.town === b.town && a.inspection === b.inspection;
}

/** This will mark a form as refused, with the server's sentence, unless it was filled in anew. */
function refuse(store: Store, one: Filled, sentence: string): void {
  write(store, one.client_key, (each) => ({ ...each, refused: sentence }));
}

/** This will let a refused form be sent again. */
export function again(store: Store, one: Filled): void {
  write(store, one.client_key, ({ refused: _, ...each }) => each);
}

function write(store: Store, key: string, anew: (one: Filled) => Filled): void {
  const every = waiting(store).map((each) => (each.client_key === key ? anew(each) : each));
  if (every.length) store.setItem(QUEUE, JSON.stringify(every));
}

export function keepDraft(store: Store, about: About, answers: Filled["answers"]): void {
  store.setItem(draftOf(about), JSON.stringify(answers));
}

export function draft(store: Store, about: About): Record<string, string> {
  return read<Record<string, string>>(store, draftOf(about), {});
}

export function forgetDraft(store: Store, about: About): void {
  store.removeItem(draftOf(about));
}

/**
 * This will send what one person filled in, in its order, and stop where the network goes.
 *
 * What the server refuses stays and is marked: sent again by itself it would be refused again. `send`
 * gives null where there is no network, or where the person has to sign in first.
 */
export async function flush(
  store: Store,
  me: string,
  send: (one: Filled) => Promise<Outcome | null>,
): Promise<{ sent: Filled[] }> {
  const sent: Filled[] = [];
  for (const one of waiting(store).filter((each) => each.me === me && each.refused === undefined)) {
    const outcome = await send(one);
    if (outcome === null) break;
    if (outcome.done) {
      take(store, one);
      forgetDraft(store, one);
      sent.push(one);
    } else refuse(store, one, outcome.sentence);
  }
  return { sent };
}
