"""What the answers of /api/v1 look like. Counts are of people unless the name says otherwise."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, Field

MOST_NUMBER = 2**31 - 1  # no row has a larger number
MOST_ROWS = 200
Number = Annotated[int, Path(ge=1, le=MOST_NUMBER)]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Nhiều nhất bao nhiêu mục")]
Cursor = Annotated[str, Query(pattern=r"^[0-9]{0,9}$", description="`next` của phần trước; để trống: phần đầu")]
Yes = Literal["yes", "no", "unknown"]
Evidence = Literal["self", "officer", "register"]
T = TypeVar("T")


class Part(BaseModel, Generic[T]):
    """A part of a list. ``next``: the cursor of the part after it; None: this is the last."""

    items: list[T]
    next: str | None


class Key(BaseModel):
    """The key that asks."""

    commune: str
    commune_name: str
    name: str
    writes: bool
    expires_at: datetime
    requests_per_second: float
    requests_at_once: int


class Place(BaseModel):
    """A hamlet."""

    code: str
    name: str


class RungOut(BaseModel):
    """One rung of the ladder."""

    key: str
    label: str
    people: int
    yes: int
    no: int
    unknown: int


class LadderOut(BaseModel):
    """The ladder of the commune, or of a hamlet or category of it. ``as_of``: of the newest list."""

    of: str
    as_of: date | None
    rungs: list[RungOut]


class SegmentOut(BaseModel):
    """A shipped group."""

    name: str
    label: str
    goal: str
    people: int


class PersonOut(BaseModel):
    """A person, masked: "Lê V. Đ."; of numbers the last three digits."""

    id: int
    hamlet: str | None
    name: str = Field(description="Đã che bớt; trống khi danh tính đã xóa")
    citizen_id: str
    phone: str
    birth_year: int | None
    sex: Literal["nam", "nữ"] | None
    closed: str = Field(description="Vì sao đóng hồ sơ; trống khi còn mở")
    nq418: str
    data_matched: str
    eid_level: str
    bank_account: str
    asxh_account: str
    asxh_since: str
    payout: str
    receipt_confirmed: str
    special: str


class FactOut(BaseModel):
    """The newest value of one fact at one level of evidence. Levels are never added up."""

    kind: str
    evidence: Evidence
    value: str
    since: str
    as_of: date


class PersonWhole(PersonOut):
    """A person with what is known by whom."""

    facts: list[FactOut]


class CampaignOut(BaseModel):
    """A campaign as it was made."""

    id: int
    name: str
    segment: str
    narrowed: list[str] = Field(description="Điều kiện thu hẹp nhóm, bằng lời")
    goal: str
    channels: list[str]
    steps: list[dict[str, Any]]
    starts_on: date
    ends_on: date
    budget_vnd: int | None
    state: Literal["draft", "approved", "running", "paused", "finished", "cancelled"]
    launched_at: datetime | None
    ended_at: datetime | None


class CountsOut(BaseModel):
    """Of one step: planned is the sum of the rest."""

    planned: int
    accepted: int
    held: int
    failed: int
    unknown: int
    skipped: dict[str, int]
    held_reasons: dict[str, int]
    by_channel: dict[str, int]


class StepOut(CountsOut):
    step: int
    message: str


class TargetOut(BaseModel):
    """How far a target (percent of the commune's people) is."""

    percent: int
    people: int
    now: int
    missing: int
    could: int
    enough: bool


class StatusOut(CountsOut):
    """How a campaign goes: counts of step 1, then of each step."""

    name: str
    state: str
    segment: str
    cost_vnd: int
    healed: dict[str, int]
    planning: bool
    targets: list[TargetOut]
    steps: list[StepOut]


class RehearsalOut(CountsOut):
    """What a launch would do now; nothing is sent."""

    segment: str
    too_late: int
    cost_vnd: int
    cost_vnd_all_steps: int
    price_unknown: list[str]
    by_day: dict[str, int]
    by_hamlet: dict[str, dict[str, int]]
    steps: list[dict[str, int]]
    calendar: dict[str, dict[str, int]]
    over_quota: dict[str, dict[str, int]]
    ways: dict[str, int]
    targets: list[TargetOut]


class WhyOut(BaseModel):
    """One sentence for each step: what this person got, or why nothing."""

    campaign: int
    person: int
    why: list[str]


class FiguresOut(BaseModel):
    """Who made it, by evidence. The levels are not to be added up."""

    planned: int
    self: int
    officer: int
    register_: int = Field(alias="register", serialization_alias="register")
    had_before: int
    contradicted: int
    as_of: date


class KeptOut(FiguresOut):
    """Figures as they were kept then; they never change. ``end``: at the campaign's end; ``lists``: when its last lists
    were in. ``same``: reckoned again from today's facts, that moment still gives the same.
    """

    what: Literal["end", "lists"]
    at: datetime
    same: bool


class ResultsOut(FiguresOut):
    """A campaign's figures as they are now, and beside them those that were kept, in order; none before its end."""

    campaign: int
    name: str
    kept: list[KeptOut]


class SessionOut(BaseModel):
    """A help session."""

    id: int
    hamlet: str
    place: str
    starts_at: datetime
    minutes: int
    helpers: int
    capacity: int
    came: int | None
    helped: int | None


class TallyIn(BaseModel):
    """What was counted at a session's end."""

    came: int = Field(ge=0, le=100_000)
    helped: int = Field(ge=0, le=100_000)


class VisitOut(BaseModel):
    """A door to go to, or one that was. ``sheet``: the number on the paper."""

    id: int
    sheet: int
    campaign: int | None
    person: int
    hamlet: str | None
    outcome: str
    to_go: bool
    at: datetime | None
    again_on: date | None


class OutcomeIn(BaseModel):
    """What happened at a door."""

    outcome: Literal["done", "had_before", "no_phone", "absent", "wrong_data", "refused", "moved", "died", "again"]
    again_on: date | None = None


class AirEntryOut(BaseModel):
    """One thing that happened to an airing."""

    what: str
    at: datetime


class AiringOut(BaseModel):
    """Planned, and apart from it what the broadcast log says; nothing says that anyone heard."""

    planned_at: datetime
    repeats: int
    urgent: bool
    cancelled: bool
    log: list[AirEntryOut]


class BulletinOut(BaseModel):
    """A text for the loudspeaker, and how far it is."""

    id: int
    title: str
    text: str
    created_at: datetime
    recordings: int
    approved: int
    airings: list[AiringOut]


class RatioOut(BaseModel):
    """A ratio with its denominator, its day and who says so. ``percent``: None for nobody."""

    numerator: int
    denominator: int
    percent: float | None
    as_of: date
    evidence: dict[str, int]


class ReportOut(BaseModel):
    """The monthly report. Small cells of sensitive kinds are hidden, as on paper. ``version`` 0: not closed yet."""

    commune: str
    period: str
    first: date
    last: date
    version: int
    year: int
    month: int
    as_of: date
    people: int
    paid: RatioOut
    asxh: RatioOut
    cannot_have: int
    target_percent: int
    target_met: bool
    target_missing: int
    came_in: int
    left: dict[str, int]
    payout: dict[str, int]
    classes: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    categories: list[dict[str, Any]]
    hamlets: list[dict[str, Any]]
    quotas: list[dict[str, Any]]
    before: dict[str, Any] | None
    delegated: dict[str, int]
    air: dict[str, int]
    sessions: dict[str, int]
    visits: dict[str, int]
    campaigns: list[dict[str, Any]]
    difficulties: dict[str, int]
