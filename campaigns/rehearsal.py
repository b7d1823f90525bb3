"""Chạy thử: all that a launch would do, person by person, without doing it.

The people, the rules and the steps are those of the run (candidates, decide, steps); only the time is made up: who is
held is asked again when the hold ends, who got a message is due for the next step when it is, and no lane is faster
than it is. What nobody can know beforehand is left open: everybody is taken to be reached at the first try, and nobody
to answer or to get the account meanwhile. So reminders are counted at the most.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from heapq import heapify, heappop, heappush
from itertools import islice, zip_longest
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from campaigns.campaigns import Circumstances, circumstances
from campaigns.conditions import REACHED
from campaigns.engine.candidates import CONTACT_OF, candidates
from campaigns.engine.decide import NEED_PEOPLE, NEVER, Candidate, Hold, Moment, Send, decide, opens_at, wave_at
from campaigns.field.seats_ahead import SeatsAhead, seats_ahead
from campaigns.lots import arm_of
from campaigns.reach import reach_of
from campaigns.segments import members
from campaigns.steps import PASSED_OVER, due_after, texts_of
from campaigns.tables import Attempt, Campaign, Delivery
from campaigns.targets import targets
from channels import lanes
from channels.telegram.limits import BULK_PER_SECOND as TELEGRAM_PER_SECOND
from channels.zalo.limits import BULK_PER_SECOND as ZALO_PER_SECOND
from register.home import VIETNAM, Home
from register.tables import Contact, Person, PersonContact

PREVIEW_ROWS = 20  # people shown in a rehearsal, masked
PER_SECOND = {"zalo": ZALO_PER_SECOND, "zbs": ZALO_PER_SECOND, "telegram": TELEGRAM_PER_SECOND}
NEW_QUOTA = {"zbs": 500}  # messages a day that Zalo lets a new account send by phone (facts/channels §4.5); grows later
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Line:
    """What one step comes to for one person. ``state``: due (is sent ``at``), held (until ``at``) or skipped."""

    person: int
    step: int
    state: str
    reason: str = ""
    channel: str = ""
    at: datetime | None = None
    cost_vnd: int = 0
    variant: int = 0


@dataclass
class Rehearsal:
    """Counts of people by what the first message comes to, and what the later ones add.

    ``accepted``: would get it within the window.
    """

    segment: str
    planned: int = 0
    accepted: int = 0
    held: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    held_reasons: dict[str, int] = field(default_factory=dict)
    too_late: int = 0  # of the held: their time comes only after the window
    cost_vnd: int = 0  # of the first message, at the most
    cost_vnd_all_steps: int = 0  # if every reminder has to go out too
    price_unknown: list[str] = field(default_factory=list)  # channels whose price nobody has told yet
    by_channel: dict[str, int] = field(default_factory=dict)
    by_day: dict[str, int] = field(default_factory=dict)  # first messages
    by_hamlet: dict[str, dict[str, int]] = field(default_factory=dict)  # code ("": none) → accepted|held|visit|skipped
    steps: list[dict[str, Any]] = field(default_factory=list)  # {"step", "sent", "too_late", "depends", "cost_vnd"}
    calendar: dict[str, dict[str, int]] = field(default_factory=dict)  # day → channel → messages of all steps
    minutes: dict[str, dict[str, float]] = field(default_factory=dict)  # day → channel → how long its lane sends
    over_quota: dict[str, dict[str, int]] = field(default_factory=dict)  # day → channel → more than a new account may
    ways: dict[str, int] = field(default_factory=dict)  # people by each way they have; "none": by none
    variants: dict[str, int] = field(default_factory=dict)  # text of the first message → people
    targets: list[dict[str, Any]] = field(default_factory=list)  # see campaigns.targets
    rows: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {**self.__dict__, "failed": 0, "unknown": 0}


@dataclass
class _World:
    """What changes while the made-up time goes on: who was written to when, and until when each lane is busy."""

    there: Circumstances
    prices: Mapping[str, int]
    per_second: Mapping[str, float]
    hamlets: Mapping[int, str]
    to_person: dict[int, list[datetime]]
    to_contact: dict[int, list[datetime]]
    seats: SeatsAhead
    spent: int = 0
    free_at: dict[str, datetime] = field(default_factory=dict)

    def seen_at(self, candidate: Candidate, moment: Moment, *, seated: bool = True) -> Candidate:
        """The candidate as the query would find them at this moment."""
        local = moment.now.astimezone(VIETNAM)
        midnight = datetime.combine(local.date(), time(0), VIETNAM)

        def sent(times: Iterable[datetime]) -> tuple[int, int]:
            week = [at for at in times if at >= moment.now - WEEK]
            return sum(at >= midnight for at in week), len(week)

        changes: dict[str, Any] = {"place": 0, "wave_at": NEVER}
        if seated:
            hamlet = self.hamlets[candidate.person]
            place, begins = self.seats.place(candidate.person, hamlet, moment.step, moment.now)
            changes = {"place": place, "wave_at": begins or NEVER}
        if candidate.person in self.to_person:
            changes["person_today"], changes["person_week"] = sent(self.to_person[candidate.person])
        for channel in CONTACT_OF:
            times = self.to_contact.get(getattr(candidate, channel))
            if times:
                changes[f"{channel}_today"], changes[f"{channel}_week"] = sent(times)
        return replace(candidate, **changes)

    def verdict(self, candidate: Candidate, at: datetime, step: int, *, seated: bool = True) -> Line:
        """What the rules say of one person at one moment: a row of the plan."""
        moment = self.there.at(at, step, self.spent)
        found = self.seen_at(candidate, moment, seated=seated)
        decision, channel = decide(found, moment), found.by(moment.channels).channel
        line = Line(candidate.person, step, "due", "", channel, at, self.prices.get(channel, 0))
        line = replace(line, variant=self._variant(candidate.person, step))
        if isinstance(decision, Hold):
            return replace(line, state="held", reason=decision.reason, at=decision.until, cost_vnd=0)
        if not isinstance(decision, Send):
            return replace(line, state="skipped", reason=decision.reason, cost_vnd=0)
        return line

    def plan(self, candidate: Candidate, at: datetime, step: int) -> Line:
        """The row that the plan writes; who is not skipped waits for a place of a help session."""
        line = self.verdict(candidate, at, step, seated=False)  # places are shared out at the claim
        if line.state != "skipped":
            self.seats.wait(line.person, self.hamlets[line.person], step)
        return line

    def ask(self, candidate: Candidate, at: datetime, step: int) -> Line:
        """What the dispatcher does with a row that is due."""
        channel = candidate.by(self.there.channels).channel
        at = max(at, self.free_at.get(channel, at))  # those before them go first
        line, hamlet = self.verdict(candidate, at, step), self.hamlets[candidate.person]
        if line.state == "skipped":
            self.seats.left(line.person, hamlet, step)
        if line.state != "due":
            return line
        if channel in self.per_second:
            self.free_at[channel] = at + timedelta(seconds=1 / self.per_second[channel])
        self.to_person.setdefault(line.person, []).append(at)
        self.to_contact.setdefault(getattr(candidate, channel), []).append(at)
        self.spent += line.cost_vnd
        self.seats.sent(line.person, hamlet, step, self.seats.place(line.person, hamlet, step, at)[0])
        return line

    def _variant(self, person: int, step: int) -> int:
        texts = len(texts_of(self.there.campaign.steps[step - 1]))
        return arm_of(person, self.there.campaign.lot, texts) if texts > 1 else 0


def lines(
    session: Session, home: Home, campaign: Campaign, now: datetime, per_second: Mapping[str, float] | None = None
) -> list[Line]:
    """What each step comes to for each person, in the order in which it happens.

    ``per_second``: the pace of each channel's lane; {} for lanes that take no time.
    """
    there = circumstances(session, home, campaign, now)
    first = there.at(now)
    found = session.execute(select(candidates(campaign, first, members(campaign, now)))).mappings()
    people = {row["person"]: Candidate(**row) for row in found}
    here = select(col(Person.id)).where(col(Person.commune) == campaign.commune)
    world = _World(
        there,
        lanes.prices(session),
        PER_SECOND if per_second is None else per_second,
        {number: hamlet or "" for number, hamlet in session.execute(here.add_columns(col(Person.hamlet)))},
        *_written(session, here, now),
        seats_ahead(session, campaign, lambda begins: opens_at(wave_at(begins), *there.hours)),
        spent=there.spent,
    )
    for person in people:  # a launch shares the places out among all who are not skipped
        if world.verdict(people[person], now, 1, seated=False).state != "skipped":
            world.seats.wait(person, world.hamlets[person], 1)
    world.seats.asked()
    # (due, whether it is planned, planned at, person, step): the order in which the run plans, and then claims
    waiting = [(now, False, now, person, 1) for person in people]
    heapify(waiting)
    came_to: list[Line] = []
    last = now
    while waiting:
        at, is_planned, planned, person, step = heappop(waiting)
        if is_planned or at != last:
            world.seats.asked()
        last = at
        if is_planned:
            line = world.ask(people[person], at, step)
        elif step == 1:
            line = world.verdict(people[person], at, step)
        else:
            line = world.plan(people[person], at, step)
        again = line.state == "due" and not is_planned
        if line.state == "held" and line.reason not in NEED_PEOPLE and line.at is not None:
            again = line.at < first.ends_at
        if again and line.at is not None:
            heappush(waiting, (line.at, True, planned, person, step))
            continue
        came_to.append(line)
        goes_on = line.state == "due" or line.reason in PASSED_OVER
        if goes_on and line.at is not None and step < len(campaign.steps):
            due = due_after(campaign, step + 1, line.at)
            if due is None:
                came_to.append(Line(person, step + 1, "skipped", "too_late", line.channel))
            else:
                heappush(waiting, (due, False, due, person, step + 1))
    return came_to


def _written(session: Session, here: Any, now: datetime) -> tuple[dict[int, list[datetime]], dict[int, list[datetime]]]:
    """When campaigns wrote in the last week: by person, and by contact."""
    to_person: dict[int, list[datetime]] = defaultdict(list)
    to_contact: dict[int, list[datetime]] = defaultdict(list)
    theirs = select(col(PersonContact.contact)).where(col(PersonContact.person).in_(here))
    query = (
        select(col(Delivery.person), col(Delivery.contact), col(Attempt.at))
        .join(Delivery, col(Delivery.id) == Attempt.delivery)
        .where(col(Attempt.result).in_(REACHED), col(Attempt.at) >= now - WEEK)
        .where(col(Delivery.person).in_(here) | col(Delivery.contact).in_(theirs))
    )
    for person, contact, at in session.execute(query):
        to_person[person].append(at)
        if contact is not None:
            to_contact[contact].append(at)
    nudges = (
        select(col(PersonContact.person), col(Contact.id), col(Contact.nudged_at))
        .join(Contact, col(Contact.id) == PersonContact.contact)
        .where(col(PersonContact.person).in_(here), col(Contact.nudged_at) >= now - WEEK)
    )
    nudged = {}  # the bot's one reminder counts like a campaign's message
    for person, contact, at in session.execute(nudges):
        to_person[person].append(at)
        nudged[contact] = at
    for contact, at in nudged.items():
        to_contact[contact].append(at)
    return dict(to_person), dict(to_contact)


def rehearse(session: Session, home: Home, campaign: Campaign, now: datetime) -> Rehearsal:
    """All that a launch would do now. Prices are those that the lanes were last told by the providers' templates."""
    rehearsal = summed(session, campaign, lines(session, home, campaign, now), lanes.prices(session))
    rehearsal.ways = reach_of(session, campaign, now)
    return rehearsal


def summed(session: Session, campaign: Campaign, came_to: Iterable[Line], prices: Mapping[str, int]) -> Rehearsal:
    """The lines as numbers, a calendar and a few examples."""
    rehearsal = Rehearsal(campaign.segment)
    where = select(col(Person.id), col(Person.hamlet)).where(col(Person.commune) == campaign.commune)
    hamlets = dict(session.execute(where).all())
    days, calendar = Counter[str](), defaultdict[str, Counter[str]](Counter)
    numbers = range(1, len(campaign.steps) + 1)
    steps = [{"step": n, "sent": 0, "too_late": 0, "depends": 0, "cost_vnd": 0} for n in numbers]
    of_kind: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    texts = texts_of(campaign.steps[0]) if campaign.steps else [""]
    for line in came_to:
        step = steps[line.step - 1]
        if line.state == "due":
            assert line.at is not None
            day = line.at.astimezone(VIETNAM).date().isoformat()
            calendar[day][line.channel] += 1
            step["sent"] += 1
            step["cost_vnd"] += line.cost_vnd
        elif line.reason == "too_late":
            step["too_late"] += 1
        elif line.reason in PASSED_OVER:
            step["depends"] += 1
        if line.step > 1:
            continue
        became = _count_first(rehearsal, line, texts)
        if line.state == "due":
            days[day] += 1
        there = rehearsal.by_hamlet.setdefault(hamlets.get(line.person) or "", {})
        there[became] = there.get(became, 0) + 1
        alike = of_kind.setdefault((line.state, line.reason, line.channel), [])
        if len(alike) < PREVIEW_ROWS:
            alike.append({k: getattr(line, k) for k in ("person", "state", "reason", "channel")})
    # one of each kind, then the second of each kind, and so on: a few rows tell everything that will happen
    mixed = (row for turn in zip_longest(*of_kind.values()) for row in turn if row is not None)
    rehearsal.rows = list(islice(mixed, PREVIEW_ROWS))
    rehearsal.by_day = dict(sorted(days.items()))
    rehearsal.calendar = {day: dict(sorted(calendar[day].items())) for day in sorted(calendar)}
    rehearsal.minutes = {
        day: {c: round(n / PER_SECOND[c] / 60, 1) for c, n in sent.items() if c in PER_SECOND}
        for day, sent in rehearsal.calendar.items()
    }
    over = {
        day: {c: n - NEW_QUOTA[c] for c, n in sent.items() if n > NEW_QUOTA.get(c, n)}
        for day, sent in rehearsal.calendar.items()
    }
    rehearsal.over_quota = {day: more for day, more in over.items() if more}
    rehearsal.steps = steps
    rehearsal.cost_vnd = steps[0]["cost_vnd"] if steps else 0
    rehearsal.cost_vnd_all_steps = sum(step["cost_vnd"] for step in steps)
    rehearsal.price_unknown = [c for c in rehearsal.by_channel if c != "visit" and c not in prices]
    rehearsal.targets = targets(
        session, campaign, rehearsal.accepted + rehearsal.held + rehearsal.skipped.get("visit", 0)
    )
    return rehearsal


def _count_first(rehearsal: Rehearsal, line: Line, texts: list[str]) -> str:
    """Count one first message. Returns accepted | held | visit | skipped."""
    rehearsal.planned += 1
    if line.channel:
        rehearsal.by_channel[line.channel] = rehearsal.by_channel.get(line.channel, 0) + 1
    if line.state == "skipped":
        rehearsal.skipped[line.reason] = rehearsal.skipped.get(line.reason, 0) + 1
        return "visit" if line.reason == "visit" else "skipped"
    if line.state == "held":
        rehearsal.held += 1
        rehearsal.held_reasons[line.reason] = rehearsal.held_reasons.get(line.reason, 0) + 1
        rehearsal.too_late += line.reason not in NEED_PEOPLE
        return "held"
    rehearsal.accepted += 1
    text = texts[line.variant % len(texts)]
    rehearsal.variants[text] = rehearsal.variants.get(text, 0) + 1
    return "accepted"
