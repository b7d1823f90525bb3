"""The phones of the sandbox as pages: see what each one shows, press, type. No script is needed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from channels.sandbox.world import Line
from register.home import VIETNAM

if TYPE_CHECKING:
    from channels.sandbox.server import Sandbox

CHANNELS = {"telegram": "Telegram", "zalo": "Zalo OA", "zalo_bot": "Zalo Bot", "phone": "không có Zalo"}
ACTS = {  # channel → what its user can do without typing
    "telegram": {"telegram_start": "Bấm Bắt đầu (Start)", "share_contact": "Chia sẻ số", "block": "Chặn",
                 "unblock": "Bỏ chặn"},
    "zalo": {"follow": "Quan tâm", "unfollow": "Bỏ quan tâm", "see": "Mở xem", "submit_info": "Gửi tên và số",
             "withdraw": "Rút dữ liệu"},
    "zalo_bot": {"block": "Chặn", "unblock": "Bỏ chặn"},
    "phone": {},
}  # fmt: skip
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; form-action 'self'"
STYLE = """
body { font: 18px/1.5 system-ui, sans-serif; margin: 0; background: #f3f4f6; color: #1c1f24 }
main { max-width: 34rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.15rem } a { color: #0b57a4 }
ul { list-style: none; padding: 0 } ul.phones li { background: #fff; padding: .7rem 1rem; margin: .4rem 0 }
.bot, .user { padding: .6rem .9rem; margin: .5rem 0; border-radius: 1rem; white-space: pre-line; max-width: 85% }
.bot { background: #fff } .user { background: #cfe6ff; margin-left: auto }
img, audio { display: block; width: 100% } small { color: #4b5563 }
.bot small, .user small { display: block }
form { margin: .3rem 0; display: flex; gap: .5rem; flex-wrap: wrap }
button, input, select { font: inherit; min-height: 2.75rem; padding: .3rem .9rem }
.bot button { display: block; width: 100%; text-align: left } input { flex: 1; min-width: 8rem }
.wrong { background: #fde8e8; padding: .6rem .9rem }
"""


class Phones:
    """GET /phones, GET /phones/<uid>; what is done there is posted to the same addresses."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/phones", self._all),
            web.post("/phones", self._add),
            web.get("/phones/{uid}", self._one),
            web.post("/phones/{uid}", self._act),
        ]

    async def _all(self, request: web.Request) -> web.Response:
        users = self._sandbox.world.users.values()
        rows = "".join(
            f'<li><a href="/phones/{quote(u.uid)}">{escape(u.name)}</a> <small>{CHANNELS[u.channel]}, '
            f"{len(u.chat)} tin</small></li>"
            for u in users
        )
        choices = "".join(f'<option value="{c}">{label}</option>' for c, label in CHANNELS.items())
        return _page(
            "Điện thoại thử",
            f'<p>Mọi người ở đây đều là giả lập.</p><ul class="phones">{rows or "<li>Chưa có ai.</li>"}</ul>'
            f'<h2>Thêm một người</h2><form method="post"><select name="channel" aria-label="Kênh">{choices}</select>'
            f'<input name="name" required maxlength="60" placeholder="Tên" aria-label="Tên">'
            f'<input name="phone" maxlength="15" inputmode="tel" placeholder="Số điện thoại" '
            f'aria-label="Số điện thoại">'
            f"<button>Thêm</button></form>",
        )

    async def _add(self, request: web.Request) -> web.Response:
        form = await request.post()
        name, phone = str(form.get("name", "")).strip() or "Người thử", str(form.get("phone", "")).strip()
        channel = str(form.get("channel"))
        if channel not in CHANNELS:
            return _again("/phones", "Không có kênh này.")
        uid = self._sandbox.add_user(channel, name, phone or None, has_zalo=channel != "phone")
        raise web.HTTPSeeOther(f"/phones/{quote(uid)}")

    async def _one(self, request: web.Request) -> web.Response:
        user = self._sandbox.world.users.get(request.match_info["uid"])
        if user is None:
            return _again("/phones", "Không có điện thoại này.", 404)
        acts = "".join(
            f'<button name="act" value="{act}">{label}</button>' for act, label in ACTS[user.channel].items()
        )
        return _page(
            f"{user.name} ({CHANNELS[user.channel]})",
            f'<p><a href="/phones">Tất cả điện thoại</a></p>{"".join(map(_line, user.chat))}'
            f'<form method="post"><input name="text" maxlength="4000" placeholder="Gõ tin nhắn" aria-label="Tin nhắn">'
            f'<button name="act" value="type">Gửi</button></form><form method="post">{acts}</form>',
        )

    async def _act(self, request: web.Request) -> web.Response:
        uid, form = request.match_info["uid"], await request.post()
        act, here = str(form.get("act", "")), f"/phones/{quote(uid)}"
        try:
            channel = self._sandbox.world.user(uid).channel
            if act == "type":
                self._sandbox.type_text(uid, str(form.get("text", "")).strip() or "…")
            elif act.startswith("press:"):
                self._sandbox.press(uid, act.removeprefix("press:"))
            elif act in ACTS[channel]:
                getattr(self._sandbox, act)(uid)
            await self._sandbox.quiet()
        except ValueError:
            return _again(here, "Chưa làm được. Trên Telegram phải bấm Bắt đầu (Start) trước.")
        raise web.HTTPSeeOther(here)


def _line(line: Line) -> str:
    press = "".join(
        f'<button name="act" value="press:{escape(id_)}">{escape(title)}</button>' for id_, title in line.buttons
    )
    form = f'<form method="post">{press}</form>' if press and line.who == "bot" else ""
    address = f"/__sim/file/{quote(line.file)}"
    if line.shows == "picture":
        form = f'<img src="{address}" alt="Hình kèm tin">{form}'
    elif line.shows == "sound":
        form = f'<audio controls preload="none" src="{address}"></audio>{form}'
    at = f"{line.at.astimezone(VIETNAM):%H:%M %d/%m}"
    return f'<div class="{line.who}">{escape(line.text)}{form}<small>{at}</small></div>'


def _again(back: str, text: str, status: int = 400) -> web.Response:
    said = f'<p class="wrong" role="alert">{escape(text)}</p><p><a href="{back}">Quay lại</a></p>'
    return _page("Chưa làm được", said, status)


def _page(title: str, body: str, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": POLICY},
        text=f'<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><main><h1>{escape(title)}</h1>{body}</main></html>",
    )
