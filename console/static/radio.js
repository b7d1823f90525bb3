/* Trang phát thanh: armed by a press each day, then plays what is due by itself and keeps the broadcast log. */

import { ENDED, clockOf, dayOf, due, next } from "./radio-plan.js";
import { Player, trySound } from "./radio-player.js";
import * as store from "./radio-store.js";

const page = document.getElementById("dai");
const get = (id) => document.getElementById(id);
const LATE_MS = Number(page.dataset.late) * 1000;
const TOO_LATE = `trễ quá ${LATE_MS / 60000} phút`;
const ASK_BEATS = 15;
const TOLD = {
  playing: "đang phát", played: "đã phát", said: "đã phát (người trực ghi)", stopped: "đã dừng", late: `${TOO_LATE}, không phát`,
  failed: "không phát được", preempted: "nhường tin khẩn cấp", broken: "đứt quãng",
};
const state = {
  items: [], done: {}, armed: "", sink: "", sinkName: "", offset: 0, token: "", here: "", stored: new Set(),
  online: false, signedIn: true, unsent: 0, refused: 0, beats: 0, trouble: "", asking: false, again: false, starting: false, current: null,
};
const now = () => Date.now() + state.offset;
const player = new Player(Number(page.dataset.gap) * 1000, (item, what) => finish(item, what));

/* --- what happened ------------------------------------------------------------------------------- */

async function line(item, what, at, ended = null) {
  const until = ended === null ? null : Math.max(at, ended); // the server's clock may have set ours back meanwhile
  state.done[item.airing] = what;
  await store.keep("done", state.done);
  await store.addLine({ key: crypto.randomUUID(), here: state.here, airing: item.airing, what, planned: item.at, at, until });
}

async function finish(item, what) {
  const { started } = state.current;
  state.current = null;
  if (what === "failed") state.trouble = `Không phát được “${item.title}”. Hãy xem loa và phát bằng cách khác.`;
  await store.keep("current", null);
  await line(item, what, started, now());
  draw();
  await ask();
}

async function start(item) {
  state.starting = true;
  try {
    if (player.item) {
      const cut = player.item;
      player.stop();
      await line(cut, "preempted", state.current.started, now());
    }
    state.current = { item, started: now() };
    try {
      await player.sendTo(state.sink);
    } catch {
      await finish(item, "failed");
      state.trouble = `Không thấy đường ra “${state.sinkName}”, nên không phát “${item.title}”. Hãy cắm lại hoặc chọn đường ra khác.`;
      return;
    }
    await store.keep("current", { item, started: state.current.started, beat: now() });
    await player.play(item);
  } catch (error) {
    await store.keep("current", null);
    if (error.name === "NotAllowedError") {
      state.current = null;
      await arm("");
      state.trouble = "Trình duyệt chưa cho phép phát tiếng sau khi mở lại. Hãy bấm “Bật phát hôm nay”.";
    } else {
      await finish(item, "failed");
    }
  } finally {
    state.starting = false;
    draw();
  }
}

async function arm(day) {
  state.armed = day;
  await store.keep("armed", day);
}

/* This PC goes on by itself when the sign-in has ended; told to the server once it is there. */
function takeDesk() {
  const body = new URLSearchParams({ ma_trang: state.token });
  return fetch("/phat-thanh/ban", { method: "POST", body }).catch(() => {});
}

async function stop() {
  const cut = player.item;
  player.stop();
  await arm("");
  if (cut) await finish(cut, "stopped");
  draw();
}

/* --- every second -------------------------------------------------------------------------------- */

async function beat() {
  state.beats += 1;
  player.beat();
  if (state.beats % ASK_BEATS === 0) ask();
  if (state.armed && state.armed !== dayOf(now()) && !player.item) await arm("");
  if (state.armed && !state.starting) {
    const { play, late } = due(state.items, state.done, now(), LATE_MS, player.item);
    for (const item of late) state.trouble = `“${item.title}” (${clockOf(item.at, false)}) ${TOO_LATE} nên không phát.`;
    await Promise.all(late.map((item) => line(item, "late", now())));
    if (late.length) ask();
    if (play) await start(play);
  }
  if (player.item && state.beats % 5 === 0) await store.keep("current", { ...state.current, beat: now() });
  draw();
}

/* --- the server ---------------------------------------------------------------------------------- */

async function ask() {
  state.again = state.asking; // what changed since it asked is asked for after it
  if (state.asking) return;
  state.asking = true;
  try {
    if (!state.token) await fetchPlan();
    await send();
    await fetchPlan();
    await store.keepAudio(state.items.filter((item) => !ENDED.includes(item.what)));
    await seeWhatIsStored();
  } catch {
    state.online = false;
  } finally {
    state.asking = false;
    state.unsent = (await store.lines()).filter((one) => !one.refused).length;
    draw();
  }
  if (state.again) await ask();
}

async function fetchPlan() {
  const headers = { "HX-Request": "true" }; // does not keep anybody's sign-in alive
  const answer = await fetch("/phat-thanh/lich.json", { headers });
  state.online = true;
  state.signedIn = answer.ok && answer.status === 200 && !answer.redirected;
  if (!state.signedIn) throw new Error("signed out");
  const told = await answer.json();
  const before = state.here === told.here ? state.done : {};
  state.done = Object.fromEntries(told.items.map((item) => [item.airing, item.what || before[item.airing] || ""]));
  Object.assign(state, { token: told.token, items: told.items, here: told.here });
  state.offset = told.now - Date.now();
  await store.keep("plan", { items: told.items, offset: state.offset, here: told.here });
}

async function send() {
  for (const one of (await store.lines()).filter((some) => !some.refused && some.here === state.here)) {
    const answer = await fetch("/phat-thanh/nhat-ky", {
      method: "POST",
      body: new URLSearchParams({ ma_trang: state.token, dong: JSON.stringify(one) }),
    });
    state.online = true;
    if (answer.ok && !answer.redirected && answer.status === 200) await store.dropLine(one.key);
    else if (answer.status === 422) await store.addLine({ ...one, refused: true });
    else {
      state.token = ""; // signed out, or the token is old: asked anew the next time
      throw new Error("not taken");
    }
  }
  state.refused = (await store.lines()).filter((one) => one.refused).length;
}

async function seeWhatIsStored() {
  const stored = await Promise.all(state.items.map(async (item) => ((await store.hasAudio(item.url)) ? item.url : "")));
  state.stored = new Set(stored);
}

/* --- the outputs --------------------------------------------------------------------------------- */

async function findOutputs() {
  try {
    if (navigator.mediaDevices.selectAudioOutput) {
      const chosen = await navigator.mediaDevices.selectAudioOutput();
      return choose(chosen.deviceId, chosen.label);
    }
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    stream.getTracks().forEach((track) => track.stop());
    await listOutputs();
  } catch {
    state.trouble = "Trình duyệt chưa cho biết các đường ra. Hãy cho phép micro ở trang này rồi bấm lại.";
    draw();
  }
}

async function listOutputs() {
  const found = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "audiooutput" && one.label);
  const choice = get("chon");
  while (choice.options.length > 1) choice.remove(1);
  for (const one of found.filter((some) => some.deviceId !== "default")) choice.add(new Option(one.label, one.deviceId));
  choice.disabled = choice.options.length < 2;
  choice.value = state.sink;
}

async function choose(sink, name) {
  Object.assign(state, { sink, sinkName: sink ? name : "" });
  await store.keep("sink", { sink: state.sink, sinkName: state.sinkName });
  draw();
}

/* --- the screen ---------------------------------------------------------------------------------- */

function put(id, text) {
  if (get(id).textContent !== text) get(id).textContent = text;
}

function fill(id, rows) {
  const list = get(id);
  const wanted = JSON.stringify(rows);
  if (list.dataset.drawn === wanted) return;
  list.dataset.drawn = wanted;
  list.replaceChildren(...rows.map(([parts, what]) => {
    const row = document.createElement("li");
    if (what) row.dataset.what = what;
    row.append(...parts.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
    return row;
  }));
}

function draw() {
  const at = now();
  const playing = player.item;
  const coming = next(state.items, state.done, at);
  page.dataset.state = playing ? "playing" : state.armed ? "armed" : "off";
  put("dong-ho", clockOf(at));
  const then = coming ? ` Bài tới: ${clockOf(coming.at, false)}${dayOf(coming.at) === dayOf(at) ? "" : " ngày mai"}, ${coming.title}.` : " Hôm nay không còn bài nào.";
  put("viec", playing ? `Đang phát: ${playing.title}` : (state.armed ? "Đã bật." : "Chưa bật: không bài nào tự phát.") + then);
  get("bat").disabled = Boolean(state.armed);
  put("bat", state.armed ? "Đã bật hôm nay" : "Bật phát hôm nay");
  put("duong-ra", state.sink ? `Đang chọn: ${state.sinkName}. Tiếng chuông của máy không lên loa.` : "Chưa chọn: đang dùng đường ra chung của máy, tiếng chuông của máy cũng sẽ lên loa.");
  const troubles = [state.trouble];
  if (state.online && !state.signedIn) troubles.push("Đã hết phiên đăng nhập: bài đã lưu vẫn phát; hãy đăng nhập lại ở thẻ khác để nhận lịch mới và gửi nhật ký.");
  const wanted = troubles.filter(Boolean);
  if (get("canh-bao").dataset.drawn !== wanted.join("|")) {
    get("canh-bao").dataset.drawn = wanted.join("|");
    get("canh-bao").replaceChildren(...wanted.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  }
  fill("cac-luot", [...state.items].sort((one, other) => one.at - other.at).map((item) => {
    const what = playing?.airing === item.airing ? "playing" : state.done[item.airing] || "";
    const told = TOLD[what] || (state.stored.has(item.url) ? "chờ, đã lưu trong máy" : "chờ, CHƯA lưu trong máy");
    const day = dayOf(item.at) === dayOf(at) ? "hôm nay" : "ngày mai";
    return [[`${clockOf(item.at, false)} ${day}`, item.title + (item.urgent ? " (khẩn cấp)" : ""), told], what];
  }));
  get("trong").hidden = state.items.length > 0;
  fill("may", [
    [[state.online ? "Đang nối với máy chủ." : "Mất mạng: vẫn tự phát những bài đã lưu trong máy."], ""],
    [[state.unsent ? `${state.unsent} dòng nhật ký chờ gửi khi có mạng.` : "Nhật ký đã gửi hết."], ""],
    ...(state.refused ? [[[`${state.refused} dòng nhật ký máy chủ không nhận. Hãy báo người quản trị.`], ""]] : []),
    ...(Math.abs(state.offset) > 60000 ? [[["Đồng hồ máy này lệch; trang dùng giờ của máy chủ."], ""]] : []),
  ]);
}

/* --- the beginning ------------------------------------------------------------------------------- */

async function begin() {
  const plan = await store.kept("plan");
  if (plan) Object.assign(state, plan);
  state.done = (await store.kept("done")) || {};
  state.armed = (await store.kept("armed")) || "";
  Object.assign(state, (await store.kept("sink")) || {});
  const cut = await store.kept("current");
  if (cut) { // the machine went off in the middle: said so, and played again if it is not too late
    await line(cut.item, "broken", cut.started, Math.max(cut.beat || 0, cut.started));
    await store.keep("current", null);
  }
  if (navigator.mediaDevices) await listOutputs();
  await seeWhatIsStored();
  get("bat").onclick = async () => {
    state.trouble = "";
    await arm(dayOf(now()));
    takeDesk();
    navigator.wakeLock?.request("screen").catch(() => {});
    await beat();
  };
  get("dung").onclick = stop;
  get("tim").onclick = findOutputs;
  get("thu").onclick = () => trySound(state.sink).catch(() => { state.trouble = "Không thử được tiếng ở đường ra này."; draw(); });
  get("chon").onchange = (event) => choose(event.target.value, event.target.selectedOptions[0].textContent);
  window.addEventListener("online", ask);
  window.addEventListener("offline", () => { state.online = false; draw(); });
  if (state.armed) navigator.wakeLock?.request("screen").catch(() => {});
  new Worker(page.dataset.tick).onmessage = beat;
  await ask();
  await beat();
  if (state.online && state.signedIn) store.keepPage("/phat-thanh", page.dataset.files.split(" "));
}

if (!navigator.serviceWorker || !window.caches) {
  put("viec", "Trang này cần mở qua https, hoặc trên chính máy chạy chương trình, thì mới tự phát khi mất mạng.");
} else {
  navigator.serviceWorker.register(page.dataset.worker, { scope: "/phat-thanh" });
  put("viec", "Trang phát thanh đang mở ở một thẻ khác. Hãy dùng thẻ đó.");
  navigator.locks.request("phat-thanh", () => { begin(); return new Promise(() => {}); }); // one page plays, never two
}
