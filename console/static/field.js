/* Đi từng nhà, also for a day without a line. Without this script the page is plain forms.

   A press gets an id here and is written into IndexedDB before anything else. It is sent until the server says that
   it took this id in, however often that needs to be asked; only then it is deleted. The page itself, with its names,
   is kept for field-worker.js until the day's end or until somebody signs out. */
"use strict";
(() => {
  const root = document.querySelector("[data-field]");
  if (!root || !window.indexedDB || !window.fetch || !window.URLSearchParams) return;
  const KEPT = "di-nha", MOST = 100, AGAIN_MS = 30000, HERE = location.pathname;
  const who = root.dataset.who, status = document.getElementById("mang"), news = document.getElementById("bao");
  const leaving = document.querySelector("form[action='/dang-xuat']");
  let token = root.dataset.token, sending = false, again = false, trouble = "", warned = false;

  /* --- the store --- */
  const opened = new Promise((good, bad) => {
    const asked = indexedDB.open("di-nha", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("presses", { keyPath: "id" });
    asked.onsuccess = () => good(asked.result);
    asked.onerror = () => bad(asked.error);
  });
  async function presses(mode, work) {
    const base = await opened;
    return new Promise((good, bad) => {
      const step = base.transaction("presses", mode, { durability: "strict" });
      const asked = work(step.objectStore("presses"));
      step.oncomplete = () => good(asked.result);
      step.onabort = step.onerror = () => bad(step.error);
    });
  }
  async function waiting() {
    const all = await presses("readonly", store => store.getAll());
    return { mine: all.filter(one => one.who === who).sort((a, b) => a.at - b.at), others: all.filter(one => one.who !== who).length };
  }
  function fresh() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
  }

  /* --- what is seen --- */
  function show(one) {
    const form = document.querySelector("form[action='" + one.to + "']"), said = form && form.closest("details") && form.closest("details").querySelector("[data-said]");
    if (said) { said.textContent = one.label + " · chưa gửi"; said.className = "tag wait"; }
    for (const [name, step] of Object.entries(one.steps || {})) {
      const figure = form && document.querySelector("[data-figure=" + name + "]");
      if (figure) figure.textContent = Math.max(0, +figure.textContent + step);
    }
  }
  async function tell() {
    const { mine, others } = await waiting();
    let text = mine.length ? "Chưa gửi: " + mine.length + ". " : "Đã gửi hết. ";
    if (trouble) text += trouble;
    else if (!navigator.onLine) text += "Không có mạng: cứ bấm, kết quả nằm trong máy này và tự gửi khi có mạng.";
    else if (mine.length) text += "Đang gửi…";
    else if (root.dataset.kept) text += "Trang này dùng được cả khi mất mạng, đến hết hôm nay.";
    if (others) text += " Trong máy còn " + others + " kết quả của người khác, xin người đó đăng nhập để gửi.";
    if (status.textContent !== text) status.textContent = text;
    status.className = mine.length || others || trouble ? "note care" : "note";
    root.dataset.waiting = mine.length;
    return mine;
  }

  /* --- keeping the page for today --- */
  async function keep(path, left) {
    const answer = await fetch(path, { cache: "no-store", redirect: "manual" });
    if (!answer.ok) return null;
    const text = await answer.text(), headers = new Headers(answer.headers);
    headers.delete("content-encoding");
    headers.set("x-until", Date.now() + left * 1000);
    await (await caches.open(KEPT)).put(path, new Response(text, { headers }));
    return text;
  }
  async function keepAll() {
    if (!window.caches || !navigator.serviceWorker) return null;
    try {
      const left = +root.dataset.left, text = await keep(HERE, left);
      if (text === null) return null;
      for (const link of document.querySelectorAll("a[data-keep]")) await keep(link.pathname, left);
      const cache = await caches.open(KEPT), parts = document.querySelectorAll("link[href], script[src]");
      for (const path of [...Array.from(parts, part => part.href || part.src), root.dataset.font]) {
        if (await cache.match(path)) continue;
        const answer = await fetch(path), headers = new Headers(answer.headers);
        headers.delete("content-encoding");
        headers.set("x-until", Date.now() + 7 * 86400000);
        await cache.put(path, new Response(await answer.blob(), { headers }));
      }
      root.dataset.kept = "yes";
      await tell();
      return text;
    } catch { return null; }
  }
  function renew(text) {
    const page = new DOMParser().parseFromString(text, "text/html"), theirs = page.querySelector("[data-field]");
    if (!theirs || theirs.dataset.who !== who) return;
    token = theirs.dataset.token;
    for (const old of document.querySelectorAll("[data-swap]")) {
      const now = page.getElementById(old.id);
      if (old.open) continue;
      if (!now) old.remove();
      else if (!old.contains(document.activeElement)) old.replaceWith(document.importNode(now, true));
    }
  }
  async function forget(why) {
    if (window.caches) await caches.delete(KEPT);
    for (const part of document.querySelectorAll("[data-swap]")) part.remove();
    trouble = why;
    await tell();
  }
  async function dayOver() {
    const copy = window.caches && await caches.match(HERE, { cacheName: KEPT, ignoreVary: true });
    if (copy && +copy.headers.get("x-until") <= Date.now()) await forget("Đã hết ngày: danh sách đã được xóa khỏi máy này.");
  }

  /* --- sending --- */
  async function send() {
    again = true; /* whoever asks while something is under way is heard afterwards */
    if (sending) return;
    sending = true;
    while (again) { again = false; await sendAll(); }
    sending = false;
    await tell();
  }
  async function sendAll() {
    try {
      for (;;) {
        const mine = (await tell()).slice(0, MOST);
        if (!mine.length || !navigator.onLine) break;
        const list = mine.map(one => ({ id: one.id, to: one.to, fields: one.fields, ago: Math.max(0, (Date.now() - one.at) / 1000) }));
        const answer = await fetch("/di-nha/gui", {
          method: "POST", redirect: "manual", body: new URLSearchParams({ ma_trang: token, viec: JSON.stringify(list) }),
        });
        if (answer.type === "opaqueredirect" || answer.status === 403) {
          trouble = "Xin tải lại trang này (và đăng nhập lại nếu được hỏi) để gửi.";
          break;
        }
        if (!answer.ok) { trouble = "Máy chủ chưa nhận, sẽ tự gửi lại."; break; }
        const took = await answer.json();
        await presses("readwrite", store => { for (const id of took.taken) store.delete(id); return {}; });
        trouble = "";
        for (const text of took.told) {
          const line = document.createElement("p");
          line.textContent = text;
          news.append(line);
          news.hidden = false;
        }
        const text = await keepAll();
        if (text) { renew(text); for (const one of await waiting().then(left => left.mine)) show(one); }
      }
    } catch { trouble = navigator.onLine ? "Mạng yếu, sẽ tự gửi lại." : ""; }
  }

  document.addEventListener("submit", async event => {
    const form = event.target, button = event.submitter;
    if (!form.matches("[data-press]") || !button) return;
    event.preventDefault();
    const fields = {};
    for (const [name, value] of new FormData(form)) if (name !== "ma_trang" && value) fields[name] = value;
    fields[button.name] = button.value;
    const steps = button.dataset.steps ? JSON.parse(button.dataset.steps) : undefined;
    const one = { id: fresh(), who, at: Date.now(), to: form.getAttribute("action"), fields, steps, label: button.textContent };
    try { await presses("readwrite", store => store.add(one)); } catch {
      button.form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
      form.submit(); /* this browser keeps nothing: as without the script */
      return;
    }
    const door = form.closest("details");
    if (door) door.open = false;
    show(one);
    await send();
  });

  if (leaving) leaving.addEventListener("submit", async event => {
    event.preventDefault();
    await send();
    const left = (await tell()).length;
    if (left && !warned) {
      warned = true;
      trouble = "Chờ có mạng để gửi rồi hãy đăng xuất. Bấm Đăng xuất lần nữa thì danh sách bị xóa, kết quả chưa gửi vẫn nằm trong máy.";
      await tell();
      return;
    }
    await forget("Danh sách đã được xóa khỏi máy này.");
    if (navigator.onLine) leaving.submit();
  });

  if (window.BroadcastChannel) new BroadcastChannel("di-nha").onmessage = () => forget("Đã đăng xuất ở trang khác.");
  window.addEventListener("online", send);
  window.addEventListener("offline", tell);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) dayOver().then(send); });
  setInterval(() => dayOver().then(() => { if (+root.dataset.waiting) send(); }), AGAIN_MS);

  (async () => {
    if (navigator.serviceWorker) navigator.serviceWorker.register("/di-nha/tho.js").catch(() => {});
    await dayOver();
    for (const one of (await tell()).slice()) show(one);
    await keepAll();
    await send();
  })();
})();
