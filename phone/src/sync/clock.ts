/** The phone's clock, which anybody may set. A *run* ends when the wall clock is seen to jump against the monotonic one
 * (or when the app starts); the distance to the server's clock is learnt for one run. */

const JUMP_MS = 2_000;
const LONGEST_ROUND_MS = 60_000; // an answer that took longer says too little about the server's clock

export class Clock {
  private base: number;

  constructor(
    public run: number,
    /** A new number, stored before it is used. */
    private readonly next_run: () => Promise<number>,
    private readonly wall: () => number = Date.now,
    private readonly steady: () => number = () => performance.now(),
  ) {
    this.base = wall() - steady();
  }

  now(): Date {
    return new Date(this.wall());
  }

  /** Before anything is stamped or measured. */
  async check(): Promise<void> {
    const base = this.wall() - this.steady();
    if (Math.abs(base - this.base) <= JUMP_MS) return;
    this.base = base;
    this.run = await this.next_run();
  }

  /** Server time − phone time, from an answer's `now` and how long it took; null when it took too long. */
  offset(started: { wall: number; steady: number }, server_now: string): number | null {
    const took = this.steady() - started.steady;
    const jumped = Math.abs(this.wall() - started.wall - took) > JUMP_MS;
    const server = Date.parse(server_now);
    if (took > LONGEST_ROUND_MS || jumped || Number.isNaN(server)) return null;
    return Math.round(server - (started.wall + took / 2));
  }

  moment(): { wall: number; steady: number } {
    return { wall: this.wall(), steady: this.steady() };
  }
}
