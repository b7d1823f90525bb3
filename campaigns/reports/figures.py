"""The figures of a report, as plain data. Every ratio carries its denominator, date and evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from campaigns.reports.rules import PARTS
from campaigns.reports.small_cells import Line, protect
from campaigns.results.figures import Ratio
from campaigns.results.indicators import missing_to


@dataclass(frozen=True)
class Classes:
    """đã có | chưa có | chưa rõ | đặc thù; they add up to the people."""

    label: str
    yes: int
    no: int
    unknown: int
    special: int


@dataclass(frozen=True)
class Before:
    """The same figures of the period before."""

    as_of: date
    people: int
    paid: Ratio
    asxh: Ratio


@dataclass(frozen=True)
class Quota:
    """Chỉ tiêu được giao: so many people. ``managed``: of how many there are, another ratio."""

    part: str
    label: str
    done: int
    quota: int
    managed: int


@dataclass(frozen=True)
class Delegated:
    """People paid into somebody else's account, by whether they were asked if the money reached them."""

    people: int
    confirmed: int
    denied: int

    @property
    def unasked(self) -> int:
        return self.people - self.confirmed - self.denied


@dataclass(frozen=True)
class Share:
    """One commune of a province's report. ``version`` 0: its figures are not closed yet. ``line``: percent."""

    code: str
    name: str
    people: int
    paid: int
    unknown: int
    asxh: int
    can_have: int
    as_of: date
    version: int
    line: int

    @property
    def share(self) -> float | None:
        return self.paid / self.people if self.people else None

    @property
    def missing(self) -> int:
        return max(-(-self.people * self.line // 100) - self.paid, 0)

    @property
    def verdict(self) -> str:
        """reached | open (too little is known to say) | below."""
        if not self.missing:
            return "reached"
        return "open" if self.unknown >= self.missing else "below"


@dataclass(frozen=True)
class Report:
    """All counts are of people, unless the name says otherwise. ``commune``: the unit's code, of a province 2 digits.

    ``part``: of whom it tells (campaigns.reports.rules.PARTS). ``version``: 0 while the figures may still change.
    ``month``: 0 for a half year or a year. ``all_groups`` and ``all_categories`` hold small cells: never show them.
    """

    commune: str
    commune_name: str
    province_name: str
    period: str
    label: str
    year: int
    month: int
    first: date
    last: date
    as_of: date
    part: str
    people: int
    paid: Ratio
    asxh: Ratio
    cannot_have: int
    target_percent: int
    quotas: list[Quota]
    before: Before | None
    came_in: int
    left: dict[str, int]
    payout: dict[str, int]
    delegated: Delegated
    classes: list[Classes]
    all_groups: list[Line]
    all_categories: list[Line]
    hamlets: list[Line]
    sessions: dict[str, int]
    visits: dict[str, int]
    air: dict[str, int]
    campaigns: list[dict[str, Any]]
    difficulties: dict[str, int]
    communes: list[Share] = field(default_factory=list)
    version: int = 0
    anew: bool = False  # reckoned with what came in since the period was closed; not what was handed in
    to: dict[str, str] = field(default_factory=dict)  # recipients by part, as they are set now

    @property
    def is_province(self) -> bool:
        return len(self.commune) == 2

    @property
    def groups(self) -> list[Line]:
        return [line for line in self.shown()[0] if self._mine(line.code)]

    @property
    def categories(self) -> list[Line]:
        return [line for line in self.shown()[1] if self._mine(line.group)]

    def shown(self) -> tuple[list[Line], list[Line]]:
        """Groups and categories of everybody, without the cells that would tell of few people."""
        groups = protect(self.all_groups)
        return groups, protect(self.all_categories, groups)

    def _mine(self, group: str) -> bool:
        """A part leaves lines out and never reckons others: two papers cannot be subtracted from each other."""
        return not PARTS[self.part].groups or group in PARTS[self.part].groups

    @property
    def target_missing(self) -> int:
        return missing_to(self.target_percent, self.paid)

    @property
    def target_met(self) -> bool:
        return bool(self.people) and not self.target_missing

    @property
    def paid_unknown(self) -> int:
        """Of how many it is not known how they are paid."""
        return self.payout.get("unknown", 0)

    @property
    def asxh_unknown(self) -> int:
        """Of how many it is not known whether they have the account (special cases stand apart)."""
        return self.classes[-1].unknown

    @property
    def target_open(self) -> bool:
        """Too little is known to say that the target is missed."""
        return not self.target_met and self.paid_unknown >= self.target_missing > 0

    def to_json(self) -> dict[str, Any]:
        """Plain data; a ratio also carries its percent (one decimal, None for nobody). Small cells are hidden."""
        data = asdict(self)
        for name in ("all_groups", "all_categories", "to"):
            del data[name]
        data["groups"] = [asdict(line) for line in self.groups]
        data["categories"] = [asdict(line) for line in self.categories]
        data |= {"target_met": self.target_met, "target_missing": self.target_missing}
        for name in ("paid", "asxh"):
            share = getattr(self, name).share
            data[name]["percent"] = None if share is None else round(100 * share, 1)
        return data
