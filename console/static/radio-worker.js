/* Answers for the radio page where there is no network: the page, its files, the audio of today and tomorrow.
   What is kept is put there by the page (radio-store.js); here it is only given back. */

const CACHE = "phat-thanh";
const PATIENCE_MS = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function fromCache(request) {
  return (await caches.open(CACHE)).match(request, { ignoreVary: true });
}

/* A player asks for a part; a part it gets. */
async function part(request, whole) {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") || "");
  if (!asked) return whole;
  const bytes = await whole.arrayBuffer();
  const first = Number(asked[1]);
  const last = Math.min(asked[2] ? Number(asked[2]) : bytes.byteLength - 1, bytes.byteLength - 1);
  if (first > last) return new Response(null, { status: 416 });
  const headers = { "Content-Type": "audio/mpeg", "Content-Range": `bytes ${first}-${last}/${bytes.byteLength}` };
  return new Response(bytes.slice(first, last + 1), { status: 206, headers });
}

async function page(request) {
  const standing = await fromCache("/phat-thanh");
  if (!standing) return fetch(request);
  const slow = new Promise((_, reject) => setTimeout(() => reject(new Error("slow")), PATIENCE_MS));
  try {
    const answer = await Promise.race([fetch(request), slow]);
    return answer.ok ? answer : standing; // also when the sign-in is over: what is stored is still to be played
  } catch {
    return standing;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const at = new URL(request.url);
  if (request.method !== "GET" || at.origin !== self.location.origin) return;
  if (request.mode === "navigate" && at.pathname === "/phat-thanh") {
    event.respondWith(page(request));
  } else if (at.pathname.startsWith("/tinh/") || at.pathname.startsWith("/phat-thanh/am/")) {
    const key = at.pathname + at.search;
    event.respondWith(fromCache(key).then((whole) => (whole ? part(request, whole) : fetch(request))));
  }
});
