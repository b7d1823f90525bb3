"""Turns of many chats share a commit, and no chat pays for it: all or nothing of each turn, one reply an event."""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import select

from bot import service, together
from bot.state import Input, State
from bot.tables import Conversation
from bot.together import Together
from register.people import contact_lookup
from register.tables import Contact, Tombstone

START = Input("button", button="guide.start")
CHATS = 40


class Counting:
    """The database's writes, counted."""

    def __init__(self, home, monkeypatch):
        self.writes, submit = 0, home.db.submit

        def count(fn):
            self.writes += 1
            return submit(fn)

        monkeypatch.setattr(home.db, "submit", count)


def take(turns, chat, inp=START, event=""):
    return turns.take("telegram", "telegram:main", str(chat), inp, event)


def places(home):
    with home.db.read() as session:
        return [State.of(chat.state).place for chat in session.exec(select(Conversation))]


async def test_many_chats_share_few_commits_and_each_is_answered(home, monkeypatch):
    turns, counted = Together(home), Counting(home, monkeypatch)
    answers = await asyncio.gather(*(take(turns, chat) for chat in range(CHATS)))
    assert all([button.id for button in messages[-1].buttons][0] == "who.self" for messages in answers)  # noqa: RUF015
    assert counted.writes <= 3
    assert places(home) == ["who"] * CHATS


async def test_two_turns_of_one_chat_are_taken_one_after_the_other(home):
    turns = Together(home)
    first, second = await asyncio.gather(take(turns, 1), take(turns, 1, Input("button", button="who.self")))
    assert "ai đang cầm máy" in first[-1].text
    assert "Bước 1" in second[-1].text


async def test_of_new_chats_those_are_stopped_that_a_tombstone_names(home):
    stopped = contact_lookup(home.keys, "telegram:main", "7")
    home.db.write(lambda s: s.add(Tombstone(lookup=stopped, kind="stopped", at=home.now())))
    turns = Together(home)
    await asyncio.gather(*(take(turns, chat, Input("button", button="ask.fee")) for chat in range(6, 9)))
    with home.db.read() as session:
        chats = session.exec(select(Contact)).all()
    assert len(chats) == 3
    assert [chat.lookup for chat in chats if chat.stopped_at] == [stopped]


async def test_one_chats_trouble_is_no_others(home, monkeypatch):
    take_turn = service.take_turn

    def broken(session, home, contact, inp, *more, **named):
        if inp.text == "/start boom":
            raise RuntimeError
        return take_turn(session, home, contact, inp, *more, **named)

    monkeypatch.setattr(service, "take_turn", broken)
    turns = Together(home)
    inputs = [START, Input("start", text="/start boom"), START]
    answers = await asyncio.gather(*(take(turns, n, inp) for n, inp in enumerate(inputs)), return_exceptions=True)
    assert [isinstance(answer, RuntimeError) for answer in answers] == [False, True, False]
    assert places(home) == ["who", "who"]


async def test_a_death_before_the_commit_leaves_nothing_of_any_turn_and_after_it_nothing_is_said_twice(
    home, monkeypatch
):
    class Dead(BaseException):
        pass

    read_for = service.read_for

    def dies(session, contacts):
        read_for(session, contacts)
        raise Dead

    turns = Together(home)
    monkeypatch.setattr(together.service, "read_for", dies)
    asking = [asyncio.create_task(take(turns, chat, START, f"e{chat}")) for chat in range(3)]
    with pytest.raises(Dead):
        await turns_end(turns)
    assert places(home) == []
    for task in asking:
        task.cancel()
    monkeypatch.setattr(together.service, "read_for", read_for)
    again = Together(home)  # the next process: the inbox hands all three over
    assert all(await asyncio.gather(*(take(again, chat, START, f"e{chat}") for chat in range(3))))
    # it dies after its commit, before the answers left: the inbox hands them over once more
    third = Together(home)
    assert await asyncio.gather(*(take(third, chat, START, f"e{chat}") for chat in range(3))) == [[], [], []]


async def turns_end(turns):
    await asyncio.sleep(0)
    while turns._working is None:  # noqa: ASYNC110 — the first turn has to be heard
        await asyncio.sleep(0)
    await turns._working
