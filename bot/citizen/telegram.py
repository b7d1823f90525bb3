"""The citizens' Telegram bot: updates in, turns of talk, replies out through aiogram.

    door = TelegramDoor(home)
    await door.feed(update, secrets)      # one update as Telegram sent it, already redacted
    await door.close()

aiogram parses, routes and calls; what is said is decided by bot.service. Replies leave through the
lane's gate (channels/telegram/limits.py), so that a busy morning of talk and a campaign share one token.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import structlog
from aiogram import Bot, Dispatcher
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ChatType
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from aiogram.methods import SendMessage, SendPhoto, SendVoice, TelegramMethod
from aiogram.methods.base import Response
from aiogram.types import (
    CallbackQuery,
    ChatMemberUpdated,
    FSInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Update,
)
from aiogram.types import Message as TelegramMessage

from bot import service
from bot.citizen.door import not_yet, unsaid
from bot.citizen.lines import LineSession, NotLeft
from bot.state import Input
from bot.together import Together
from channels.errors import LINE_DOWN_S
from channels.files import File, Files, picture_of, voice_of
from channels.gate import ReplyGate, Resting
from channels.telegram.limits import CAPTION_CHARACTERS, LANE, REPLIES_BURST, REPLIES_PER_SECOND, REPLIES_PLACES
from content.message import Button, Message
from register.home import Home

log = structlog.get_logger(__name__)

# aiogram's warning of an update that it does not know prints the whole of it
warnings.filterwarnings("ignore", "Detected unknown update type", RuntimeWarning)

CHANNEL = "telegram"
_START = re.compile(r"/start(?:@\w+)?(?!\S)")
_GONE = {"kicked", "left"}


class _Gate(BaseRequestMiddleware):
    """Messages wait for the lane's pace; a 429 stops bulk and replies alike, then one more try."""

    def __init__(self, gate: ReplyGate, now: Callable[[], datetime]) -> None:
        self.gate, self._now = gate, now

    async def __call__(
        self, make_request: NextRequestMiddlewareType[Any], bot: Bot, method: TelegramMethod[Any]
    ) -> Response[Any]:
        if not isinstance(method, SendMessage | SendPhoto | SendVoice):
            return await make_request(bot, method)
        try:
            async with self.gate:
                return await make_request(bot, method)
        except TelegramRetryAfter as error:
            await self.gate.hold(self._now() + timedelta(seconds=error.retry_after))
        async with self.gate:
            return await make_request(bot, method)


@lru_cache(maxsize=1_024)
def keyboard(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    """One button a row: a thumb must not miss."""
    rows = [[InlineKeyboardButton(text=button.title, callback_data=button.id)] for button in buttons]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


class TelegramDoor:
    """The door between Telegram and bot.service for one lane."""

    def __init__(self, home: Home, *, lane: str = LANE, gate: ReplyGate | None = None) -> None:
        self._home, self._lane, self._files, self._turns = home, lane, Files(home, lane), Together(home)
        session = LineSession(api=TelegramAPIServer.from_base(home.settings.telegram_api_base))
        gate = gate or ReplyGate(home, lane, REPLIES_PER_SECOND, REPLIES_BURST, REPLIES_PLACES)
        session.middleware(_Gate(gate, home.now))
        self.bot = Bot(home.settings.telegram_token.get_secret_value(), session=session)
        self._dispatcher = self._listen()

    async def feed(self, update: dict[str, Any], secrets: tuple[str, ...] = ()) -> None:
        """Handle one redacted update. ``secrets``: the kinds that were taken out of it."""
        if kept := unsaid(update):
            return await self._answer(int(kept[0]), kept[1])
        parsed = Update.model_validate(update, context={"bot": self.bot})
        await self._dispatcher.feed_update(self.bot, parsed, secrets=secrets, key=str(parsed.update_id))

    async def close(self) -> None:
        """Close the connection to Telegram."""
        await self.bot.session.close()

    def _listen(self) -> Dispatcher:
        """Handlers without filters: aiogram runs a filter that is not async on a thread of its own."""
        dispatcher = Dispatcher(disable_fsm=True)  # the inbox keeps one person's updates in order; the state is ours
        dispatcher.message.register(self._message)
        dispatcher.edited_message.register(self._edited)
        dispatcher.callback_query.register(self._pressed)
        dispatcher.my_chat_member.register(self._member)
        return dispatcher

    # --- What comes in --------------------------------------------------------------------------

    async def _message(self, message: TelegramMessage, secrets: tuple[str, ...], key: str) -> None:
        if message.chat.type != ChatType.PRIVATE:  # the bot says nothing in groups
            return
        text, contact = message.text or "", message.contact
        if _START.match(text):
            inp = Input("start", text=text, secrets=secrets)
        elif contact and message.from_user and contact.user_id == message.from_user.id:
            # a phone counts only when Telegram says that it is the sender's own
            inp = Input("contact", text=contact.phone_number)
        elif text:
            inp = Input("text", text=text, secrets=secrets)
        else:
            inp = Input("media", secrets=secrets)
        await self._turn(message.chat.id, key, inp)

    async def _edited(self, message: TelegramMessage, secrets: tuple[str, ...], key: str) -> None:
        """A text changed later is not a new turn, unless a secret was put into it."""
        if secrets and message.chat.type == ChatType.PRIVATE:
            await self._turn(message.chat.id, key, Input("text", secrets=secrets))

    async def _pressed(self, query: CallbackQuery, key: str) -> None:
        try:
            await query.answer()  # else the button turns on and on
        except AiogramError:
            pass  # too old to be answered, or Telegram is down; the press still counts
        await self._turn(query.from_user.id, key, Input("button", button=query.data or ""))

    async def _member(self, change: ChatMemberUpdated) -> None:
        """The user blocked the bot, or let it in again."""
        if change.chat.type == ChatType.PRIVATE:
            await self._set_blocked(str(change.chat.id), change.new_chat_member.status in _GONE)

    # --- What goes out --------------------------------------------------------------------------

    async def _turn(self, chat: int, key: str, inp: Input) -> None:
        await self._answer(chat, await self._turns.take(CHANNEL, self._lane, str(chat), inp, key))

    async def _answer(self, chat: int, messages: Sequence[Message]) -> None:
        """Send a turn's answers in order, until one is refused. NotYet: they may not go out for a while."""
        for number, message in enumerate(messages):
            try:
                await self._say(chat, message)
            except Resting as rest:
                raise not_yet(rest.until, str(chat), messages[number:]) from None
            except NotLeft:
                until = self._home.now() + timedelta(seconds=LINE_DOWN_S)
                raise not_yet(until, str(chat), messages[number:]) from None
            except TelegramForbiddenError:
                await self._set_blocked(str(chat), True)
                return
            except (AiogramError, OSError) as error:  # the turn is done: to do it again would move the guide twice
                log.warning("telegram.reply_not_sent", error=type(error).__name__)
                return

    async def _say(self, chat: int, message: Message) -> None:
        """The reading, where one was made, then the words with their buttons: under the picture, where they fit."""
        if path := voice_of(self._home, message):
            async with self._files.of(path) as file:
                await self._send_file(file, lambda given: self.bot.send_voice(chat, given))
        path, keys = picture_of(self._home, message.picture), keyboard(message.buttons)
        if path is None or len(message.text) > CAPTION_CHARACTERS:
            await self.bot.send_message(chat, message.text, reply_markup=keys)
            return
        async with self._files.of(path) as file:
            await self._send_file(
                file, lambda given: self.bot.send_photo(chat, given, caption=message.text, reply_markup=keys)
            )

    async def _send_file(self, file: File, send: Callable[[str | FSInputFile], Awaitable[TelegramMessage]]) -> None:
        """By the id from before; a file that Telegram does not know (any more) goes up, once."""
        if file.id:
            try:
                await send(file.id)
                return
            except TelegramBadRequest as error:
                if "file identifier" not in error.message:
                    raise
                await file.drop()
        sent = await send(FSInputFile(file.path))
        stored = sent.voice or (sent.photo[-1] if sent.photo else None)
        if stored:
            await file.keep(stored.file_id)

    async def _set_blocked(self, address: str, blocked: bool) -> None:
        home, now = self._home, self._home.now()
        await home.db.awrite(lambda s: service.set_blocked(s, home, CHANNEL, self._lane, address, blocked, now))
        log.info("telegram.blocked" if blocked else "telegram.unblocked")
