"""The candidates of a campaign as one query: what ``decide`` needs to know of each person.

The columns bear the names of ``decide.Candidate``; nothing in them is NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, case, cast, func, literal, select, true
from sqlmodel import Session, col

from campaigns.conditions import REACHED
from campaigns.engine.decide import MOMENT_TYPE, NEVER, Candidate, Moment
from campaigns.engine.turns import turn_at
from campaigns.field import seats
from campaigns.lots import percentile
from campaigns.segments import GOALS
from campaigns.tables import Attempt, Campaign, Delivery, Visit
from register.arrived import arrived
from register.asking import handed_over
from register.home import VIETNAM
from register.tables import Contact, Person, PersonContact, Standing

# channel → the kind of contact it needs, and whether that contact must have linked itself
CONTACT_OF = {"zalo": ("zalo", True), "telegram": ("telegram", True), "zbs": ("phone", False)}
LANE_OF = {"zalo": "zalo:main", "telegram": "telegram:main", "zbs": "zbs:main", "visit": "", "": ""}
Among = Callable[[Any], ColumnElement[bool]]  # of a column of person numbers: those whom the question is about


def _sent(key: Any, of: ColumnElement[bool], now: datetime, name: str) -> Subquery:
    """Campaign messages per ``key`` (person or contact, ``of`` these): today (VN) and in the last seven days."""
    local = now.astimezone(VIETNAM)
    midnight = datetime.combine(local.date(), time(0), VIETNAM)
    return (
        select(
            key.label("key"),
            func.sum(case((col(Attempt.at) >= midnight, 1), else_=0)).label("today"),
            func.count().label("week"),
        )
        .select_from(Attempt)
        .join(Delivery, col(Delivery.id) == Attempt.delivery)
        .where(col(Attempt.result).in_(REACHED), col(Attempt.at) >= now - timedelta(days=7), of)
        .group_by(key)
        .subquery(name)
    )


def _contacts(among: Among, moment: Moment) -> Subquery:
    """Per person: the newest usable contact of each channel, and whether any of them was stopped."""
    theirs = select(col(PersonContact.contact)).where(among(col(PersonContact.person)))
    sent = _sent(col(Delivery.contact), col(Delivery.contact).in_(theirs), moment.now, "sent_contact")
    columns: list[ColumnElement[Any]] = [
        func.max(
            case(
                (col(Contact.stopped_at).is_not(None) | col(PersonContact.stopped_at).is_not(None), 1),
                else_=0,
            )
        ).label("stopped"),
        func.max(func.coalesce(Contact.busy_until, literal(NEVER, MOMENT_TYPE))).label("busy_until"),
    ]
    if moment.only:
        columns += [
            func.max(func.coalesce(heard, literal(NEVER, MOMENT_TYPE))).label(name)
            for name, heard in (("heard_at", Contact.last_inbound_at), ("stuck_at", Contact.stuck_at))
        ]
    midnight = datetime.combine(moment.now.astimezone(VIETNAM).date(), time(0), VIETNAM)
    nudged = {  # the bot's one reminder counts like a campaign's message
        "today": case((col(Contact.nudged_at) >= midnight, 1), else_=0),
        "week": case((col(Contact.nudged_at) >= moment.now - timedelta(days=7), 1), else_=0),
    }
    columns += [func.sum(value).label(f"nudged_{name}") for name, value in nudged.items()]
    for channel, (kind, linked) in CONTACT_OF.items():
        usable = (col(Contact.channel) == kind) & col(Contact.blocked_at).is_(None)
        if linked:
            usable = usable & col(Contact.linked_at).is_not(None)
        warm = case((col(Contact.last_inbound_at).is_not(None), 1), else_=0) if linked else literal(0)
        week, today = func.coalesce(sent.c.week, 0) + nudged["week"], func.coalesce(sent.c.today, 0) + nudged["today"]
        told = _packed(cast(Contact.id, BigInteger), _byte(week), _byte(today), warm)
        columns.append(func.max(case((usable, told), else_=0)).label(channel))
    return (
        select(col(PersonContact.person).label("person"), *columns)
        .select_from(PersonContact)
        .join(Contact, col(Contact.id) == PersonContact.contact)
        .outerjoin(sent, sent.c.key == col(Contact.id))
        .where(among(col(PersonContact.person)))
        .group_by(col(PersonContact.person))
        .subquery("contacts")
    )


def _byte(number: Any) -> Any:
    return case((number > 255, 255), else_=number)


def _packed(contact: Any, week: Any, today: Any, warm: Any) -> Any:
    """All that is asked of a contact in one number, so that the newest contact's comes with it through one max()."""
    return ((contact * 256 + week) * 256 + today) * 2 + warm


def _unpacked(told: Any) -> dict[str, Any]:
    return {"": told // 131_072, "_week": told // 512 % 256, "_today": told // 2 % 256, "_warm": told % 2}


def _among(campaign: Campaign, persons: Sequence[int] | range | None) -> Among:
    if persons is None:
        here = select(col(Person.id)).where(col(Person.commune) == campaign.commune)
        return lambda column: column.in_(here)
    if isinstance(persons, range):
        return lambda column: column.between(persons.start, persons.stop - 1)
    return lambda column: column.in_(persons)


def candidates(
    campaign: Campaign, moment: Moment, who: ColumnElement[bool], persons: Sequence[int] | range | None = None
) -> Subquery:
    """Every person of the campaign's commune for whom ``who`` (over Person, Standing) holds.

    ``persons`` narrows it to these numbers, so that a batch at the claim, or a part of a large plan, reads its own
    rows and no others.
    """
    among = _among(campaign, persons)
    contacts = _contacts(among, moment)
    sent = _sent(col(Delivery.person), among(col(Delivery.person)), moment.now, "sent_person")

    def known(name: str) -> Any:
        return func.coalesce(contacts.c[name], 0)

    seat = seats.kept(moment.seats) if any(moment.seats.values()) else None
    place, wave = seats.places(moment.seats, seat.c.session if seat is not None else literal(0), MOMENT_TYPE, NEVER)
    before = Delivery.__table__.alias("before")  # type: ignore[attr-defined]  # the step before, if this one asks

    def since(name: str) -> Any:
        return case((contacts.c[name] >= before.c.changed_at, 1), else_=0) if moment.only else literal(0)

    reached = col(getattr(Standing, campaign.goal)) == GOALS[campaign.goal].yes
    query = (
        select(
            col(Person.id).label("person"),
            case((col(Person.closed_at).is_not(None), 1), else_=0).label("closed"),
            known("stopped").label("stopped"),
            case((reached, "yes"), else_="no").label("goal"),
            (col(Standing.asxh_since) if campaign.goal == "asxh_account" else literal("")).label("goal_since"),
            since("heard_at").label("answered"),
            since("stuck_at").label("stuck"),
            place.label("place"),
            wave.label("wave_at"),
            turn_at(moment.turns).label("turn_at"),
            _one_if(_held_out(campaign, moment)).label("held_out") if moment.holdout else literal(0).label("held_out"),
            _one_if(_refused(campaign)).label("refused") if moment.refusals else literal(0).label("refused"),
            _one_if(_with_others(moment)).label("handed_over")
            if moment.hand_overs
            else literal(0).label("handed_over"),
            func.coalesce(contacts.c.busy_until, literal(NEVER, MOMENT_TYPE)).label("busy_until"),
            (func.coalesce(sent.c.today, 0) + known("nudged_today")).label("person_today"),
            (func.coalesce(sent.c.week, 0) + known("nudged_week")).label("person_week"),
            *(
                column.label(channel + name)
                for channel, (_, linked) in CONTACT_OF.items()
                for name, column in _unpacked(known(channel)).items()
                if linked or name != "_warm"
            ),
        )
        .select_from(Person)
        .join(Standing, col(Standing.person) == Person.id)
        .outerjoin(contacts, contacts.c.person == Person.id)
        .outerjoin(sent, sent.c.key == Person.id)
        .where(arrived(), who)
    )
    if persons is None:
        query = query.where(col(Person.commune) == campaign.commune)
    else:  # not "= commune": SQLite would take its index and read the whole commune for each part
        query = query.where(among(col(Person.id)), col(Person.commune).between(campaign.commune, campaign.commune))
    if seat is not None:
        query = query.outerjoin(seat, seat.c.person == Person.id)
    if moment.only:
        same = (before.c.campaign == campaign.id) & (before.c.step == moment.step - 1)
        query = query.outerjoin(before, same & (before.c.person == Person.id))
    base = query.subquery("base")
    return select(base, *_choice(base, moment.channels)).subquery("candidates")


def _one_if(test: ColumnElement[bool]) -> ColumnElement[int]:
    return case((test, 1), else_=0)


def _refused(campaign: Campaign) -> ColumnElement[bool]:
    theirs = select(col(Visit.person)).where(col(Visit.campaign) == campaign.id, col(Visit.outcome) == "refused")
    return col(Person.id).in_(theirs)


def _held_out(campaign: Campaign, moment: Moment) -> ColumnElement[bool]:
    drawn: ColumnElement[bool] = percentile(cast(Person.id, BigInteger), campaign.lot) < moment.holdout
    return drawn


def _with_others(moment: Moment) -> ColumnElement[bool]:
    return col(Person.id).in_(handed_over(moment.now))


def _choice(base: Subquery, channels: Sequence[str]) -> list[ColumnElement[Any]]:
    """The first channel that is there, with its contact: the set's face of ``Candidate.by``."""
    there = [(literal(True) if c == "visit" else base.c[c] != 0, c) for c in channels]
    if not there:
        return [literal("").label("channel"), *(literal(0).label(n) for n in _CHOSEN)]

    def pick(value: Any, otherwise: Any) -> Any:
        return case(*((test, value(c)) for test, c in there), else_=otherwise)

    def of(name: str) -> Any:
        return lambda c: base.c[name.format(c)] if name.format(c) in base.c else literal(0)

    return [
        pick(lambda c: literal(c), "").label("channel"),
        pick(lambda c: literal(0) if c == "visit" else base.c[c], 0).label("contact"),
        pick(lambda c: literal(0) if c == "visit" else 1 - of("{}_warm")(c), 0).label("cold"),
        pick(of("{}_today"), 0).label("contact_today"),
        pick(of("{}_week"), 0).label("contact_week"),
    ]


_CHOSEN = ("contact", "cold", "contact_today", "contact_week")


def load(session: Session, campaign: Campaign, moment: Moment, persons: Iterable[int]) -> dict[int, Candidate]:
    """The same knowledge of some persons as plain values, for the question at the claim."""
    numbers = list(persons)
    query: Select[Any] = select(candidates(campaign, moment, true(), numbers))
    return {row["person"]: Candidate(**row) for row in map(dict, session.execute(query).mappings())}
