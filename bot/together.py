"""Turns of many chats in one commit: what waits when the writer is free is read, taken and written as a set.

    turns = Together(home)                                               # one of a door
    messages = await turns.take("telegram", "telegram:main", address, inp, key)

Each chat has at most one turn in a batch. The answers of a batch go
out after its commit, so that a crash leaves either all of a turn or nothing of it, as without batches. If one turn of
a batch fails, the batch is undone and each is taken alone: one chat's trouble is no other's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from bot import service
from bot.state import Input
from bot.understanding import model
from content.message import Message
from database import among, away
from register.contacts import add_contacts, contact_for, new_contact
from register.home import Home
from register.people import contact_lookup
from register.tables import Contact

BATCH = 64  # turns in one commit: more would keep other writers waiting


@dataclass
class _Turn:
    channel: str
    lane: str
    address: str
    inp: Input
    now: datetime
    event: str
    answer: asyncio.Future[list[Message]] = field(repr=False)


class Together:
    """The turns of one process's door."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._waiting: list[_Turn] = []
        self._working: asyncio.Task[None] | None = None
        self._learned = False

    async def take(self, channel: str, lane: str, address: str, inp: Input, event: str = "") -> list[Message]:
        """One turn of the chat at this address: what is to be sent back, in order (``service.take_turn``)."""
        if inp.kind == "text" and not self._learned:
            await asyncio.to_thread(model)  # read from its file the first time: not while the writer waits
            self._learned = True
        answer: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Turn(channel, lane, address, inp, self._home.now(), event, answer))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            batch = self._next()
            try:
                answers = await self._home.db.awrite(lambda session, some=batch: _take(session, self._home, some))  # type: ignore[misc]
            except Exception as error:
                await self._one_by_one(batch, error)
                continue
            for turn, messages in zip(batch, answers, strict=True):
                _tell(turn, messages)

    def _next(self) -> list[_Turn]:
        """The oldest turns, one of each chat."""
        batch: dict[tuple[str, str], _Turn] = {}
        for turn in self._waiting:
            if len(batch) < BATCH:
                batch.setdefault((turn.lane, turn.address), turn)
        taken = {id(turn) for turn in batch.values()}
        self._waiting = [turn for turn in self._waiting if id(turn) not in taken]
        return list(batch.values())

    async def _one_by_one(self, batch: Sequence[_Turn], error: Exception) -> None:
        if len(batch) == 1 or away(error):  # nobody's turn is wrong
            for turn in batch:
                _tell(turn, error)
            return
        for turn in batch:
            try:
                (messages,) = await self._home.db.awrite(lambda session, one=turn: _take(session, self._home, [one]))  # type: ignore[misc]
            except Exception as trouble:
                _tell(turn, trouble)
            else:
                _tell(turn, messages)


def _tell(turn: _Turn, outcome: list[Message] | Exception) -> None:
    if turn.answer.done():  # nobody waits any more
        return
    if isinstance(outcome, Exception):
        turn.answer.set_exception(outcome)
    else:
        turn.answer.set_result(outcome)


def _known(session: Session, keys: Sequence[tuple[str, bytes]]) -> dict[tuple[str, bytes], Contact]:
    here = select(Contact).where(col(Contact.lane).in_({lane for lane, _ in keys}))
    rows = session.exec(here.where(among(session, col(Contact.lookup), [lookup for _, lookup in keys]))).all()
    return {(row.lane, row.lookup): row for row in rows}


def _take(session: Session, home: Home, batch: Sequence[_Turn]) -> list[list[Message]]:
    keys = [(turn.lane, contact_lookup(home.keys, turn.lane, turn.address)) for turn in batch]
    known = _known(session, keys)
    new = [turn for turn, key in zip(batch, keys, strict=True) if key not in known]
    if new:
        add_contacts(session, [new_contact(home, one.channel, one.lane, one.address, one.now) for one in new])
        known = _known(session, keys)
    numbers = []
    for turn, key in zip(batch, keys, strict=True):
        contact = known[key]
        if contact.sealed is None:  # one that withdrew, and comes back
            contact = contact_for(session, home, turn.channel, turn.lane, turn.address, turn.now)
        numbers.append(contact.id or 0)
    read = service.read_for(session, numbers)
    return [
        service.take_turn(session, home, number, turn.inp, turn.now, turn.event, read=read)
        for turn, number in zip(batch, numbers, strict=True)
    ]
