/**
 * Drafts and unsent writes, kept in this tab's session storage and readable only with the key that
 * lives in the server's session: after signing out nothing of a caller's words can be read.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

export class Keep {
  private key: Promise<CryptoKey> | null = null;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly prefix: string,
    draftKey: string,
  ) {
    if (draftKey && globalThis.crypto?.subtle) {
      this.key = crypto.subtle.importKey("raw", fromBase64(draftKey), "AES-GCM", false, [
        "encrypt",
        "decrypt",
      ]);
    }
  }

  /** False where the browser offers no cryptography (plain http): then a reload loses drafts. */
  get durable(): boolean {
    return this.key !== null;
  }

  /** This will keep a value; saves land in the order they were asked for. */
  save(name: string, value: unknown): Promise<void> {
    const text = JSON.stringify(value);
    this.queue = this.queue.then(() => this.put(name, text));
    return this.queue;
  }

  private async put(name: string, text: string): Promise<void> {
    if (!this.key) return;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv },
      await this.key,
      encoder.encode(text),
    );
    const whole = `${toBase64(iv)}.${toBase64(new Uint8Array(sealed))}`;
    sessionStorage.setItem(this.prefix + name, whole);
  }

  /** This will give back what was kept, or null when nothing was, or another session kept it. */
  async load<T>(name: string): Promise<T | null> {
    const whole = sessionStorage.getItem(this.prefix + name);
    const [iv, sealed] = whole?.split(".") ?? [];
    if (!this.key || !iv || !sealed) return null;
    try {
      const text = await crypto.subtle.decrypt(
        { name: "AES-GCM", iv: fromBase64(iv) },
        await this.key,
        fromBase64(sealed),
      );
      return JSON.parse(decoder.decode(text)) as T;
    } catch {
      sessionStorage.removeItem(this.prefix + name); // kept under a key that is gone
      return null;
    }
  }

  forget(name: string): Promise<void> {
    this.queue = this.queue.then(() => sessionStorage.removeItem(this.prefix + name));
    return this.queue;
  }
}
