"""The staff's Telegram bot: counts, ticket numbers, approvals. No citizen's name, words or number.

    door = StaffDoor(home)
    await door.feed(update)
    await door.close()

/start CODE links an officer's chat · /so_lieu the ladder · /viec open tickets with "Nhận việc" ·
/duyet campaigns that wait for a second person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session, col, select
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import TelegramError
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot import tickets
from bot.staff.access import communes_of, link_chat, viewer_of_chat
from campaigns import drafts
from campaigns.states import CampaignState
from campaigns.tables import Campaign
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


def tickets_text(session: Session, communes: Sequence[str] | None, now: datetime) -> tuple[str, Buttons]:
    """Open tickets by number, kind and age; the words are read in the console."""
    waiting = [ticket for ticket in tickets.open_tickets(session, communes) if not ticket.taken_by]
    if not waiting:
        return "Không có việc nào đang chờ.", []
    lines, buttons = [f"Có {len(waiting)} việc đang chờ:"], []
    for ticket in waiting[:MAX_LISTED]:
        hours = int((now - ticket.opened_at).total_seconds() // 3600)
        lines.append(f"• Việc số {ticket.id}: {tickets.KINDS[ticket.kind]}, chờ {hours} giờ")
        buttons.append((f"ticket.take:{ticket.id}", f"Nhận việc số {ticket.id}"))
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


def act(session: Session, viewer: Viewer, communes: Sequence[str] | None, data: str, now: datetime) -> str:
    """A pressed button: take a ticket, or approve a campaign. Returns what to say."""
    action, number, mark = (*data.split(":"), "", "")[:3]
    if action == "ticket.take" and number.isdecimal():
        mine = {ticket.id for ticket in tickets.open_tickets(session, communes)}
        if int(number) not in mine:
            return f"Việc số {number} không còn mở, hoặc không thuộc địa bàn của bạn."
        tickets.take(session, int(number), viewer.login, now)
        return f"Bạn đã nhận việc số {number}. Hãy mở trang cán bộ để đọc và trả lời."
    if action == "campaign.approve" and number.isdecimal():
        campaign = session.get(Campaign, int(number))
        allowed = viewer.role in ("approver", "owner") and campaign is not None
        if not allowed or campaign is None or (communes is not None and campaign.commune not in communes):
            return "Bạn không duyệt được đợt này."
        drafts.approve(session, campaign, mark, viewer.login, now)
        return f"Đã duyệt đợt số {number}."
    return HELP


class StaffDoor:
    """The door between the staff's bot and the register."""

    def __init__(self, home: Home) -> None:
        self._home = home
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
            return tickets_text(session, communes, now)

        await self._say(chat, *await self._home.db.aread(look))

    async def _pressed(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query, chat, now = update.callback_query, _chat(update), self._home.now()
        assert query is not None
        await query.answer()

        def do(session: Session) -> str:
            viewer = viewer_of_chat(session, self._home, chat)
            return act(session, viewer, communes_of(session, viewer), query.data or "", now) if viewer else STRANGER

        try:
            said = await self._home.db.awrite(do)
        except Problem as problem:
            said = str(problem)
        await self._say(chat, said)

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
