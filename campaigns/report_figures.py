"""The figures of a report, as plain data. Every ratio carries its denominator, date and evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from campaigns.figures import Ratio
from campaigns.small_cells import Line


@dataclass(frozen=True)
class Classes:
    """đã có | chưa có | chưa rõ | đặc thù; they add up to the people."""

    label: str
    yes: int
    no: int
    unknown: int
    special: int


@dataclass(frozen=True)
class MonthlyReport:
    """All counts are of people, unless the name says otherwise. ``before``: the figures of the month before."""

    commune: str
    commune_name: str
    province_name: str
    year: int
    month: int
    as_of: date
    people: int
    paid: Ratio
    asxh: Ratio
    cannot_have: int
    target_percent: int
    target_met: bool
    target_missing: int
    before: dict[str, Any] | None
    came_in: int
    left: dict[str, int]
    payout: dict[str, int]
    classes: list[Classes]
    groups: list[Line]
    categories: list[Line]
    hamlets: list[Line]
    sessions: dict[str, int]
    visits: dict[str, int]
    campaigns: list[dict[str, Any]]
    difficulties: dict[str, int]

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
        """Plain data; a ratio also carries its percent (one decimal, None for nobody)."""
        data = asdict(self)
        for name in ("paid", "asxh"):
            share = getattr(self, name).share
            data[name]["percent"] = None if share is None else round(100 * share, 1)
        return data
