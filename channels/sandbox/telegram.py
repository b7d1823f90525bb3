"""A truthful small Telegram: the Bot API methods that the house and its libraries call.

Bodies: query, urlencoded, JSON, multipart with direct parts or attach://. Answers and error texts
as the real service words them (facts/channels §6).
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from channels.pace import PaceByKey
from channels.sandbox.postman import TELEGRAM_LADDER, Hook, Parcel, Postman
from channels.sandbox.telegram_wire import (
    ApiError,
    answered_fields,
    buttons_of,
    chat_of,
    fields_of,
    member_of,
    parsed_of,
    person_of,
    text_of,
)
from channels.sandbox.world import STRANGE, Arrival, Buttons, User, World

PER_SECOND = 30  # all chats of a bot
PER_CHAT_PER_SECOND = 1.0
CHAT_BURST = 10  # "short bursts tolerated"
TEXT, CAPTION = 4096, 1024
PAYLOAD = r"[A-Za-z0-9_-]{0,64}"  # of a link t.me/<bot>?start=<payload>
PRESS_LIFE = timedelta(seconds=150)  # a press that was not delivered is forgotten then, other updates after a day
MEDIA = {"sendphoto": "photo", "sendvoice": "voice", "sendaudio": "audio", "senddocument": "document"}
QUIET_METHODS = {
    "setmycommands", "deletemycommands", "setmydescription", "setmyshortdescription", "setmyname",
    "setchatmenubutton", "sendchataction", "pinchatmessage", "unpinchatmessage", "close",
}  # fmt: skip


@dataclass
class Bot:
    """One bot token and what the service keeps for it."""

    name: str
    token: str
    username: str
    hook: Hook | None = None
    secret: str = ""
    updates: list[dict[str, Any]] = field(default_factory=list)
    next_update: int = 1
    news: asyncio.Event = field(default_factory=asyncio.Event)
    poll: int = 0  # number of the poll that holds the line; a newer one ends it
    sent: deque[float] = field(default_factory=deque)  # ticks of the last second
    chats: PaceByKey = field(default_factory=lambda: PaceByKey(PER_CHAT_PER_SECOND, CHAT_BURST))
    files: dict[str, bytes] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)  # callback query id → uid

    @property
    def id(self) -> int:
        return int(self.token.split(":")[0])

    def profile(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": True, "first_name": self.username, "username": self.username}


class Telegram:
    """The simulator: HTTP on one side, the citizens' thumbs on the other."""

    def __init__(self, world: World, postman: Postman, bots: list[Bot]) -> None:
        self.world, self._postman = world, postman
        self.bots = {bot.name: bot for bot in bots}
        self.floods = 0  # answers 429

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", r"/bot{token:\d+:[^/]+}/{method}", self._call),
            web.get(r"/file/bot{token:\d+:[^/]+}/{path:.+}", self._file),
        ]

    # --- what citizens do ---------------------------------------------------------------------

    def start(self, user: User, payload: str, bot: str) -> None:
        """Press Start, perhaps through a deep link. ValueError: no link can carry that payload."""
        if not re.fullmatch(PAYLOAD, payload):
            raise ValueError("no link carries this payload")
        if user.blocked:
            self.set_blocked(user, False)
        user.started.add(bot)
        self._message(user, bot, text=f"/start {payload}".strip())

    def type(self, user: User, text: str, bot: str) -> None:
        """Type a message; Telegram shows no keyboard before Start was pressed."""
        if bot not in user.started:
            raise ValueError("this user has not started the bot")
        self._message(user, bot, text=text)

    def press(self, user: User, button_id: str, bot: str) -> None:
        """Press a button that the phone shows: inline, or of a reply keyboard (which types its title)."""
        line = user.button(button_id)
        if line.kind == "keyboard":
            self._message(user, bot, text=button_id)
            return
        title = next(title for id_, title in line.buttons if id_ == button_id)
        self.world.said(user, title, "button", bot)
        query = str(self.world.serial())
        self.bots[bot].unanswered[query] = user.uid
        message = {**self._frame(user, int(line.id)), "from": self.bots[bot].profile(), "text": line.text}
        body = {"id": query, "from": person_of(user), "chat_instance": "1", "data": button_id, "message": message}
        self._update(user, bot, callback_query=body)

    def share_contact(self, user: User, phone: str, owner: str, bot: str) -> None:
        """Share a contact: the own one, or someone else's from the address book."""
        contact = {"phone_number": phone or user.phone, "first_name": user.name, "user_id": int(owner or user.uid)}
        self._message(user, bot, kind="media", shown="[danh thiếp]", contact=contact)

    def send_media(self, user: User, kind: str, caption: str, bot: str) -> None:
        """Send a photo or a voice note."""
        file = {"file_id": f"in-{self.world.serial()}", "file_unique_id": f"u{self.world.serial()}", "file_size": 1000}
        content: dict[str, Any] = {"caption": caption} if caption else {}
        if kind == "photo":
            content["photo"] = [{**file, "width": 90, "height": 90}]
        else:
            content[kind] = {**file, "duration": 3}
        self._message(user, bot, kind="media", shown=f"[{kind}] {caption}".strip(), **content)

    def set_blocked(self, user: User, blocked: bool) -> None:
        """Block or unblock the bot."""
        user.blocked = blocked
        before, after = ("member", "kicked") if blocked else ("kicked", "member")
        for bot in user.started:
            member = {"user": self.bots[bot].profile()}
            change = {
                "chat": chat_of(user), "from": person_of(user), "date": self._date(),
                "old_chat_member": member_of(before, member), "new_chat_member": member_of(after, member),
            }  # fmt: skip
            self._update(user, bot, my_chat_member=change)

    def _message(self, user: User, bot: str, *, kind: str = "text", shown: str = "", **content: Any) -> None:
        line = self.world.said(user, shown or content.get("text", ""), kind, bot)
        message = {**self._frame(user, int(line.id)), "from": person_of(user), **content}
        command = re.match(r"/\w+", content.get("text", ""))
        if command:
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": command.end()}]
        self._update(user, bot, message=message)

    def _frame(self, user: User, message_id: int) -> dict[str, Any]:
        return {"message_id": message_id, "date": self._date(), "chat": chat_of(user)}

    def _date(self) -> int:
        return int(self.world.now().timestamp())

    def _update(self, user: User, bot_name: str, **content: Any) -> None:
        bot = self.bots[bot_name]
        update = {"update_id": bot.next_update, **content}
        bot.next_update += 1
        if bot.hook is None:
            bot.updates.append(update)
            bot.news.set()
            return
        headers = {"X-Telegram-Bot-Api-Secret-Token": bot.secret} if bot.secret else {}
        (kind,) = content
        line = f"{bot_name}:{user.uid}:{kind}"
        ends = self.world.now() + PRESS_LIFE if kind == "callback_query" else None
        self._postman.post(Parcel(bot.hook, user.uid, orjson.dumps(update), headers, line, ends))

    # --- what bots do -------------------------------------------------------------------------

    async def _call(self, request: web.Request) -> web.Response:
        try:
            bot = next((b for b in self.bots.values() if b.token == request.match_info["token"]), None)
            if bot is None:
                raise ApiError(401, "Unauthorized")
            try:
                fields = await fields_of(request)
                result = await self._run(bot, request.match_info["method"].lower(), fields)
            except STRANGE:
                raise ApiError(400, "Bad Request: can't parse parameters") from None
        except ApiError as error:
            body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
            if error.parameters:
                body["parameters"] = error.parameters
            return web.Response(status=error.code, body=orjson.dumps(body), content_type="application/json")
        return web.Response(body=orjson.dumps({"ok": True, "result": result}), content_type="application/json")

    async def _run(self, bot: Bot, method: str, fields: dict[str, Any]) -> Any:
        if method == "sendmessage":
            return self._send_text(bot, fields)
        if method in MEDIA:
            return self._send_media(bot, MEDIA[method], fields)
        if method in QUIET_METHODS:
            return True
        handler = getattr(self, f"_do_{method}", None)
        if handler is None:
            raise ApiError(404, "Not Found")
        result = handler(bot, fields)
        return await result if asyncio.iscoroutine(result) else result

    def _send_text(self, bot: Bot, fields: dict[str, Any]) -> dict[str, Any]:
        user = self._reachable(bot, fields)
        text, buttons = text_of(fields, "text", TEXT), buttons_of(fields)
        if not text:
            raise ApiError(400, "Bad Request: message text is empty")
        return self._accept(bot, user, "sendMessage", text, buttons, fields, text=text)

    def _send_media(self, bot: Bot, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        user = self._reachable(bot, fields)
        caption, buttons, given = text_of(fields, "caption", CAPTION), buttons_of(fields), fields.get(kind, "")
        if isinstance(given, str) and given.startswith("attach://"):
            given = fields.get(given.removeprefix("attach://"), "")
        if isinstance(given, bytes):
            file_id = f"file-{bot.id}-{self.world.serial()}"
            bot.files[file_id] = self.world.files[file_id] = given
        elif given in bot.files or str(given).startswith("https://"):
            file_id = given
        else:
            raise ApiError(400, "Bad Request: wrong file identifier/HTTP URL specified")
        file = {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": len(bot.files.get(file_id, b""))}
        shape: Any = {**file, "duration": int(fields.get("duration") or 0)}
        if kind == "photo":
            shape = [{**file, "width": 1, "height": 1}]
        content = {kind: shape, **({"caption": caption} if caption else {})}
        route, shown = f"send{kind.capitalize()}", caption or f"[{kind}]"
        return self._accept(bot, user, route, shown, buttons, fields, file_id, **content)

    def _accept(
        self, bot: Bot, user: User, route: str, shown: str, buttons: Buttons, fields: dict[str, Any], file: str = "",
        **content: Any,
    ) -> dict[str, Any]:  # fmt: skip
        self._flood(bot, user)
        number = self.world.serial()
        markup = parsed_of(fields.get("reply_markup")) or {}
        kind = "keyboard" if "keyboard" in markup else "text" if "text" in content else "media"
        arrival = Arrival("telegram", route, user.uid, shown, buttons, self.world.now(), str(number), bot.name)
        self.world.accept(arrival, user, kind, file)
        message = {**self._frame(user, number), "from": bot.profile(), **content}
        if "inline_keyboard" in markup:
            message["reply_markup"] = markup
        return message

    def _reachable(self, bot: Bot, fields: dict[str, Any]) -> User:
        user = self.world.users.get(str(fields.get("chat_id", "")))
        if user is None or user.channel != "telegram":
            raise ApiError(400, "Bad Request: chat not found")
        if user.deactivated:
            raise ApiError(403, "Forbidden: user is deactivated")
        if user.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if bot.name not in user.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return user

    def _flood(self, bot: Bot, user: User) -> None:
        """About 30 a second in all, one a second to the same chat after a short burst."""
        if not self.world.limits:
            return
        at = self.world.ticks()
        while bot.sent and bot.sent[0] <= at - 1:
            bot.sent.popleft()
        chat = bot.chats[user.uid]
        wait = max(chat.wait(at), bot.sent[0] + 1 - at if len(bot.sent) >= PER_SECOND else 0)
        if wait > 0:
            self.floods += 1
            seconds = math.ceil(wait)
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        bot.sent.append(at)
        chat.take(at)
        bot.chats.forget(at)

    def _do_getme(self, bot: Bot, _fields: dict[str, Any]) -> dict[str, Any]:
        return {**bot.profile(), "can_join_groups": False, "supports_inline_queries": False}

    def _do_setwebhook(self, bot: Bot, fields: dict[str, Any]) -> bool:
        url, secret = str(fields.get("url", "")), str(fields.get("secret_token", ""))
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise ApiError(400, "Bad Request: secret token contains unallowed characters")
        if url and not url.startswith(("https://", "http://127.0.0.1")):
            raise ApiError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")

        async def answered(response: aiohttp.ClientResponse) -> None:
            """A method in the answer is called as if it had come by itself; its errors are told to nobody."""
            fields = await answered_fields(response)
            if method := str(fields.pop("method", "")).lower():
                with suppress(ApiError):
                    await self._run(bot, method, fields)

        hook = Hook(url, TELEGRAM_LADDER, 60, retry_refused=True, on_answer=answered)
        bot.hook, bot.secret = hook if url else None, secret
        return True

    def _do_deletewebhook(self, bot: Bot, _fields: dict[str, Any]) -> bool:
        bot.hook = None
        return True

    def _do_getwebhookinfo(self, bot: Bot, _fields: dict[str, Any]) -> dict[str, Any]:
        url = bot.hook.url if bot.hook else ""
        return {"url": url, "has_custom_certificate": False, "pending_update_count": len(bot.updates)}

    async def _do_getupdates(self, bot: Bot, fields: dict[str, Any]) -> list[dict[str, Any]]:
        if bot.hook is not None:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active")
        offset, limit = int(fields.get("offset") or 0), min(max(int(fields.get("limit") or 100), 1), 100)
        bot.updates = [update for update in bot.updates if update["update_id"] >= offset]
        bot.poll += 1
        mine = bot.poll
        bot.news.set()  # an older poll wakes up and finds that it was replaced
        bot.news.clear()
        if not bot.updates:
            try:
                await asyncio.wait_for(bot.news.wait(), float(fields.get("timeout") or 0))
            except TimeoutError:
                return []
        if bot.poll != mine:
            text = "terminated by other getUpdates request; make sure that only one bot instance is running"
            raise ApiError(409, f"Conflict: {text}")
        return bot.updates[:limit]

    def _do_answercallbackquery(self, bot: Bot, fields: dict[str, Any]) -> bool:
        if bot.unanswered.pop(str(fields.get("callback_query_id")), None) is None:
            raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        return True

    def _do_editmessagetext(self, bot: Bot, fields: dict[str, Any]) -> dict[str, Any]:
        return self._edit(bot, fields, text_of(fields, "text", TEXT))

    def _do_editmessagereplymarkup(self, bot: Bot, fields: dict[str, Any]) -> dict[str, Any]:
        return self._edit(bot, fields, None)

    def _edit(self, bot: Bot, fields: dict[str, Any], text: str | None) -> dict[str, Any]:
        user = self._reachable(bot, fields)
        line, buttons = user.line(str(fields.get("message_id"))), buttons_of(fields)
        if line is None or line.who != "bot":
            raise ApiError(400, "Bad Request: message to edit not found")
        if (text is None or text == line.text) and buttons == line.buttons:
            raise ApiError(400, "Bad Request: message is not modified")
        line.text, line.buttons = line.text if text is None else text, buttons
        return {**self._frame(user, int(line.id)), "from": bot.profile(), "text": line.text}

    def _do_deletemessage(self, bot: Bot, fields: dict[str, Any]) -> bool:
        user = self._reachable(bot, fields)
        line = user.line(str(fields.get("message_id")))
        if line is None:
            raise ApiError(400, "Bad Request: message to delete not found")
        user.chat.remove(line)
        return True

    def _do_getchat(self, bot: Bot, fields: dict[str, Any]) -> dict[str, Any]:
        return {**chat_of(self._reachable(bot, fields)), "accent_color_id": 0, "max_reaction_count": 1}

    def _do_getfile(self, bot: Bot, fields: dict[str, Any]) -> dict[str, Any]:
        file_id = str(fields.get("file_id"))
        if file_id not in bot.files:
            raise ApiError(400, "Bad Request: invalid file_id")
        return {"file_id": file_id, "file_unique_id": file_id[-8:], "file_path": f"documents/{file_id}"}

    async def _file(self, request: web.Request) -> web.Response:
        bot = next((b for b in self.bots.values() if b.token == request.match_info["token"]), None)
        data = bot.files.get(request.match_info["path"].split("/")[-1]) if bot else None
        return web.Response(body=data) if data is not None else web.Response(status=404)
