/** The town's clock as the browser knows it: the server's time, not this machine's. */

import type { Beat, ClockFace } from "./contract";

export class TownClock {
  private readonly realAnchorMs: number;
  private readonly townAnchorMs: number;
  readonly speed: number;
  /** server time minus this machine's time, ms */
  private offsetMs: number;

  constructor(face: ClockFace, serverNow: string, machineNowMs: number) {
    this.realAnchorMs = Date.parse(face.real_anchor);
    this.townAnchorMs = Date.parse(face.town_anchor);
    this.speed = face.speed;
    this.offsetMs = Date.parse(serverNow) - machineNowMs;
  }

  /** This will give the town's time in ms since 1970 at a time of this machine. */
  townMs(machineNowMs: number): number {
    const realMs = machineNowMs + this.offsetMs;
    return this.townAnchorMs + (realMs - this.realAnchorMs) * this.speed;
  }

  /**
   * This will follow the server's beat. A beat can only be late, never early, so a larger offset
   * is believed at once and a smaller one slowly. Answers false when the town's clock itself
   * jumped (another speed, another anchor): then the board is to be read anew.
   */
  follow(beat: Beat, machineNowMs: number): boolean {
    const seenMs = Date.parse(beat.real_now) - machineNowMs;
    const farMs = seenMs - this.offsetMs;
    this.offsetMs = farMs > 0 || farMs < -5000 ? seenMs : this.offsetMs + farMs * 0.05;
    const townAtBeat = this.townAnchorMs + (Date.parse(beat.real_now) - this.realAnchorMs) * this.speed;
    return Math.abs(townAtBeat - Date.parse(beat.town_now)) <= 2000 * Math.max(1, this.speed);
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, lang: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone}|${lang}|${JSON.stringify(options)}`;
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(lang, { ...options, timeZone: zone, hourCycle: "h23" });
    formats.set(key, made);
  }
  return made;
}

/** This will write a time of day in the town's zone: 14:03:07. */
export function timeOfDay(ms: number, zone: string, lang: string, seconds = true): string {
  const options: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  if (seconds) options.second = "2-digit";
  return format(zone, lang, options).format(ms);
}

/** This will write the day: Sun 22 Nov, 11月22日周日. */
export function dayOf(ms: number, zone: string, lang: string): string {
  return format(zone, lang, { weekday: "short", day: "numeric", month: "short" }).format(ms);
}

/** This will write a span of seconds as a running clock: 0:42, 12:05, 1:03:20. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const s = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${s}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${s}`;
}
