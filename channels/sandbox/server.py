"""The sandbox: Zalo and Telegram as they behave, with invented people, on one port of this machine.

    sandbox = Sandbox(now=clock)
    base = await sandbox.start()
    home = open_home(Settings(home=..., **sandbox.settings()))
    mai = sandbox.add_user("zalo", "Bà Mai", phone="0912345678")
    sandbox.follow(mai); sandbox.type_text(mai, "bat dau"); sandbox.press(mai, "guide.next")
    await sandbox.quiet()                       # every webhook that is due was delivered
    sandbox.phone(mai), sandbox.arrivals()      # what the phone shows, what providers accepted

The same over HTTP: POST /__sim/<method> with the arguments as JSON, GET /__sim/{users,arrivals,
counts}, GET /__sim/phone/<uid>, GET /__sim/file/<id> of a picture or sound that a line shows; and by
hand on the page /phones. It listens on 127.0.0.1 only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

import orjson
from aiohttp import web

from channels.sandbox import templates
from channels.sandbox.faults import fault_middleware
from channels.sandbox.page import Phones
from channels.sandbox.postman import Postman
from channels.sandbox.telegram import Bot, Telegram
from channels.sandbox.world import FAULTS, Fault, User, World, as_json, kind_of
from channels.sandbox.zalo import Zalo
from channels.sandbox.zalo_bot import PREFIX, ZaloBot
from channels.sandbox.zbs import QUALITIES, STATUS_NUMBERS, Zbs
from channels.zalo.client import international
from register.errors import BadInput
from register.home import Clock, utc_now

BODY_BYTES = 60_000_000  # Telegram takes files up to 50 MB
WEBHOOK_SECRET = "sandbox-webhook-secret"  # noqa: S105 — invented
BY_HTTP = (
    "add_user", "follow", "unfollow", "telegram_start", "type_text", "press", "send_media", "share_contact",
    "submit_info", "withdraw", "see", "block", "unblock", "deactivate", "refuse_templates", "fault", "advance",
    "events", "expire_tokens", "stock", "review", "connect", "quiet",
)  # fmt: skip


class Sandbox:
    """All simulators. ``limits=False`` switches off the providers' rates (30/s, 4.000/min), nothing else."""

    def __init__(
        self,
        now: Callable[[], datetime] = utc_now,
        *,
        limits: bool = True,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.world = World(now, ticks, limits)
        self.postman = Postman(now)
        bots = [
            Bot("main", "7000000000:sandbox-citizens", "tungnha_bot"),
            Bot("staff", "7000000001:sandbox-staff", "tungnha_canbo_bot"),
        ]
        self.telegram = Telegram(self.world, self.postman, bots)
        self.templates = templates.approved()
        self.zalo = Zalo(self.world, self.postman, self.templates)
        self.zbs = Zbs(self.world, self.zalo)
        self.zalo_bot = ZaloBot(self.world, self.postman)
        self.base = ""
        self._runner: web.AppRunner | None = None

    # --- its own life -------------------------------------------------------------------------

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1 (port 0: a free one) and return the base URL. BadInput when the port is taken."""
        faults = fault_middleware(self.world, self.zalo.oauth.expire)
        app = web.Application(client_max_size=BODY_BYTES, middlewares=[faults])
        for simulator in (self.telegram, self.zalo, self.zbs, self.zalo_bot, Phones(self)):
            app.add_routes(simulator.routes())
        app.add_routes([web.post("/__sim/{name}", self._control), web.get("/__sim/{name}{uid:(/.*)?}", self._look)])
        await self.postman.start()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, "127.0.0.1", port)
            await site.start()
        except OSError:
            await self.stop()
            raise BadInput(f"Cổng {port} đang có chương trình khác dùng. Hãy chọn cổng khác: --port SỐ") from None
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.base

    async def stop(self) -> None:
        """Close everything."""
        await self.postman.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    def settings(self) -> dict[str, Any]:
        """Fields of ``Settings`` that point every channel here."""
        app = self.zalo.app
        return {
            "telegram_token": self.telegram.bots["main"].token,
            "staff_telegram_token": self.telegram.bots["staff"].token,
            "telegram_api_base": self.base,
            "telegram_webhook_secret": WEBHOOK_SECRET,
            "zalo_app_id": app.app_id,
            "zalo_app_secret": app.app_secret,
            "zalo_oa_secret": app.oa_secret,
            "zalo_oa_id": app.oa_id,
            "zalo_refresh_token": app.refresh_token,
            "zalo_openapi_base": self.base,
            "zalo_business_base": self.base,
            "zalo_oauth_base": self.base,
            "zalo_template_id": templates.NAMED,
            "zalo_template_id_unnamed": templates.UNNAMED,
            "zalo_bot_token": self.zalo_bot.token,
            "zalo_bot_base": self.base + PREFIX,
            "zalo_bot_webhook_secret": WEBHOOK_SECRET,
            "sandbox_base": self.base,
        }

    async def connect(self, url: str) -> bool:
        """What an operator enters in Zalo's consoles: webhooks at ``url``. Telegram's is set by its own API."""
        return await self.zalo.set_webhook(f"{url.rstrip('/')}/hooks/zalo/main")

    async def quiet(self) -> None:
        """Wait until every webhook that is due was delivered, refused or put off for a retry."""
        await self.postman.quiet()

    # --- the citizens ---------------------------------------------------------------------------

    def add_user(self, channel: str, name: str, phone: str | None = None, has_zalo: bool = True) -> str:
        """A citizen's account: telegram | zalo | zalo_bot, or phone (reached by ZBS where ``has_zalo``)."""
        if channel == "phone":
            channel = "zalo" if has_zalo else "phone"
        return self.world.add(channel, name, international(phone) if phone else "").uid

    def follow(self, uid: str) -> None:
        """Follow the Official Account."""
        self.zalo.follow(self._of(uid, "zalo"))

    def unfollow(self, uid: str) -> None:
        """Leave the Official Account."""
        self.zalo.unfollow(self._of(uid, "zalo"))

    def telegram_start(self, uid: str, payload: str = "", bot: str = "main") -> None:
        """Press Start in Telegram, perhaps through a link t.me/<bot>?start=<payload>."""
        self.telegram.start(self._of(uid, "telegram"), payload, bot)

    def type_text(self, uid: str, text: str, bot: str = "main") -> None:
        """Type and send a message."""
        user = self.world.user(uid)
        if user.channel == "telegram":
            self.telegram.type(user, text, bot)
        elif user.channel == "zalo":
            self.zalo.type(user, text)
        else:
            self.zalo_bot.type(self._of(uid, "zalo_bot"), text)

    def press(self, uid: str, button_id: str, bot: str = "main") -> None:
        """Press a button that the phone shows; ValueError when it shows none."""
        user = self.world.user(uid)
        if user.channel == "telegram":
            self.telegram.press(user, button_id, bot)
        else:
            self.zalo.press(self._of(uid, "zalo"), button_id.removeprefix("#"))

    def send_media(self, uid: str, kind: str = "photo", caption: str = "", bot: str = "main") -> None:
        """Send a photo (photo) or a voice note (voice)."""
        user = self.world.user(uid)
        if user.channel == "telegram":
            self.telegram.send_media(user, kind, caption, bot)
        elif user.channel == "zalo":
            self.zalo.send_media(user, {"photo": "image", "voice": "audio"}.get(kind, kind), caption)
        else:
            self.zalo_bot.send_media(self._of(uid, "zalo_bot"), kind, caption)

    def share_contact(self, uid: str, phone: str = "", owner: str = "", bot: str = "main") -> None:
        """Telegram: share the own contact, or that of ``owner`` (another user's id)."""
        self.telegram.share_contact(self._of(uid, "telegram"), phone, owner, bot)

    def submit_info(self, uid: str, phone: str = "") -> None:
        """Zalo: agree to give name and phone to the Official Account."""
        self.zalo.submit_info(self._of(uid, "zalo"), phone)

    def withdraw(self, uid: str) -> None:
        """Zalo: ask that the data be deleted (user_withdraw)."""
        self.zalo.withdraw(self._of(uid, "zalo"))

    def see(self, uid: str) -> None:
        """Zalo: open the chat; unseen messages are reported as seen."""
        self.zalo.see(self._of(uid, "zalo"))

    def block(self, uid: str) -> None:
        """Block the bot or the account."""
        self._block(uid, True)

    def unblock(self, uid: str) -> None:
        """Take the block back."""
        self._block(uid, False)

    def _block(self, uid: str, blocked: bool) -> None:
        user = self.world.user(uid)
        if user.channel == "telegram":
            self.telegram.set_blocked(user, blocked)
        elif user.channel == "zalo":
            self.zalo.set_blocked(user, blocked)
        else:
            user.blocked = blocked

    def deactivate(self, uid: str) -> None:
        """The account is gone."""
        self.world.user(uid).deactivated = True

    def refuse_templates(self, uid: str) -> None:
        """Zalo: this user takes no template messages (-141, -244)."""
        self._of(uid, "zalo").refuses_templates = True

    def _of(self, uid: str, channel: str) -> User:
        user = self.world.user(uid)
        if user.channel != channel:
            raise ValueError(f"this user is in {user.channel}, not in {channel}")
        return user

    # --- what is seen, and trouble ----------------------------------------------------------------

    def phone(self, uid: str) -> list[dict[str, Any]]:
        """The transcript: id, who (bot | user), text, buttons, at, kind (text | template | button | media)."""
        return as_json(self.world.user(uid).chat)

    def arrivals(self) -> list[dict[str, Any]]:
        """Every message that was accepted, in order: channel, route, to, text, buttons, at, id, bot."""
        return as_json(self.world.accepted)

    def users(self) -> list[dict[str, Any]]:
        """All accounts: uid, channel, name, phone, number of lines on the screen."""
        return [
            {"uid": u.uid, "channel": u.channel, "name": u.name, "phone": u.phone, "lines": len(u.chat)}
            for u in self.world.users.values()
        ]

    def counts(self) -> dict[str, int]:
        """Users, accepted messages, and what became of the webhooks."""
        post = self.postman
        return {
            "users": len(self.world.users), "accepted": len(self.world.accepted), "delivered": post.delivered,
            "refused": post.refused, "given_up": post.given_up,
        }  # fmt: skip

    def fault(
        self, kind: str, channel: str = "", count: int = 1, seconds: float = 1.0, code: int = 0, text: str = ""
    ) -> None:
        """The next ``count`` sends go wrong: 429, 500, html502, drop_before, drop_after, slow, token_expired, code.

        ``channel``: telegram, zalo, zbs, zalo_bot, oauth, or "" for any. ``seconds``: retry_after or delay.
        ``code``: which of the provider's numbers, with its usual words or with ``text``.
        """
        if kind not in FAULTS:
            raise ValueError(f"unknown fault {kind}")
        self.world.faults.append(Fault(kind, channel, count, seconds, code, text))

    def events(self, repeat_every: int = 0, late_every: int = 0) -> None:
        """From now on one event in so many is delivered twice, or only after its sender's next one. 0: none."""
        self.postman.repeat_every, self.postman.late_every = repeat_every, late_every

    def expire_tokens(self) -> None:
        """Zalo: all access tokens expire now."""
        self.zalo.oauth.expire()

    def stock(
        self,
        templates: int | None = None,
        vnd: int | None = None,
        package: int | None = None,
        bot_messages: int | None = None,
        quality: str = "",
    ) -> None:
        """How much Zalo lets one send; what is not named stays: ZBS ``templates`` a day, ``vnd`` in the wallet, the
        account's ``package``, ``bot_messages`` of the Zalo bot, ``quality`` HIGH | MEDIUM | LOW | UNDEFINED."""
        zbs, left = self.zbs, self.zalo_bot.quota
        if quality and quality not in QUALITIES:
            raise ValueError(f"unknown quality {quality}")
        zbs.daily_quota = zbs.daily_quota if templates is None else templates
        zbs.wallet_vnd = zbs.wallet_vnd if vnd is None else vnd
        zbs.quality = quality or zbs.quality
        self.zalo.package = self.zalo.package if package is None else package
        self.zalo_bot.quota = left if bot_messages is None else bot_messages

    def review(self, template: str, status: str) -> None:
        """What Zalo decided of a template: ENABLE | PENDING_REVIEW | REJECT | DISABLE."""
        if template not in self.templates or status not in STATUS_NUMBERS:
            raise ValueError("unknown template or status")
        self.templates[template].status = status

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock, where it can be moved."""
        if not hasattr(self.world.now, "advance"):
            raise ValueError("this clock cannot be moved")
        cast(Clock, self.world.now).advance(timedelta(seconds=seconds))

    # --- the same by HTTP -------------------------------------------------------------------------

    async def _control(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in BY_HTTP:
            return _json({"error": "no such method"}, 404)
        try:
            result = getattr(self, name)(**orjson.loads(await request.read() or b"{}"))
            return _json({"result": await result if asyncio.iscoroutine(result) else result})
        except (ValueError, TypeError) as error:
            return _json({"error": str(error)}, 400)

    async def _look(self, request: web.Request) -> web.Response:
        name, uid = request.match_info["name"], request.match_info["uid"].strip("/")
        if name == "phone" and uid in self.world.users:
            return _json(self.phone(uid))
        if name == "file" and uid in self.world.files:
            data = self.world.files[uid]
            return web.Response(body=data, content_type=kind_of(data))
        if name in ("users", "arrivals", "counts"):
            return _json(getattr(self, name)())
        return _json({"error": "not found"}, 404)


def _json(value: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(value), content_type="application/json")


def environment(sandbox: Sandbox) -> list[str]:
    """Lines for a .env file that point an installation at this sandbox."""
    return [f"TUNGNHA_{name.upper()}={value}" for name, value in sandbox.settings().items()]


async def run_sandbox(port: int = 8081, show: Callable[[str], None] = print) -> None:
    """``tungnha sandbox``: run until cancelled. ``show`` gets the base URL and the settings, line by line."""
    sandbox = Sandbox(Clock())
    base = await sandbox.start(port)
    show(f"# Mô phỏng Zalo và Telegram: {base} (điện thoại: {base}/phones, điều khiển: {base}/__sim/)")
    for line in environment(sandbox):
        show(line)
    try:
        await asyncio.Event().wait()
    finally:
        await sandbox.stop()
