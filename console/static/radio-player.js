/* One item at a time through one chosen output. Nothing is ever played through another output instead. */

const STUCK_BEATS = 15;

export class Player {
  constructor(gapMs, ended) {
    this.audio = new Audio();
    this.audio.preload = "auto";
    this.gapMs = gapMs;
    this.ended = ended; // ended(what): "played" or "failed"
    this.item = null;
    this.audio.onended = () => this.#readOnce();
    this.audio.onerror = () => this.item && this.#end("failed");
  }

  /* Throws when this output is not there: then nothing may be played. */
  async sendTo(sink) {
    if (this.audio.setSinkId) await this.audio.setSinkId(sink);
    else if (sink) throw new Error("no choice of outputs");
  }

  /* NotAllowedError: the browser wants to see a press first; the item is not begun then. */
  async play(item) {
    this.item = item;
    this.left = item.repeats;
    this.again = 0;
    this.stuck = 0;
    this.place = -1;
    this.audio.src = item.url;
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name === "AbortError") return; // stopped meanwhile
      this.item = null;
      throw error;
    }
  }

  #readOnce() {
    if (!this.item) return;
    this.left -= 1;
    if (this.left > 0) this.again = Date.now() + this.gapMs;
    else this.#end("played");
  }

  #end(what) {
    const item = this.item;
    this.stop();
    this.ended(item, what);
  }

  stop() {
    this.item = null;
    this.audio.pause();
    this.audio.removeAttribute("src");
  }

  /* Once a second: the next reading after its pause; a player that does not move has failed. */
  beat() {
    if (!this.item) return;
    if (this.again) {
      if (Date.now() < this.again) return;
      this.again = 0;
      this.audio.currentTime = 0;
      this.audio.play().catch(() => this.item && this.#end("failed"));
      return;
    }
    this.stuck = this.audio.currentTime === this.place ? this.stuck + 1 : 0;
    this.place = this.audio.currentTime;
    if (this.stuck > STUCK_BEATS) this.#end("failed");
  }
}

/* Three soft strokes, so that the operator hears where the sound goes. */
export async function trySound(sink) {
  const context = new AudioContext(sink ? { sinkId: sink } : {});
  [392, 523.25, 659.25].forEach((pitch, number) => {
    const tone = context.createOscillator();
    const level = context.createGain();
    const at = context.currentTime + number * 0.4;
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.3, at);
    level.gain.exponentialRampToValueAtTime(0.001, at + 0.8);
    tone.connect(level).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.8);
  });
  setTimeout(() => context.close(), 2500);
}
