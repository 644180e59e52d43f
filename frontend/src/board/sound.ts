/** Two short sounds, made here; off until a person turns them on. */

type Tone = readonly [frequency: number, at_s: number, for_s: number];

const NEW_CALL: readonly Tone[] = [
  [660, 0, 0.12],
  [880, 0.14, 0.18],
];
const OVERDUE: readonly Tone[] = [
  [520, 0, 0.14],
  [520, 0.2, 0.14],
  [520, 0.4, 0.14],
];

export class Sounder {
  private context: AudioContext | null = null;

  get on(): boolean {
    return this.context !== null;
  }

  async turn(on: boolean): Promise<void> {
    if (!on) {
      await this.context?.close();
      this.context = null;
      return;
    }
    this.context = new AudioContext();
    await this.context.resume();
    this.newCall();
  }

  newCall(): void {
    this.play(NEW_CALL);
  }

  overdue(): void {
    this.play(OVERDUE);
  }

  private play(tones: readonly Tone[]): void {
    const context = this.context;
    if (!context) return;
    for (const [frequency, at, length] of tones) {
      const from = context.currentTime + at;
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(0.16, from + 0.015);
      volume.gain.linearRampToValueAtTime(0, from + length);
      tone.connect(volume).connect(context.destination);
      tone.start(from);
      tone.stop(from + length + 0.02);
    }
  }
}
