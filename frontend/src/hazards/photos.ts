/**
 * Photos that wait for a network, encrypted on the device with a key that no script can read out.
 *
 * The key lies in the browser's database, not in the page: a kept page must hold none. It goes with
 * the last photo.
 */

export interface Photo {
  readonly id: string;
  readonly me: string;
  readonly town: string;
  readonly inspection: number;
  readonly question: string;
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

export async function keepPhoto(
  about: Pick<Photo, "me" | "town" | "inspection" | "question">,
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
  await done(both.objectStore("photos").put(photo));
  database.close();
}

/** What became of a photo: kept there, refused for good, to be tried later, or no line at all. */
export type Outcome =
  | { readonly is: "done" | "wait" | "away" }
  | { readonly is: "refused"; readonly sentence: string };

/**
 * This will send what one person took, each once, and stop where the network goes.
 *
 * Gives how many of this person's still wait, and a sentence for each that never will be taken.
 */
export async function sendPhotos(
  me: string,
  send: (photo: Photo, picture: Blob) => Promise<Outcome>,
  unreadable: string,
): Promise<{ left: number; refused: string[] }> {
  if (!("indexedDB" in globalThis) || !globalThis.crypto?.subtle) return { left: 0, refused: [] };
  const database = await open();
  const every = await done<Photo[]>(database.transaction("photos").objectStore("photos").getAll());
  const secret = every.length ? await key(database) : null;
  const mine = every.filter((each) => each.me === me);
  const refused: string[] = [];
  let left = mine.length;
  for (const one of mine) {
    if (!secret) break;
    const plain = await crypto.subtle
      .decrypt({ name: "AES-GCM", iv: one.iv }, secret, one.sealed)
      .catch(() => null);
    const outcome: Outcome = plain
      ? await send(one, new Blob([plain], { type: "image/jpeg" }))
      : { is: "refused", sentence: unreadable };
    if (outcome.is === "away") break;
    if (outcome.is === "wait") continue;
    if (outcome.is === "refused") refused.push(outcome.sentence);
    await done(database.transaction("photos", "readwrite").objectStore("photos").delete(one.id));
    left -= 1;
  }
  if (every.length) await forgetKey(database);
  database.close();
  return { left, refused };
}
