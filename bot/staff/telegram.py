"""The staff's Telegram bot: counts, ticket numbers, approvals. No citizen's name, words or number.

    door = StaffDoor(home, senders)       # senders: what is ordered for a citizen is told in their own chat
    await door.feed(update)
    await door.close()

/start CODE links an officer's chat · /so_lieu the ladder · /viec open tickets with "Nhận việc", then a visit or a
place in a session ordered for one's own · /duyet campaigns that wait for a second person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session, col, select
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import TelegramError
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot import tickets
from bot.orders import Told
from bot.staff import ordering
from bot.staff.access import communes_of, link_chat, viewer_of_chat
from campaigns import drafts
from campaigns.states import CampaignState
from campaigns.tables import Campaign
from channels.outcome import Accepted
from channels.senders import Sender
from register.errors import Problem
from register.home import Home
from register.ladder import ladder
from register.staff import Viewer
from register.tables import Person, Unit

log = structlog.get_logger(__name__)

POLL_S = 25  # a long poll
REST_S = 5.0  # after an error
MAX_LISTED = 8  # tickets or communes in one message
STRANGER = "Cuộc chat này chưa gắn với cán bộ nào. Hãy lấy mã trong trang cán bộ, rồi gửi: /start MÃ"
HELP = "Các lệnh: /so_lieu tiến độ · /viec việc đang chờ · /duyet đợt chờ duyệt"
DOERS = ("officer", "approver", "owner")  # the province looks
Buttons = list[tuple[str, str]]


def counts_text(session: Session, communes: Sequence[str] | None) -> str:
    """The ladder of each commune: yes, no and unknown, with the number they add up to."""
    if communes is None:
        communes = session.exec(select(Person.commune).distinct().order_by(col(Person.commune))).all()
    parts = []
    for commune in communes[:MAX_LISTED]:
        lines = [session.get_one(Unit, commune).name]
        for rung in ladder(session, commune):
            lines.append(f"• {rung.label}: {rung.yes}/{rung.people} có, {rung.no} chưa, {rung.unknown} chưa rõ")
        parts.append("\n".join(lines))
    more = f"\n\nCòn {len(communes) - MAX_LISTED} xã, phường: xem trong trang cán bộ."
    return "\n\n".join(parts) + (more if len(communes) > MAX_LISTED else "") or "Chưa có danh sách nào."


def tickets_text(
    session: Session, viewer: Viewer, communes: Sequence[str] | None, now: datetime
) -> tuple[str, Buttons]:
    """Open tickets by number, kind and age, those that wait and one's own; the words are read in the console."""
    every = tickets.open_tickets(session, communes)
    waiting = [ticket for ticket in every if not ticket.taken_by]
    mine = [ticket for ticket in every if ticket.taken_by == viewer.login][:MAX_LISTED]
    lines = [f"Có {len(waiting)} việc đang chờ:" if waiting else "Không có việc nào đang chờ."]
    buttons = []
    for ticket in waiting[:MAX_LISTED]:
        hours = int((now - ticket.opened_at).total_seconds() // 3600)
        lines.append(f"• Việc số {ticket.id}: {tickets.KINDS[ticket.kind]}, chờ {hours} giờ")
        buttons.append((f"ticket.take:{ticket.id}", f"Nhận việc số {ticket.id}"))
    if mine:
        lines.append("Việc bạn đang giữ:")
    for ticket in mine:
        lines.append(f"• Việc số {ticket.id}: {tickets.KINDS[ticket.kind]}")
        buttons.append((f"ticket.take:{ticket.id}", f"Hẹn, giữ chỗ cho việc số {ticket.id}"))
    return "\n".join(lines), buttons


def approvals_text(session: Session, viewer: Viewer, communes: Sequence[str] | None) -> tuple[str, Buttons]:
    """Drafts that were handed in and that this approver may approve."""
    if viewer.role not in ("approver", "owner"):
        return "Chỉ người có vai trò duyệt mới duyệt được.", []
    query = select(Campaign).where(
        Campaign.state == CampaignState.DRAFT,
        col(Campaign.submitted_at).is_not(None),
        Campaign.author != viewer.login,
        Campaign.submitted_by != viewer.login,
    )
    if communes is not None:
        query = query.where(col(Campaign.commune).in_(communes))
    waiting = session.exec(query.order_by(col(Campaign.id)).limit(MAX_LISTED)).all()
    if not waiting:
        return "Không có đợt nào chờ duyệt.", []
    lines = [f"• Đợt số {d.id}: từ {d.starts_on:%d/%m/%Y} đến {d.ends_on:%d/%m/%Y}" for d in waiting]
    head = "Đợt chờ duyệt. Hãy xem chạy thử trong trang cán bộ trước khi duyệt."
    buttons = [(f"campaign.approve:{d.id}:{drafts.version(d)}", f"Duyệt đợt số {d.id}") for d in waiting]
    return "\n".join([head, *lines]), buttons


@dataclass(frozen=True, repr=False)
class Done:
    """What a pressed button did: what the officer is told, what may be pressed next, what the citizen is told."""

    text: str
    buttons: Buttons = field(default_factory=list)
    told: Told | None = None


def act(session: Session, home: Home, viewer: Viewer, communes: Sequence[str] | None, data: str, now: datetime) -> Done:
    """A pressed button: take a ticket, order something for it, or approve a campaign."""
    action, number, mark = (*data.split(":"), "", "")[:3]
    if action.startswith("ticket.") and number.isdecimal():
        mine = {ticket.id: ticket for ticket in tickets.open_tickets(session, communes)}
        ticket = mine.get(int(number))
        if ticket is None or viewer.role not in DOERS:
            return Done(f"Việc số {number} không còn mở, hoặc không thuộc địa bàn của bạn.")
        if action == "ticket.take":
            ticket = tickets.take(session, int(number), viewer.login, now)
            text = f"Bạn đã nhận việc số {number}. {ordering.CONSOLE}"
            return Done(text, ordering.choices(session, ticket, now))
        if ticket.taken_by != viewer.login:
            return Done(f"Hãy nhận việc số {number} trước đã.", [(f"ticket.take:{number}", f"Nhận việc số {number}")])
        if (action == "ticket.visit" and not mark) or (action == "ticket.place" and mark.isdecimal()):
            text, told = ordering.order(session, home, ticket, mark, viewer.login, now)
            return Done(text, told=told)
    if action == "campaign.approve" and number.isdecimal():
        campaign = session.get(Campaign, int(number))
        allowed = viewer.role in ("approver", "owner") and campaign is not None
        if not allowed or campaign is None or (communes is not None and campaign.commune not in communes):
            return Done("Bạn không duyệt được đợt này.")
        drafts.approve(session, campaign, mark, viewer.login, now)
        return Done(f"Đã duyệt đợt số {number}.")
    return Done(HELP)


class StaffDoor:
    """The door between the staff's bot and the register."""

    def __init__(self, home: Home, senders: Mapping[str, Sender] | None = None) -> None:
        self._home, self._senders = home, senders or {}
        base = home.settings.telegram_api_base.rstrip("/") + "/bot"
        token = home.settings.staff_telegram_token.get_secret_value()
        # PTB's updater is off: updates come from our own webhook or poll.
        self._app: Any = Application.builder().token(token).base_url(base).updater(None).build()
        self._app.add_handler(CommandHandler("start", self._start, filters.ChatType.PRIVATE))
        for command in ("so_lieu", "viec", "duyet"):
            self._app.add_handler(CommandHandler(command, self._ask, filters.ChatType.PRIVATE))
        self._app.add_handler(CallbackQueryHandler(self._pressed))
        self._app.add_handler(MessageHandler(filters.ChatType.PRIVATE & filters.TEXT, self._help))
        self._ready = False

    async def feed(self, update: dict[str, Any], secrets: tuple[str, ...] = ()) -> None:
        """Handle one update of the staff's bot."""
        await self._begin()
        parsed = Update.de_json(update, self._app.bot)
        if parsed:
            await self._app.process_update(parsed)

    async def run(self) -> None:
        """Ask Telegram for updates until cancelled: the staff's bot needs no public address."""
        offset, ours = 0, ["message", "callback_query"]
        while True:
            try:
                await self._begin()
                for update in await self._app.bot.get_updates(offset=offset, timeout=POLL_S, allowed_updates=ours):
                    offset = update.update_id + 1
                    await self._app.process_update(update)
            except TelegramError as error:
                log.warning("staff.poll_failed", error=type(error).__name__)
                await asyncio.sleep(REST_S)

    async def _begin(self) -> None:
        if not self._ready:
            await self._app.initialize()
            self._ready = True

    async def close(self) -> None:
        """Close the connection to Telegram."""
        if self._ready:
            await self._app.shutdown()

    async def _start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        chat, now = _chat(update), self._home.now()
        code = context.args[0] if context.args else ""
        linked = bool(code) and await self._home.db.awrite(lambda s: link_chat(s, self._home, code, chat, now))
        known = linked or await self._home.db.aread(lambda s: viewer_of_chat(s, self._home, chat) is not None)
        await self._say(chat, f"Đã gắn với tài khoản cán bộ. {HELP}" if linked else HELP if known else STRANGER)

    async def _ask(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        text = (update.effective_message.text or "") if update.effective_message else ""
        chat, now = _chat(update), self._home.now()

        def look(session: Session) -> tuple[str, Buttons]:
            viewer = viewer_of_chat(session, self._home, chat)
            if viewer is None:
                return STRANGER, []
            communes = communes_of(session, viewer)
            if text.startswith("/so_lieu"):
                return counts_text(session, communes), []
            if text.startswith("/duyet"):
                return approvals_text(session, viewer, communes)
            return tickets_text(session, viewer, communes, now)

        await self._say(chat, *await self._home.db.aread(look))

    async def _pressed(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query, chat, now = update.callback_query, _chat(update), self._home.now()
        assert query is not None
        await query.answer()

        def do(session: Session) -> Done:
            viewer = viewer_of_chat(session, self._home, chat)
            if viewer is None:
                return Done(STRANGER)
            return act(session, self._home, viewer, communes_of(session, viewer), query.data or "", now)

        try:
            done = await self._home.db.awrite(do)
        except Problem as problem:
            done = Done(str(problem))
        text = done.text
        if done.told:
            text += " Đã báo cho người dân." if await self._tell(done.told) else " Chưa báo được cho người dân."
        await self._say(chat, text, done.buttons)

    async def _tell(self, told: Told) -> bool:
        """Into the citizen's own chat. Whether it arrived."""
        sender = self._senders.get(told.lane)
        if sender is None or not told.address:
            return False
        return isinstance(await sender.send(told.address, told.message), Accepted)

    async def _help(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        chat = _chat(update)
        known = await self._home.db.aread(lambda s: viewer_of_chat(s, self._home, chat) is not None)
        await self._say(chat, HELP if known else STRANGER)

    async def _say(self, chat: int, text: str, buttons: Buttons | None = None) -> None:
        rows = [[InlineKeyboardButton(title, callback_data=data)] for data, title in buttons or []]
        await self._app.bot.send_message(chat, text, reply_markup=InlineKeyboardMarkup(rows) if rows else None)


def _chat(update: Update) -> int:
    assert update.effective_chat is not None
    return update.effective_chat.id
