/* Đi từng nhà without a line: pages of /di-nha/ that field.js kept for today are shown when the line is gone.
   It answers for its own pages alone, keeps nothing itself, and shows nothing after the day's end. */
"use strict";
const KEPT = "di-nha", WAIT_MS = 6000;
const GONE = "Không có mạng, và trang này chưa được giữ trong máy (hoặc đã hết ngày nên đã xóa). Kết quả đã bấm vẫn còn, khi có mạng hãy mở lại trang.";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));

async function kept(request) {
  const found = await caches.match(request, { cacheName: KEPT, ignoreSearch: true, ignoreVary: true });
  if (!found || +found.headers.get("x-until") > Date.now()) return found;
  await caches.delete(KEPT);
  return undefined;
}

async function page(request) {
  const copy = await kept(request);
  try {
    const late = new Promise((_, stop) => setTimeout(stop, WAIT_MS));
    const answer = await (copy ? Promise.race([fetch(request), late]) : fetch(request));
    return copy && answer.status >= 500 ? copy : answer;
  } catch {
    return copy || new Response(GONE, { status: 503, headers: { "content-type": "text/plain; charset=utf-8" } });
  }
}

/* style, script, font: their address changes with their content, so the kept one is the right one */
async function part(request) { return await kept(request) || fetch(request); }

self.addEventListener("fetch", event => {
  const request = event.request;
  if (request.method !== "GET" || !request.url.startsWith(self.location.origin)) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (request.destination) event.respondWith(part(request));
});
