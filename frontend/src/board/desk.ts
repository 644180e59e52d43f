/** The way to the server: reads, and writes that are kept until they are acknowledged. */

import { language } from "../words";

/** The server said no, in a sentence that a person can act on. */
export class Refusal extends Error {
  constructor(
    readonly sentence: string,
    readonly code: string,
    readonly status: number,
  ) {
    super(sentence);
  }
}

/** The server could not be reached, or could not answer: worth trying again. */
export class Unreachable extends Error {}

/** This will make a key for one write; the server answers the same key the same way. */
export function newClientKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const TRY_AGAIN = new Set([408, 425, 429, 502, 503, 504]);
const PATIENCE_MS = 15_000;

export class Desk {
  constructor(
    private readonly town: string,
    private readonly csrf: string,
    /** called when the server says that the session has ended, whatever was asked */
    private readonly signedOut: () => void = () => undefined,
  ) {}

  get<T>(path: string): Promise<T> {
    return this.ask<T>(path, { method: "GET" });
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.ask<T>(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf },
      body: JSON.stringify(body),
    });
  }

  private async ask<T>(path: string, init: RequestInit): Promise<T> {
    const url = `/api/towns/${encodeURIComponent(this.town)}/${path}`;
    const headers = { Accept: "application/json", "Accept-Language": language(), ...init.headers };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    let answer: Response;
    try {
      answer = await fetch(url, { ...init, headers, signal, credentials: "same-origin" });
    } catch (error) {
      throw new Unreachable(String(error));
    }
    if (TRY_AGAIN.has(answer.status)) throw new Unreachable(`HTTP ${answer.status}`);
    if (answer.status === 401) this.signedOut();
    const body = await readWhole(answer);
    if (!answer.ok) throw refusal(answer.status, body);
    return body as T;
  }
}

/** A body that breaks off is no answer: a write is asked again by its key, a question anew. */
async function readWhole(answer: Response): Promise<unknown> {
  if (answer.status === 204) return {};
  try {
    return await answer.json();
  } catch (error) {
    if (answer.ok) throw new Unreachable(String(error));
    return {}; // a refusal without our sentence, by a proxy: its number says what there is to say
  }
}

function refusal(status: number, body: unknown): Refusal {
  const said = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const sentence = typeof said["sentence"] === "string" ? said["sentence"] : `HTTP ${status}`;
  const code = typeof said["code"] === "string" ? said["code"] : "";
  return new Refusal(sentence, code, status);
}

export interface Write {
  path: string;
  body: Record<string, unknown>;
  client_key: string;
  /** what the person did, in words without any sealed text: "New call: Structure fire" */
  label: string;
}

export interface Unsent extends Write {
  tries: number;
}

export interface OutboxOptions {
  post: (path: string, body: unknown) => Promise<unknown>;
  /** called at each change, so that the list is drawn and kept */
  changed: (unsent: readonly Unsent[]) => void;
  /** an answer that came late, after the asker was told that it is kept */
  late: (write: Write, answer: unknown) => void;
  refused: (write: Write, refusal: Refusal) => void;
  wait: (tries: number) => Promise<void>;
}

/**
 * Writes go out in order, each with its own client key. One that can't be sent stays first in
 * line and is tried again with the same key, so it is done once however often it is sent.
 */
export class Outbox {
  private line: Unsent[] = [];
  private busy = false;

  constructor(private readonly options: OutboxOptions) {}

  get unsent(): readonly Unsent[] {
    return this.line;
  }

  /** This will put back what an earlier page could not send. */
  restore(kept: readonly Unsent[]): void {
    this.line = [...kept, ...this.line];
    this.changed();
    void this.drain();
  }

  /**
   * This will send a write. It answers the server's answer; "kept" when the server can't be
   * reached (it is then retried); it throws the refusal when the server says no.
   */
  async send(write: Write): Promise<unknown | "kept"> {
    if (this.line.length === 0) {
      try {
        return await this.put(write);
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
      }
    }
    this.line.push({ ...write, tries: 1 });
    this.changed();
    void this.drain();
    return "kept";
  }

  private put(write: Write): Promise<unknown> {
    return this.options.post(write.path, { ...write.body, client_key: write.client_key });
  }

  private async drain(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (let first = this.line[0]; first; first = this.line[0]) await this.attempt(first);
    } finally {
      this.busy = false;
    }
  }

  private async attempt(first: Unsent): Promise<void> {
    await this.options.wait(first.tries);
    try {
      const answer = await this.put(first);
      this.drop(first);
      this.options.late(first, answer);
    } catch (error) {
      if (error instanceof Unreachable) first.tries += 1;
      else {
        this.drop(first);
        if (error instanceof Refusal) this.options.refused(first, error);
        else throw error;
      }
    }
    this.changed();
  }

  private drop(done: Unsent): void {
    this.line = this.line.filter((write) => write !== done);
  }

  private changed(): void {
    this.options.changed(this.line);
  }
}
