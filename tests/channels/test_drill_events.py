"""Ten thousand webhook events, one in ten twice, one in ten out of order, `tungnha serve` killed five times.

Every citizen waits for an officer and writes; each line must stand on the ticket once. Some of them then say
that they made it; each fact must stand in the register once. What was answered with 200 may not be lost; an
answer may be missing after a kill, and never comes twice. The pace of answers (24/s on Zalo, 4/s on Telegram)
is lifted here: what is measured is the work.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from bot import tickets
from bot.engine import turn
from bot.events import TicketNote
from bot.state import Input, State
from bot.tables import Ticket
from channels.sandbox.postman import ZALO_LADDER
from register import contacts
from register.tables import Contact, Fact

pytestmark = pytest.mark.slow

EVENTS, KILLS, PER_SECOND = 10_000, 5, 200
CITIZENS = 400
DEADLINE_S = 2.0  # Zalo waits no longer; the target of 250 ms is printed, it depends on the machine
MADE_IT = 100  # of them are linked and say so at the end
SAID_AT_THE_END = ("tôi làm xong rồi", "đã thành công", "mới làm đợt này")
ZALO_IN_TEN = 8  # the rest is on Telegram
FAST = """
import bot.citizen.telegram, bot.citizen.zalo
for module in (bot.citizen.telegram, bot.citizen.zalo): module.REPLIES_PER_SECOND = 1e6
bot.citizen.telegram.REPLIES_PLACES = None
"""


def words_to_note() -> list[str]:
    """Lines that a waiting citizen may write and the bot does no more with than note them."""
    lines = [f"xin ghi thêm dòng {number}" for number in range(10, 100)]
    waiting, now = State(at="human"), datetime(2026, 11, 23, tzinfo=UTC)
    noted = [line for line in lines if turn(waiting, Input("text", text=line), now).events == (TicketNote(line),)]
    assert len(noted) >= EVENTS // CITIZENS
    return noted


async def test_everything_changes_exactly_once(processes, add_person):
    home, sandbox, clock = processes.home, processes.sandbox, processes.clock
    sandbox.world.limits = False
    post, notes = sandbox.postman, words_to_note()
    people = home.db.write(lambda s: [add_person(s, home, n) for n in range(MADE_IT)])
    codes = home.db.write(lambda s: [contacts.make_link_code(s, home, person, home.now()) for person in people])
    uids = [
        sandbox.add_user("zalo" if n % 10 < ZALO_IN_TEN else "telegram", f"N{n}", phone=None) for n in range(CITIZENS)
    ]
    serve = await processes.start(patch=FAST, public_url=processes.url)
    await processes.until(lambda: sandbox.zalo.app.hook and sandbox.telegram.bots["main"].hook)

    def say(uid: str, text: str) -> None:
        sandbox.type_text(uid, text)

    async def settled() -> None:
        await sandbox.quiet()
        await processes.until(lambda: processes.waiting() == 0, 600)
        await sandbox.quiet()

    # everybody arrives; some link themselves and say who holds the phone; all ask for a person
    for number, uid in enumerate(uids):
        sandbox.follow(uid) if sandbox.world.user(uid).channel == "zalo" else sandbox.telegram_start(uid)
        if number < MADE_IT:
            say(uid, codes[number])
            say(uid, "tôi tự làm")
        say(uid, "cho tôi gặp cán bộ")
    await settled()
    with home.db.read() as session:
        before = {t.contact: len(tickets.notes_of(home, t)) for t in session.exec(select(Ticket))}
    assert len(before) == CITIZENS
    answered = Counter(line["to"] for line in sandbox.arrivals())

    # the load: one in ten twice, one in ten out of order, at 200 a second, with five kills
    sandbox.events(repeat_every=10, late_every=10)
    post.took.clear()
    began, sent, killed, lines = time.perf_counter(), 0, 0, Counter[str]()
    while sent < EVENTS:
        while sent < EVENTS and sent < (time.perf_counter() - began) * PER_SECOND:
            uid = uids[sent % CITIZENS]
            lines[uid] += 1
            say(uid, notes[lines[uid] - 1])
            sent += 1
        await asyncio.sleep(0.01)
        if killed < KILLS and sent >= (killed + 1) * EVENTS // (KILLS + 1):
            await processes.end(serve)
            killed, paused = killed + 1, time.perf_counter()
            serve = await processes.start(patch=FAST, public_url=processes.url)
            clock.advance(ZALO_LADDER[min(killed - 1, 2)])  # what met a closed door comes again
            post.retry_due()
            began += time.perf_counter() - paused  # the load goes on at its pace, it does not catch up
    took, answers = time.perf_counter() - began, sorted(post.took)
    for _ in ZALO_LADDER:
        clock.advance(ZALO_LADDER[2])
        await sandbox.quiet()
    handled_from = time.perf_counter()
    await settled()
    sandbox.events()

    p50, p99 = (answers[int(len(answers) * part)] for part in (0.5, 0.99))
    print(
        f"\n{home.db.engine.dialect.name}: {sent / took:.0f} citizens' events/s, {len(answers) / took:.0f} with Zalo's "
        f"receipts and echoes; answered in p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms (target 250); "
        f"handled {time.perf_counter() - handled_from:.0f} s after the last"
    )
    with home.db.read() as session:
        by_contact = {contacts.address_of(home, c): c.id for c in session.exec(select(Contact)) if c.sealed}
        found = {t.contact: tickets.notes_of(home, t) for t in session.exec(select(Ticket))}
    for uid, number in lines.items():
        texts = Counter(note.text for note in found[by_contact[uid]][before[by_contact[uid]] :])
        assert texts == Counter(notes[:number])
    replies = Counter(line["to"] for line in sandbox.arrivals()) - answered
    assert [uid for uid in uids if replies[uid] > lines[uid]] == []
    missing = sum(lines.values()) - sum(replies.values())
    print(f"missing answers after {KILLS} kills: {missing}, doubled: 0")
    assert missing <= KILLS * 40  # in flight: AT_ONCE of each channel, and what waits for a connection

    # the claims, with three kills more. On Telegram all at once: its order holds over a closed door. On Zalo nobody
    # promises an order (facts/channels §3.1), so people say the next thing when they were asked for it.
    sandbox.events(repeat_every=2)
    for turn_of_talk, text in enumerate(SAID_AT_THE_END):
        for number, uid in enumerate(uids[:MADE_IT]):
            if sandbox.world.user(uid).channel == "zalo":
                say(uid, text)
            elif turn_of_talk == 0:
                for line in SAID_AT_THE_END:
                    say(uid, line)
            if number == MADE_IT // 2:
                await processes.end(serve)
                serve = await processes.start(patch=FAST, public_url=processes.url)
        clock.advance(ZALO_LADDER[2])
        await settled()
    with home.db.read() as session:
        facts = session.exec(select(Fact).where(Fact.kind == "asxh_account", Fact.evidence == "self")).all()
    assert Counter(fact.person for fact in facts) == Counter(people)
    assert p99 < DEADLINE_S
