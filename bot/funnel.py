"""Dừng ở đâu: how far the people of a commune have come in the chat, what held them up, and who is stuck now.

A chat counts once, under the first of its people; chats that lead to nobody are in no commune. What is known is where
each chat stands now (a chat that went back stands where it went back to), so a step's figure says: at least so far.
Where a chat stood is forgotten after ``keep_chats_days``; what people reached stands in facts and results.

How long a step takes is the median over those who went beyond it, from coming to going on, nights and days included
(bot.stages): an hour at the counter and a week of putting it off are both what people live through. Whoever is still
there has no such time and is counted beside it, as are those who were at it on more than one day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from bot.stages import BEGUN, CHECK, CLAIMED, STAYS, Stay, stage_of, stages, stays_of
from bot.state import State
from bot.tables import Conversation, Ticket
from bot.talking import MAIN
from bot.tickets import KINDS
from campaigns.field.visits import OUTCOMES, TO_GO
from campaigns.reports.small_cells import SMALLEST_SHOWN
from campaigns.tables import Visit
from content.library import library
from register.ladder import NO_HAMLET
from register.tables import Contact, Fact, Person, PersonContact, Standing
from register.units import hamlets_of

STEPS = {  # of the main guide, in so many words
    "open": "Mở VNeID, đăng nhập",
    "menu": "Ô “An sinh xã hội”",
    "account": "Tài khoản hưởng An sinh xã hội",
    "passcode": "Gõ passcode",
    "bank": "Chọn ngân hàng",
    "number": "Tự gõ số tài khoản",
    "consent": "Đọc và đồng ý",
    "send": "Gửi yêu cầu",
}
STUCK_AFTER = timedelta(days=1)  # since the last word: by then the bot has reminded once
OF_LATE = timedelta(days=30)  # problems of so long
COMMONEST = 8
FEWEST_TIMES = SMALLEST_SHOWN  # of people behind a median
BANDS = ((0, 59, "Dưới 60 tuổi"), (60, 69, "60–69 tuổi"), (70, 79, "70–79 tuổi"), (80, 200, "Từ 80 tuổi"))
NO_AGE = "Chưa rõ năm sinh"
AT_HOME = ("no_phone", "wrong_data", "refused", "absent")  # outcomes of visits that say what was in the way


@dataclass(frozen=True)
class Talk:
    """Where one chat stands: ``stage`` an index into ``stages()``."""

    person: int
    stage: int
    problem: str  # the guide of the problem in hand; "": none
    stopped: bool
    stuck: bool
    days: float  # since the last word
    channel: str
    hamlet: str
    band: str
    stays: dict[str, Stay]


@dataclass(frozen=True)
class Stage:
    """One step. ``reached``: chats that came at least so far; ``here``: stand there now; ``stuck``: of those, without a
    word for more than a day, or said so; ``days``: the median of how long those who stand here have been silent;
    ``problem``: what most of those who stand here have in hand. ``took``: the median of seconds from coming here to
    going on, over ``went_on`` people, None where they are too few; ``other_day``: who was here on more than one day.
    """

    name: str
    label: str
    reached: int
    here: int
    stuck: int
    days: float | None
    problem: str
    took: float | None
    went_on: int
    other_day: int


@dataclass(frozen=True)
class Part:
    """A channel, a hamlet or an age band. Counts of chats."""

    label: str
    begun: int
    checked: int
    claimed: int
    stuck: int


@dataclass(frozen=True)
class Funnel:
    """``days``: the median from linking a chat to saying "done". ``stuck``: the persons, longest silence first."""

    chats: int
    stages: list[Stage]
    channels: list[Part]
    hamlets: list[Part]
    bands: list[Part]
    problems: list[tuple[str, int]]
    days: float | None
    stuck: list[int]


def label_of(stage: str) -> str:
    """A stage as people read it."""
    ends = {BEGUN: "Đã vào trò chuyện", CHECK: "Đã làm hết các bước, đang kiểm tra", CLAIMED: "Đã báo làm xong"}
    return ends.get(stage) or STEPS.get(stage, stage)


def funnel(session: Session, commune: str, now: datetime) -> Funnel:
    """The commune's chats as they stand now. At most so many as there are people: read at once."""
    talks = _talks(session, commune, now)
    names = {unit.code: unit.name for unit in hamlets_of(session, commune)}
    silent = sorted((talk for talk in talks if talk.stuck), key=lambda talk: -talk.days)
    return Funnel(
        chats=len(talks),
        stages=[_stage(number, name, talks) for number, name in enumerate(stages())],
        channels=_parts(talks, lambda talk: talk.channel),
        hamlets=_parts(talks, lambda talk: talk.hamlet, names | {"": NO_HAMLET}),
        bands=_parts(talks, lambda talk: talk.band, {label: label for *_, label in BANDS} | {NO_AGE: NO_AGE}),
        problems=_problems(session, commune, talks, now),
        days=_days_to_done(session, commune),
        stuck=list(dict.fromkeys(talk.person for talk in silent)),
    )


def _talks(session: Session, commune: str, now: datetime) -> list[Talk]:
    first = (
        select(col(PersonContact.contact), func.min(PersonContact.person).label("person"))
        .join(Person, col(Person.id) == col(PersonContact.person))
        .where(col(Person.commune) == commune, col(Person.closed_at).is_(None))
        .group_by(col(PersonContact.contact))
        .subquery("first")
    )
    query: Any = (
        select(
            col(Conversation.state), col(Conversation.updated_at), col(Contact.channel), col(Contact.stuck_at),
            col(Contact.stopped_at), col(Person.id), col(Person.hamlet), col(Person.birth_year),
            col(Standing.asxh_account),
        )
        .join(first, first.c.contact == col(Conversation.contact))
        .join(Contact, col(Contact.id) == col(Conversation.contact))
        .join(Person, col(Person.id) == first.c.person)
        .outerjoin(Standing, col(Standing.person) == col(Person.id))
    )  # fmt: skip
    talks = []
    for kept, at, channel, stuck_at, stopped_at, person, hamlet, born, asxh in session.execute(query):
        state = State.of(kept)
        stage, stopped = stage_of(state), state.stopped or stopped_at is not None
        said_so = stuck_at is not None and stuck_at >= at - timedelta(minutes=1)
        on_the_way = stages()[stage] != CLAIMED and asxh != "yes" and not stopped and state.at != "mourning"
        stuck = on_the_way and (said_so or now - at >= STUCK_AFTER)
        problem = state.guide if state.at == "guide" and state.guide != MAIN else ""
        days, band = (now - at) / timedelta(days=1), _band(born, now)
        stays = stays_of(kept.get(STAYS, {}), state)
        talks.append(Talk(person, stage, problem, stopped, stuck, days, channel, hamlet or "", band, stays))
    return talks


def _band(born: int | None, now: datetime) -> str:
    age = now.year - born if born else -1
    return next((label for least, most, label in BANDS if least <= age <= most), NO_AGE)


def _stage(number: int, name: str, talks: Iterable[Talk]) -> Stage:
    reached = [talk for talk in talks if talk.stage >= number]
    here = [talk for talk in reached if talk.stage == number]
    problems = Counter(talk.problem for talk in here if talk.problem)
    commonest = next((title_of(problem) for problem, _ in problems.most_common(1)), "")
    days = round(median(talk.days for talk in here), 1) if here else None
    stays = [talk.stays[name] for talk in talks if name in talk.stays]
    times = [stay.seconds for stay in stays if stay.seconds is not None]
    took = median(times) if len(times) >= FEWEST_TIMES else None
    stuck, other_day = sum(talk.stuck for talk in here), sum(stay.other_day for stay in stays)
    return Stage(name, label_of(name), len(reached), len(here), stuck, days, commonest, took, len(times), other_day)


def _parts(talks: Iterable[Talk], key: Callable[[Talk], str], labels: dict[str, str] | None = None) -> list[Part]:
    """One line for each key that has chats, in the order of ``labels``, or the most chats first."""
    found: dict[str, list[Talk]] = defaultdict(list)
    for talk in talks:
        found[key(talk)].append(talk)
    order = list(labels) if labels else sorted(found, key=lambda name: -len(found[name]))
    steps, parts = stages(), []
    for name in order:
        if mine := found.get(name):
            checked = sum(talk.stage >= steps.index(CHECK) for talk in mine)
            claimed = sum(talk.stage >= steps.index(CLAIMED) for talk in mine)
            parts.append(
                Part((labels or {}).get(name, name), len(mine), checked, claimed, sum(talk.stuck for talk in mine))
            )
    return parts


def title_of(guide: str) -> str:
    """What a problem's guide is called."""
    return library().guides[guide].title if guide in library().guides else guide


def _problems(session: Session, commune: str, talks: Iterable[Talk], now: datetime) -> list[tuple[str, int]]:
    """The commonest of late, from chats, tickets and doors. One person may have met several."""
    since = now - OF_LATE
    met = Counter(title_of(talk.problem) for talk in talks if talk.problem and talk.days <= OF_LATE.days)
    tickets = select(col(Ticket.kind), func.count()).where(
        col(Ticket.commune) == commune, col(Ticket.opened_at) >= since
    )
    for kind, number in session.execute(tickets.group_by(col(Ticket.kind))):
        met[KINDS.get(kind, kind)] += number
    visits = select(col(Visit.outcome), func.count()).where(col(Visit.commune) == commune, col(Visit.at) >= since)
    visits = visits.where(col(Visit.outcome).in_(AT_HOME)).group_by(col(Visit.outcome))
    for outcome, number in session.execute(visits):
        met[f"Tại nhà: {OUTCOMES[outcome]}"] += number
    return met.most_common(COMMONEST)


def _days_to_done(session: Session, commune: str) -> float | None:
    """The median of days from linking a chat to the first "done" said in one; None before anybody did."""
    linked = (
        select(col(PersonContact.person), func.min(PersonContact.at).label("at"))
        .join(Contact, col(Contact.id) == col(PersonContact.contact))
        .join(Person, col(Person.id) == col(PersonContact.person))
        .where(col(Contact.channel) != "phone", col(Person.commune) == commune)
        .group_by(col(PersonContact.person))
        .subquery("linked")
    )
    said = select(linked.c.at, func.min(Fact.at)).join(Fact, col(Fact.person) == linked.c.person)
    said = said.where(col(Fact.kind) == "asxh_account", col(Fact.value) == "yes", col(Fact.evidence) == "self")
    days = [
        (done - at) / timedelta(days=1) for at, done in session.execute(said.group_by(linked.c.person, linked.c.at))
    ]
    return round(median(max(day, 0) for day in days), 1) if days else None


def not_yet_visited(session: Session, persons: list[int]) -> list[int]:
    """Those of them whom no visit list has yet."""
    listed = select(col(Visit.person)).where(col(Visit.person).in_(persons), col(Visit.outcome).in_(TO_GO))
    there = set(session.scalars(listed))
    return [person for person in persons if person not in there]


def hide_small(parts: list[Part]) -> list[Part | str]:
    """For a viewer outside the commune: lines of fewer than five chats are names only.

    Where one is hidden, so is the next smallest: it could be worked out from the whole.
    """
    small = {part.label for part in parts if part.begun < SMALLEST_SHOWN}
    rest = [part for part in parts if part.label not in small]
    if len(small) == 1 and rest:
        small.add(min(rest, key=lambda part: part.begun).label)
    return [part.label if part.label in small else part for part in parts]
