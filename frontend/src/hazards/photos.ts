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

async function key(database: IDBDatabase): Promise<CryptoKey> {
  const found = await done<CryptoKey | undefined>(
    database.transaction("keys").objectStore("keys").get("photos"),
  );
  if (found) return found;
  const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  await done(database.transaction("keys", "readwrite").objectStore("keys").put(fresh, "photos"));
  return fresh;
}

/** This will make a photo small enough to be sent over a weak line; its metadata goes with it. */
export async function shrink(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", 0.82),
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
  await done(database.transaction("photos", "readwrite").objectStore("photos").put(photo));
  database.close();
}

/** This will send what one person took, each once, and stop where the network goes. */
export async function sendPhotos(
  me: string,
  send: (photo: Photo, picture: Blob) => Promise<boolean>,
): Promise<number> {
  if (!("indexedDB" in globalThis) || !globalThis.crypto?.subtle) return 0;
  const database = await open();
  const every = await done<Photo[]>(database.transaction("photos").objectStore("photos").getAll());
  const secret = every.length ? await key(database) : null;
  let left = every.length;
  for (const one of every.filter((each) => each.me === me)) {
    if (!secret) break;
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: one.iv }, secret, one.sealed);
    if (!(await send(one, new Blob([plain], { type: "image/jpeg" })))) break;
    await done(database.transaction("photos", "readwrite").objectStore("photos").delete(one.id));
    left -= 1;
  }
  if (left === 0 && every.length)
    await done(database.transaction("keys", "readwrite").objectStore("keys").clear());
  database.close();
  return left;
}
