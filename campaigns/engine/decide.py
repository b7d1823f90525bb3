"""Whom to write to, by what, and if not, why: one list of rules with two faces.

Each rule is written once, over values that may be columns (``sql``: a whole plan in one statement)
or one candidate's plain values (``applies``: asked again at the claim, since time passes). To serve
both, a rule uses only ``== != < > <= >= & |``; nothing in a candidate is ever None (0, "" and the
far past stand for "none"), so both faces treat what is missing alike.

    decide(candidate, moment, tried) -> Send(channel) | Hold(until, reason) | Skip(reason)

Defaults and their source: hours 07:00–21:00 and caps follow NĐ 91/2020/NĐ-CP Đ.13 as the safe side
(state information is no advertising, Đ.3); waves, announcement and busy: design of this project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, case, false, literal, true

from campaigns.field.seats import Seating, is_full
from campaigns.tables import Delivery
from register.home import VIETNAM
from register.workdays import is_holiday

MOMENT_TYPE = Delivery.__table__.c.due_at.type  # type: ignore[attr-defined]  # the aware datetime of our columns
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
MAX_A_DAY = 1  # campaign messages, per person and per phone
MAX_A_WEEK = 3
RECHECK = timedelta(hours=1)  # holds that wait for a person are asked again this often
WAVE_DAYS = 3  # messages go out from three days before a help session
COLD_AIRINGS = 2  # times the notice must have been aired before a first cold message

CHANNELS = ("zalo", "telegram", "zbs", "visit")


@dataclass(frozen=True)
class Candidate:
    """One person as the rules see it. The columns of ``campaigns.engine.candidates`` bear the same names."""

    person: int
    closed: int = 0
    stopped: int = 0
    goal: str = "unknown"
    goal_since: str = ""
    place: int = 0  # the help session that a message would invite to; seats.FULL: no place is left; 0: none planned
    wave_at: datetime = NEVER  # from when that session is told
    turn_at: datetime = NEVER  # from when the person's hamlet begins (campaigns.engine.turns)
    held_out: int = 0  # 1: gets nothing, for the comparison
    refused: int = 0  # 1: told the pair at the door of this campaign that they do not want to
    handed_over: int = 0  # 1: with the police, a bank or a payer, whose answer is waited for
    busy_until: datetime = NEVER
    answered: int = 0  # 1: wrote or pressed something since the step before (asked only where a step depends on it)
    stuck: int = 0  # 1: pressed "Chưa được" since then
    person_today: int = 0
    person_week: int = 0
    zalo: int = 0  # contact ids; 0: none that may be used
    telegram: int = 0
    zbs: int = 0
    zalo_warm: int = 0  # 1: this contact wrote to us before
    telegram_warm: int = 0
    zalo_today: int = 0
    zalo_week: int = 0
    telegram_today: int = 0
    telegram_week: int = 0
    zbs_today: int = 0
    zbs_week: int = 0
    # chosen from the above
    channel: str = ""
    contact: int = 0
    cold: int = 0
    contact_today: int = 0
    contact_week: int = 0

    def by(self, channels: Sequence[str], tried: Sequence[str] = ()) -> Candidate:
        """The same person with the first channel that is there and was not tried."""
        for channel in channels:
            if channel in tried:
                continue
            if channel == "visit":
                return replace(self, channel="visit", contact=0, cold=0)
            contact = getattr(self, channel)
            if contact:
                return replace(
                    self,
                    channel=channel,
                    contact=contact,
                    cold=1 - getattr(self, f"{channel}_warm", 0),
                    contact_today=getattr(self, f"{channel}_today"),
                    contact_week=getattr(self, f"{channel}_week"),
                )
        return replace(self, channel="", contact=0)


@dataclass(frozen=True)
class Moment:
    """All that is the same for everybody: the time, the campaign's window, what the commune has done."""

    now: datetime
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime  # ≤ now: messages may go now; else the next time they may
    channels: tuple[str, ...]
    announced: bool = True
    budget_left: bool = True
    step: int = 1
    only: str = ""  # whom this step concerns (campaigns.steps.ONLY)
    seats: Seating = field(default_factory=dict, hash=False)  # who is invited to which help session
    turns: Mapping[str, datetime] = field(default_factory=dict, hash=False)  # hamlet → when it begins; {}: all at once
    holdout: int = 0  # percent of people who get nothing, for the comparison
    refusals: bool = False  # whether anybody refused at the door of this campaign
    hand_overs: bool = False  # whether anybody is handed over


@dataclass(frozen=True)
class Send:
    channel: str
    contact: int


@dataclass(frozen=True)
class Hold:
    until: datetime
    reason: str


@dataclass(frozen=True)
class Skip:
    reason: str


Decision = Send | Hold | Skip


@dataclass(frozen=True)
class Rule:
    """``when`` says whether the rule strikes; ``until`` (holds only) when to ask again."""

    reason: str
    verdict: Literal["skip", "hold"]
    when: Callable[[Any, Moment], Any]
    until: Callable[[Any, Moment], Any] | None = None
    waits_for_people: bool = False  # time alone will not lift it

    def applies(self, candidate: Candidate, moment: Moment) -> bool:
        """The face for one."""
        return bool(self.when(candidate, moment))

    def sql(self, columns: Any, moment: Moment) -> ColumnElement[bool]:
        """The face for the set."""
        value = self.when(columns, moment)
        return (true() if value else false()) if isinstance(value, bool) else value


def tomorrow(_c: Any, m: Moment) -> datetime:
    local = m.now.astimezone(VIETNAM)
    return datetime.combine(local.date() + timedelta(days=1), time(7), VIETNAM).astimezone(UTC)


RULES: tuple[Rule, ...] = (
    Rule("closed", "skip", lambda c, m: c.closed == 1),
    Rule("had_before", "skip", lambda c, m: (c.goal == "yes") & (c.goal_since == "before")),
    Rule("done", "skip", lambda c, m: c.goal == "yes"),
    Rule("stopped", "skip", lambda c, m: c.stopped == 1),
    Rule("refused", "skip", lambda c, m: c.refused == 1),
    Rule("holdout", "skip", lambda c, m: c.held_out == 1),
    Rule("window_over", "skip", lambda c, m: m.now >= m.ends_at),
    Rule("answered", "skip", lambda c, m: c.answered == 1 if m.only == "silent" else False),
    Rule("silent", "skip", lambda c, m: c.answered == 0 if m.only == "answered" else False),
    Rule("not_stuck", "skip", lambda c, m: c.stuck == 0 if m.only == "stuck" else False),
    Rule("no_channel", "skip", lambda c, m: c.channel == ""),
    Rule("visit", "skip", lambda c, m: c.channel == "visit"),
    Rule(
        "not_announced",
        "hold",
        lambda c, m: False if m.announced or m.step > 1 else c.cold == 1,
        lambda c, m: m.now + RECHECK,
        waits_for_people=True,
    ),
    Rule("budget", "hold", lambda c, m: not m.budget_left, lambda c, m: m.now + RECHECK, waits_for_people=True),
    Rule("before_start", "hold", lambda c, m: m.now < m.starts_at, lambda c, m: m.starts_at),
    Rule(  # a help session of their own says when, if there is one
        "turn",
        "hold",
        lambda c, m: (c.place == 0) & (c.turn_at > m.now) if m.turns and m.step == 1 else False,
        lambda c, m: c.turn_at,
    ),
    Rule(  # nothing is repeated to somebody who can go on only when the office has done its part
        "handed_over",
        "hold",
        lambda c, m: c.handed_over == 1 if m.step > 1 else False,
        lambda c, m: m.now + RECHECK,
        waits_for_people=True,
    ),
    Rule("session_full", "hold", is_full, lambda c, m: m.now + RECHECK, waits_for_people=True),
    Rule("wave", "hold", lambda c, m: c.wave_at > m.now, lambda c, m: c.wave_at),
    Rule("quiet_hours", "hold", lambda c, m: m.opens_at > m.now, lambda c, m: m.opens_at),
    Rule("busy", "hold", lambda c, m: c.busy_until > m.now, lambda c, m: c.busy_until),
    Rule("cap_person", "hold", lambda c, m: (c.person_today >= MAX_A_DAY) | (c.person_week >= MAX_A_WEEK), tomorrow),
    Rule("cap_phone", "hold", lambda c, m: (c.contact_today >= MAX_A_DAY) | (c.contact_week >= MAX_A_WEEK), tomorrow),
)


NEED_PEOPLE = frozenset(rule.reason for rule in RULES if rule.waits_for_people)


def decide(candidate: Candidate, moment: Moment, tried: Sequence[str] = ()) -> Decision:
    """The first rule that strikes; none: send by the first channel that is there."""
    chosen = candidate.by(moment.channels, tried)
    for rule in RULES:
        if rule.applies(chosen, moment):
            if rule.verdict == "skip":
                return Skip(rule.reason)
            assert rule.until is not None
            return Hold(rule.until(chosen, moment), rule.reason)
    return Send(chosen.channel, chosen.contact)


def decide_sql(columns: Any, moment: Moment) -> tuple[ColumnElement[str], ColumnElement[str], ColumnElement[Any]]:
    """(state, reason, due_at) for every candidate of a query at once."""
    verdicts = [(rule, rule.sql(columns, moment)) for rule in RULES]
    state = case(*((test, "skipped" if rule.verdict == "skip" else "held") for rule, test in verdicts), else_="due")
    reason = case(*((test, rule.reason) for rule, test in verdicts), else_="")
    untils = [(test, _as_sql(rule.until(columns, moment))) for rule, test in verdicts if rule.until is not None]
    struck = [(test, literal(None)) for rule, test in verdicts if rule.verdict == "skip"]
    # rules keep their order: all skips stand before all holds
    due_at = case(*struck, *untils, else_=_as_sql(moment.now))
    return state, reason, due_at


def _as_sql(value: Any) -> Any:
    return literal(value, MOMENT_TYPE) if isinstance(value, datetime) else value


def opens_at(now: datetime, send_from: str = "07:00", send_until: str = "21:00") -> datetime:
    """The first moment ≥ now at which messages may go: inside the hours, not on a public holiday.

    Hours are Viet Nam time.
    """
    first, last = time.fromisoformat(send_from), time.fromisoformat(send_until)
    local = now.astimezone(VIETNAM)
    for ahead in range(40):  # the longest Tết is far shorter
        day = local.date() + timedelta(days=ahead)
        if is_holiday(day):
            continue
        start, end = datetime.combine(day, first, VIETNAM), datetime.combine(day, last, VIETNAM)
        if ahead == 0 and local >= end:
            continue
        return max(start, local).astimezone(UTC) if ahead == 0 else start.astimezone(UTC)
    raise AssertionError("forty days without a working day")


def wave_at(session_starts_at: datetime) -> datetime:
    """When a hamlet's wave begins: 07:00 on the day WAVE_DAYS before its help session."""
    day = session_starts_at.astimezone(VIETNAM).date() - timedelta(days=WAVE_DAYS)
    return datetime.combine(day, time(7), VIETNAM).astimezone(UTC)
