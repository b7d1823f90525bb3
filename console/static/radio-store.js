/* What this PC keeps: the plan, what happened, lines not sent yet (IndexedDB); the page and the audio (Cache). */

const CACHE = "phat-thanh";

const base = new Promise((resolve, reject) => {
  const opened = indexedDB.open("phat-thanh", 1);
  opened.onupgradeneeded = () => ["kept", "lines"].forEach((name) => opened.result.createObjectStore(name));
  opened.onsuccess = () => resolve(opened.result);
  opened.onerror = () => reject(opened.error);
});

async function within(store, mode, work) {
  const trade = (await base).transaction(store, mode);
  const asked = work(trade.objectStore(store));
  return new Promise((resolve, reject) => {
    trade.oncomplete = () => resolve(asked.result);
    trade.onerror = trade.onabort = () => reject(trade.error);
  });
}

export const kept = (name) => within("kept", "readonly", (store) => store.get(name));
export const keep = (name, value) => within("kept", "readwrite", (store) => store.put(value, name));
export const addLine = (line) => within("lines", "readwrite", (store) => store.put(line, line.key));
export const dropLine = (key) => within("lines", "readwrite", (store) => store.delete(key));
export const lines = () => within("lines", "readonly", (store) => store.getAll());

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function hasAudio(url) {
  return (await (await caches.open(CACHE)).match(url)) !== undefined;
}

/* Fetch what is not here yet, believe it only when its hash is right, and drop what no plan names any more. */
export async function keepAudio(items) {
  const cache = await caches.open(CACHE);
  const wanted = new Map(items.map((item) => [item.url, item]));
  for (const [url, item] of wanted) {
    if (await cache.match(url)) continue;
    const answer = await fetch(url);
    if (!answer.ok || answer.redirected) continue;
    const bytes = await answer.arrayBuffer();
    if ((await sha256(bytes)) !== item.sha256) continue;
    const headers = { "Content-Type": "audio/mpeg", "Content-Length": String(bytes.byteLength) };
    await cache.put(url, new Response(bytes, { headers }));
  }
  for (const request of await cache.keys()) {
    const at = new URL(request.url);
    if (at.pathname.startsWith("/phat-thanh/am/") && !wanted.has(at.pathname + at.search)) await cache.delete(request);
  }
}

/* The page itself and all that it is made of. */
export async function keepPage(path, files) {
  const cache = await caches.open(CACHE);
  const page = await fetch(path);
  if (!page.ok || page.redirected) return;
  for (const file of files) {
    if (await cache.match(file)) continue;
    const answer = await fetch(file);
    if (answer.ok) await cache.put(file, answer);
  }
  await cache.put(path, page);
  for (const request of await cache.keys()) {
    const at = new URL(request.url).pathname;
    if (at.startsWith("/tinh/") && !files.includes(at)) await cache.delete(request);
  }
}
