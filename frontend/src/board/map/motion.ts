/** Units glide from where they were seen to where they are now, instead of jumping. */

export type Point = readonly [lon: number, lat: number];

interface Glide {
  from: Point;
  to: Point;
  startMs: number;
  lengthMs: number;
}

/** Farther than this (degrees, about 3 km) is no drive between two reports: it jumps. */
const JUMP = 0.03;
const SLOWEST_MS = 2500;

export class Motion {
  private readonly glides = new Map<string, Glide>();
  private readonly heardMs = new Map<string, number>();

  constructor(private readonly still: () => boolean) {}

  /** This will note a reported point of a unit. */
  report(ident: string, to: Point, nowMs: number): void {
    const before = this.glides.get(ident);
    if (before && before.to[0] === to[0] && before.to[1] === to[1]) return;
    const from = this.at(ident, nowMs) ?? to;
    const heard = this.heardMs.get(ident);
    const far = Math.hypot(to[0] - from[0], to[1] - from[1]) > JUMP;
    const gap = heard === undefined ? 0 : Math.min(SLOWEST_MS, nowMs - heard);
    const lengthMs = far || this.still() ? 0 : gap * 1.1;
    this.glides.set(ident, { from, to, startMs: nowMs, lengthMs });
    this.heardMs.set(ident, nowMs);
  }

  /** This will give where a unit is drawn at a time, or null when it was never reported. */
  at(ident: string, nowMs: number): Point | null {
    const glide = this.glides.get(ident);
    if (!glide) return null;
    const share = glide.lengthMs > 0 ? Math.min(1, (nowMs - glide.startMs) / glide.lengthMs) : 1;
    return [
      glide.from[0] + (glide.to[0] - glide.from[0]) * share,
      glide.from[1] + (glide.to[1] - glide.from[1]) * share,
    ];
  }

  /** This will say whether any unit is still gliding. */
  moving(nowMs: number): boolean {
    for (const glide of this.glides.values())
      if (glide.lengthMs > 0 && nowMs - glide.startMs < glide.lengthMs) return true;
    return false;
  }

  forget(ident: string): void {
    this.glides.delete(ident);
    this.heardMs.delete(ident);
  }
}
