/**
 * One stream per browser: the tab that holds the lock reads /live/ and tells the others.
 * A board is read after the channel is listened to, so what is committed later is always heard.
 */

import type { Beat, Change } from "./contract";

export type LiveMessage =
  | { kind: "change"; data: Change }
  | { kind: "beat"; data: Beat }
  | { kind: "reload" };

export interface LiveOptions {
  town: string;
  /** the last event id this board has applied */
  lastId: () => number;
  hear: (message: LiveMessage) => void;
}

const RETRY_MS = [500, 1000, 2000, 4000, 8000];

export class LiveFeed {
  private readonly channel: BroadcastChannel;
  private readonly stopping = new AbortController();
  private source: EventSource | null = null;
  private failures = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: LiveOptions) {
    this.channel = new BroadcastChannel(`anlan-live-${options.town}`);
    this.channel.onmessage = (event: MessageEvent<LiveMessage>) => options.hear(event.data);
  }

  /** This will read the stream as soon as no other tab does. */
  start(): void {
    if (!("locks" in navigator)) {
      this.open(); // plain http beside the machine itself: no locks, a stream per tab
      return;
    }
    const { signal } = this.stopping;
    navigator.locks
      .request(`anlan-live-${this.options.town}`, { signal }, async () => {
        this.open();
        await new Promise<void>((done) => signal.addEventListener("abort", () => done()));
      })
      .catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
  }

  stop(): void {
    clearTimeout(this.retry);
    this.stopping.abort();
    this.source?.close();
    this.channel.close();
  }

  private open(): void {
    if (this.stopping.signal.aborted) return;
    const { town, lastId } = this.options;
    const source = new EventSource(`/live/${encodeURIComponent(town)}?last=${lastId()}`);
    this.source = source;
    source.addEventListener("change", (event) => this.pass("change", event));
    source.addEventListener("beat", (event) => this.pass("beat", event));
    source.addEventListener("reload", () => {
      this.tell({ kind: "reload" });
      this.again(); // resumes from the id of the board that is read anew
    });
    source.onerror = () => {
      // The browser tries again by itself unless the answer was no stream at all.
      if (source.readyState === EventSource.CLOSED) this.again();
    };
  }

  private pass(kind: "change" | "beat", event: MessageEvent<string>): void {
    this.failures = 0;
    this.tell({ kind, data: JSON.parse(event.data) } as LiveMessage);
  }

  private tell(message: LiveMessage): void {
    this.options.hear(message);
    this.channel.postMessage(message);
  }

  private again(): void {
    this.source?.close();
    clearTimeout(this.retry);
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)]!;
    this.failures += 1;
    this.retry = setTimeout(() => this.open(), wait);
  }
}

/** No beat for this long means that the board may be out of date (the server beats every 2 s). */
export const SILENCE_MS = 6000;

export type Connection =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "lost"; sinceMs: number };

/** This will judge the connection by the last beat heard. */
export function connection(lastHeardMs: number | null, nowMs: number): Connection {
  if (lastHeardMs === null) return { state: "connecting" };
  if (nowMs - lastHeardMs <= SILENCE_MS) return { state: "live" };
  return { state: "lost", sinceMs: lastHeardMs };
}
