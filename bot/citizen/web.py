"""The web chat: what a browser posts, through the bot, and what its page shows. No provider and no login.

    door = WebDoor(home)
    await door.turn("22945", token, Input("text", text="xong"), key)
    chat = await door.look("22945", token)            # what the page shows
    await door.forget("22945", token)

Nobody else keeps what was said, so we do: the last lines, redacted, sealed, in the conversation's own row, which
goes when the conversation goes. A chat is known by a hash of the browser's token; the token itself is nowhere here.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot import service, tickets
from bot.recording import SEALED_AS
from bot.state import Input
from bot.tables import Conversation, Ticket
from bot.understanding import classify
from channels.outcome import Accepted, Outcome, Refused
from content.guard import guard
from content.library import library
from content.message import Message
from register import contacts
from register.arrivals import forget_arrivals, note_arrival
from register.home import Home
from register.people import contact_lookup
from register.tables import Contact

CHANNEL = "web"
LANE = "web:main"
KEPT_LINES = 40  # the page of an old phone must stay light
KEPT_TURNS = 8  # keys of the last forms: a second tap, a page loaded again
MAX_CHARS = 1_000  # of one typed line


@dataclass(frozen=True)
class Line:
    """One line of the page. ``who``: citizen | bot; the rest as in content.message."""

    number: int
    who: str
    text: str
    at: str  # ISO 8601, UTC
    buttons: tuple[tuple[str, str], ...] = ()
    voice: bool = False
    picture: str = ""
    reading: str = ""
    language: str = ""

    @property
    def message(self) -> Message:
        """What is heard with it."""
        return Message(self.text, (), self.voice, self.picture, self.reading, self.language)


@dataclass(frozen=True)
class Chat:
    """What the page shows. ``said``: lines since the beginning, also those that are no longer kept."""

    said: int = 0
    lines: tuple[Line, ...] = ()
    turns: tuple[str, ...] = field(default=(), repr=False)

    def add(self, who: str, text: str, now: datetime, message: Message | None = None) -> Chat:
        """The chat with one line more."""
        line = Line(self.said + 1, who, text, now.isoformat())
        if message is not None:
            buttons = tuple((button.id, button.title) for button in message.buttons)
            line = Line(
                line.number, who, text, line.at, buttons,
                message.voice, message.picture, message.reading, message.language,
            )  # fmt: skip
        return Chat(line.number, (*self.lines, line)[-KEPT_LINES:], self.turns)

    def answered(self, messages: list[Message], now: datetime) -> Chat:
        """The chat with these answers."""
        chat = self
        for message in messages:
            chat = chat.add("bot", message.text, now, message)
        return chat


def address_of(commune: str, token: str) -> str:
    """The address of a browser's chat with a commune: nobody can post with it."""
    return hashlib.sha256(f"{commune}:{token}".encode()).hexdigest()


class WebDoor:
    """The door between browsers and bot.service."""

    def __init__(self, home: Home) -> None:
        self._home = home

    async def look(self, commune: str, token: str) -> Chat:
        """What was said so far. Reads only: whoever merely looks leaves no trace."""
        address = address_of(commune, token)
        return await self._home.db.aread(lambda session: _chat(self._home, _conversation(session, self._home, address)))

    async def turn(self, commune: str, token: str, inp: Input, key: str, came: str = "") -> bool:
        """One form that was sent: a text or a button. ``key``: the form's; the same again changes nothing.

        ``came``: what the page's address told of the way here (register.arrivals).
        Returns whether a linking code was tried in vain.
        """
        home, now, address = self._home, self._home.now(), address_of(commune, token)
        if inp.kind == "text":
            guarded = guard(inp.text[:MAX_CHARS])
            inp = Input("text", text=guarded.text, secrets=guarded.secrets)
            await asyncio.to_thread(classify, inp.text)  # the model is slow the first time: not on the writer

        def take(session: Session) -> bool:
            contact = service.contact_of(session, home, CHANNEL, LANE, address, now)
            before = session.get(Conversation, contact, with_for_update=True)
            chat, wrong = _chat(home, before), _wrong_codes(before)
            if key in chat.turns:
                return False
            note_arrival(session, contact, came, now)
            if not chat.said:  # as on every other channel, the bot greets first
                greeting = service.take_turn(session, home, contact, Input("start"), now, commune=commune)
                chat = chat.answered(greeting, now)
            said = inp.text if inp.kind == "text" else library().buttons.get(inp.button, "")
            chat = chat.add("citizen", said, now)
            chat = chat.answered(service.take_turn(session, home, contact, inp, now, commune=commune), now)
            chat = Chat(chat.said, chat.lines, (*chat.turns, key)[-KEPT_TURNS:])
            conversation = session.get_one(Conversation, contact)
            _keep(session, home, conversation, chat)
            return _wrong_codes(conversation) not in ([], wrong)

        return await home.db.awrite(take)

    async def forget(self, commune: str, token: str) -> None:
        """Everything that was said goes, and what it leads to. A stop that was asked for stays one."""
        home, now, address = self._home, self._home.now(), address_of(commune, token)

        def take(session: Session) -> None:
            conversation = _conversation(session, home, address)
            if conversation is None:
                return
            contact = session.get_one(Contact, conversation.contact)
            number = conversation.contact
            for person, link in service.linked_persons(session, number):
                if contact.stopped_at is None and link.stopped_at is None:
                    contacts.unlink(session, person.id or 0, number)
            tickets.forget(session, number)
            forget_arrivals(session, number)
            nobody = select(Ticket).where(
                Ticket.contact == number, col(Ticket.person).is_(None), col(Ticket.closed_at).is_(None)
            )
            for ticket in session.exec(nobody):  # nobody is left whom an officer could answer
                tickets.close(session, ticket.id or 0, "system", now)
            session.delete(conversation)
            contact.sealed, contact.last_inbound_at, contact.busy_until = None, None, None
            session.add(contact)
            session.flush()

        await home.db.awrite(take)


class WebSender:
    """An officer's answer, written onto the page. No campaign goes this way: nobody looks at it by themselves."""

    channel, lane = CHANNEL, LANE

    def __init__(self, home: Home) -> None:
        self._home = home

    async def send(self, address: str, message: Message, params: dict[str, str] | None = None) -> Outcome:
        home, now = self._home, self._home.now()

        def take(session: Session) -> Outcome:
            conversation = _conversation(session, home, address)
            if conversation is None or conversation.sealed is None:
                return Refused("recipient", "chat_deleted")
            chat = _chat(home, conversation).answered([message], now)
            _keep(session, home, conversation, chat)
            return Accepted(str(chat.said))

        return await home.db.awrite(take)

    async def price(self) -> int | None:
        return 0


def _conversation(session: Session, home: Home, address: str) -> Conversation | None:
    """The conversation of this address; none is made."""
    lookup = contact_lookup(home.keys, LANE, address)
    query = select(Conversation).join(Contact, col(Contact.id) == col(Conversation.contact))
    return session.exec(query.where(Contact.lane == LANE, Contact.lookup == lookup)).first()


def _chat(home: Home, conversation: Conversation | None) -> Chat:
    raw = home.keys.open(conversation.sealed, SEALED_AS) if conversation and conversation.sealed else {}
    if "lines" not in raw:
        return Chat()
    lines = (Line(**{**line, "buttons": tuple(map(tuple, line["buttons"]))}) for line in raw["lines"])
    return Chat(raw["said"], tuple(lines), tuple(raw["turns"]))


def _keep(session: Session, home: Home, conversation: Conversation, chat: Chat) -> None:
    beside = home.keys.open(conversation.sealed, SEALED_AS) if conversation.sealed else {}  # what bot.recording keeps
    conversation.sealed = home.keys.seal(beside | asdict(chat), SEALED_AS)
    session.add(conversation)
    session.flush()


def _wrong_codes(conversation: Conversation | None) -> list[Any]:
    return conversation.state.get("wrong_codes", []) if conversation else []
