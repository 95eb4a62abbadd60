/** The sound of an alarm: two soft tones, made here, only where somebody allowed it. */
const ALLOWED = 'gridtwin.wall.sound';
let context: AudioContext | undefined;

export const soundAllowed = (): boolean => localStorage.getItem(ALLOWED) === 'on';

export function allowSound(allowed: boolean): void {
  localStorage.setItem(ALLOWED, allowed ? 'on' : 'off');
  if (allowed) chime();
}

/** Sounds if it was allowed here and the browser lets pages sound. */
export function chime(): void {
  if (!soundAllowed()) return;
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume().catch(() => {});
  const now = context.currentTime;
  for (const [index, frequency] of [660, 880, 660, 880].entries()) {
    const tone = context.createOscillator();
    const loud = context.createGain();
    const begin = now + index * 0.35;
    tone.frequency.value = frequency;
    loud.gain.setValueAtTime(0, begin);
    loud.gain.linearRampToValueAtTime(0.25, begin + 0.03);
    loud.gain.exponentialRampToValueAtTime(0.001, begin + 0.32);
    tone.connect(loud).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + 0.34);
  }
}
