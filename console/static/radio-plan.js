/* What is to be played now? Pure functions; moments in ms since 1970, as the server counts them. */

export const ENDED = ["played", "stopped", "late", "failed", "said"];
const VIETNAM_MS = 7 * 3600 * 1000;

/* The calendar day of Viet Nam: "2026-11-23". */
export function dayOf(ms) {
  return new Date(ms + VIETNAM_MS).toISOString().slice(0, 10);
}

export function clockOf(ms, seconds = true) {
  return new Date(ms + VIETNAM_MS).toISOString().slice(11, seconds ? 19 : 16);
}

/* The next item to be played now (khẩn cấp first, then by time), and those that are too late to be played.
   done: what happened, by airing number. A khẩn cấp is never chosen while another one is on air. */
export function due(items, done, now, lateMs, playing = null) {
  const waiting = items.filter((item) => !ENDED.includes(done[item.airing]) && item.at <= now);
  const late = waiting.filter((item) => now - item.at > lateMs && item.airing !== playing?.airing);
  const ready = waiting.filter((item) => now - item.at <= lateMs && item.airing !== playing?.airing);
  ready.sort((one, other) => Number(other.urgent) - Number(one.urgent) || one.at - other.at || one.airing - other.airing);
  const first = ready[0] || null;
  if (playing && !(first && first.urgent && !playing.urgent)) return { play: null, late };
  return { play: first, late };
}

export function next(items, done, now) {
  const ahead = items.filter((item) => !ENDED.includes(done[item.airing]) && item.at > now);
  return ahead.sort((one, other) => one.at - other.at)[0] || null;
}
