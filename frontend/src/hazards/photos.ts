/**
 * Photos that wait for a network, encrypted on the device with a key that no script can read out.
 *
 * The key lies in the browser's database, not in the page: a kept page must hold none. It goes with
 * the last photo.
 */

import type { About } from "./queue";

/** What is told of a photo without opening it. */
export interface Held extends About {
  readonly id: string;
  readonly question: string;
}

export interface Photo extends Held {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly sealed: ArrayBuffer;
}

const DATABASE = "anlan-round";
const LONGEST_SIDE = 1600;

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("photos", { keyPath: "id" });
    request.result.createObjectStore("keys");
  };
  return done(request);
}

const keyIn = (keys: IDBObjectStore): Promise<CryptoKey | undefined> =>
  done<CryptoKey | undefined>(keys.get("photos"));

/** This will give the device's key; two tabs that both lack one settle for the same. */
async function key(database: IDBDatabase): Promise<CryptoKey> {
  const found = await keyIn(database.transaction("keys").objectStore("keys"));
  if (found) return found;
  const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  const keys = database.transaction("keys", "readwrite").objectStore("keys");
  const others = await keyIn(keys);
  if (!others) await done(keys.put(fresh, "photos"));
  return others ?? fresh;
}

const isHere = (): boolean => "indexedDB" in globalThis && Boolean(globalThis.crypto?.subtle);

const all = (database: IDBDatabase): Promise<Photo[]> =>
  done<Photo[]>(database.transaction("photos").objectStore("photos").getAll());

function isOf(photo: Photo, about: About, question?: string): boolean {
  const same = photo.me === about.me && photo.town === about.town && photo.inspection === about.inspection;
  return same && (question === undefined || photo.question === question);
}

/** This will tell which photos of one person this device keeps. */
export async function heldPhotos(me: string): Promise<Held[]> {
  if (!isHere()) return [];
  const database = await open();
  const every = await all(database);
  database.close();
  return every
    .filter((one) => one.me === me)
    .map(({ id, town, inspection, question }) => ({ id, me, town, inspection, question }));
}

/** This will take one person's photos of an inspection off the device, or that of one question. */
export async function dropPhotos(about: About, question?: string): Promise<void> {
  if (!isHere()) return;
  const database = await open();
  await drop(database.transaction("photos", "readwrite").objectStore("photos"), about, question);
  await forgetKey(database);
  database.close();
}

async function drop(photos: IDBObjectStore, about: About, question?: string): Promise<void> {
  for (const one of await done<Photo[]>(photos.getAll()))
    if (isOf(one, about, question)) await done(photos.delete(one.id));
}

/** This will let a person save a photo as a file, where it can't go by itself. */
export async function savePhoto(held: Held, name: string): Promise<void> {
  const database = await open();
  const photo = (await all(database)).find((one) => one.id === held.id);
  const plain = photo && (await opened(photo, await key(database)));
  database.close();
  if (!plain) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(plain);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** This will give a photo as it was kept, null where the device's key is another by now. */
async function opened(one: Photo, secret: CryptoKey): Promise<Blob | null> {
  return crypto.subtle
    .decrypt({ name: "AES-GCM", iv: one.iv }, secret, one.sealed)
    .then((plain) => new Blob([plain], { type: "image/jpeg" }))
    .catch(() => null);
}

/** This will forget the key unless another tab has put a photo under it meanwhile. */
async function forgetKey(database: IDBDatabase): Promise<void> {
  const both = database.transaction(["photos", "keys"], "readwrite");
  if ((await done(both.objectStore("photos").count())) === 0)
    await done(both.objectStore("keys").clear());
}

/** A file that is no picture, or one that this browser can't read: a HEIC one, one cut off. */
export class Unreadable extends Error {}

/**
 * This will make a photo small enough to be sent over a weak line; its metadata goes with it.
 *
 * A camera's turn is applied first. Throws Unreadable.
 */
export async function shrink(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file).catch((fault: unknown) => {
    throw new Unreadable(String(fault));
  });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Unreadable())), "image/jpeg", 0.82),
  );
}

/** This will keep a photo of a question; it takes an earlier one's place. */
export async function keepPhoto(
  about: Omit<Held, "id">,
  picture: Blob,
): Promise<void> {
  const database = await open();
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const secret = await key(database);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv },
    secret,
    await picture.arrayBuffer(),
  );
  const photo: Photo = { ...about, id: crypto.randomUUID(), iv, sealed };
  const both = database.transaction(["photos", "keys"], "readwrite");
  await done(both.objectStore("keys").put(secret, "photos")); // the last photo may just have gone
  await drop(both.objectStore("photos"), about, about.question);
  await done(both.objectStore("photos").put(photo));
  database.close();
}

/** What became of a photo: kept there, refused for good, to be tried later, or no line at all. */
export type Outcome =
  | { readonly is: "done" | "wait" | "away" }
  | { readonly is: "refused"; readonly sentence: string };

/**
 * This will send what one person took and is ready to go, each once, and stop where the network goes.
 *
 * Gives a sentence for each that never will be taken.
 */
export async function sendPhotos(
  me: string,
  how: {
    readonly isReady: (photo: Held) => boolean;
    readonly send: (photo: Photo, picture: Blob) => Promise<Outcome>;
    readonly unreadable: string;
  },
): Promise<string[]> {
  if (!isHere()) return [];
  const database = await open();
  const every = await all(database);
  const refused: string[] = [];
  for (const one of every.filter((each) => each.me === me && how.isReady(each))) {
    const plain = await opened(one, await key(database));
    const outcome: Outcome = plain ? await how.send(one, plain) : { is: "refused", sentence: how.unreadable };
    if (outcome.is === "away") break;
    if (outcome.is === "wait") continue;
    if (outcome.is === "refused") refused.push(outcome.sentence);
    await done(database.transaction("photos", "readwrite").objectStore("photos").delete(one.id));
  }
  if (every.length) await forgetKey(database);
  database.close();
  return refused;
}
