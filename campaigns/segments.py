"""Segments (nhóm cần giúp): named conditions over persons, each with the goal that lifts them one rung.

Every condition is over the current value of a fact. Unknown is a value of its own: no segment but
``unknown-asxh`` takes "not stated" for "no". A campaign has one of these, perhaps narrowed by more conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement

from campaigns.conditions import Category, Condition, Known, Reach, all_of, from_json
from campaigns.tables import Campaign
from register.categories import CATEGORIES
from register.errors import BadInput
from register.facts import SPECIAL

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Goal:
    """The fact that a campaign is about. ``ending``: of the ids of its messages (content/messages)."""

    fact: str
    yes: str
    ending: str
    label: str


GOALS = {
    goal.fact: goal
    for goal in (
        Goal("asxh_account", "yes", "", "có tài khoản ASXH"),
        Goal("eid_level", "2_active", "-eid", "có định danh mức 2 đã kích hoạt"),
        Goal("bank_account", "yes", "-bank", "có tài khoản ngân hàng"),
        Goal("data_matched", "yes", "-match", "thông tin khớp dữ liệu dân cư"),
        Goal("receipt_confirmed", "yes", "-receipt", "đã xác nhận nhận được tiền"),
    )
}


@dataclass(frozen=True)
class Segment:
    """A named group; all conditions must hold."""

    name: str
    label: str
    conditions: tuple[Condition, ...] = ()
    goal: str = "asxh_account"

    def sql(self, now: datetime | None = None) -> ColumnElement[bool]:
        """The condition over Person and Standing, for open (not closed) persons. Shipped ones ask no time."""
        return all_of(self.conditions, now or NEVER)


_READY = (
    Known("bank_account", ("yes",)),
    Known("eid_level", ("2_active",)),
    Known("asxh_account", ("no",)),
)
SEGMENTS: dict[str, Segment] = {
    segment.name: segment
    for segment in (
        Segment(
            "nq418-ready",
            "Có trong danh sách NQ 418, có tài khoản ngân hàng, định danh mức 2, chưa có tài khoản ASXH",
            (Known("nq418", ("yes",)), *_READY),
        ),
        Segment(
            "asxh-ready",
            "Có tài khoản ngân hàng, định danh mức 2, chưa có tài khoản ASXH (không xét danh sách NQ 418)",
            _READY,
        ),
        Segment("unknown-asxh", "Chưa rõ đã có tài khoản ASXH hay chưa", (Known("asxh_account", ("unknown",)),)),
        Segment(
            "no-eid2",
            "Chưa có định danh mức 2 đã kích hoạt",
            (Known("eid_level", ("0", "1", "below_2", "2_granted")),),
            "eid_level",
        ),
        Segment("no-bank", "Chưa có tài khoản ngân hàng", (Known("bank_account", ("no",)),), "bank_account"),
        Segment(
            "mismatch",
            "Thông tin chưa khớp với cơ sở dữ liệu dân cư",
            (Known("data_matched", ("no",)),),
            "data_matched",
        ),
        Segment(  # a delegate's account can be nobody else's ASXH account: what is wanted is that the money arrives
            "delegated",
            "Đang nhận qua người được ủy quyền",
            (Known("payout", ("delegated",)),),
            "receipt_confirmed",
        ),
        Segment("special", "Trường hợp cần giúp riêng", (Known("special", SPECIAL),)),
        Segment("unlinked", "Chưa liên kết Zalo hay Telegram", (Reach(("phone", "none")),)),
        Segment("everyone", "Mọi người trong danh sách"),
    )
}


def segment_named(name: str) -> Segment:
    """The shipped segment of this name, or BadInput that lists them."""
    if name not in SEGMENTS:
        raise BadInput(f"Không có nhóm “{name}”. Các nhóm: {', '.join(SEGMENTS)}.")
    return SEGMENTS[name]


def conditions_of(campaign: Campaign) -> tuple[Condition, ...]:
    """All conditions of a campaign: those of its group, and what narrows it."""
    return (*segment_named(campaign.segment).conditions, *from_json(campaign.narrowed))


def tells_of_health(campaign: Campaign) -> bool:
    """Whether belonging to its group says of somebody what small cells of reports are kept for (design §7.7)."""
    return any(
        (isinstance(one, Category) and any(CATEGORIES[code].sensitive for code in one.codes))
        or (isinstance(one, Known) and one.fact == "special" and "frail" in one.values)
        for one in conditions_of(campaign)
    )


def members(campaign: Campaign, now: datetime) -> ColumnElement[bool]:
    """The condition over Person and Standing for a campaign's group."""
    return all_of(conditions_of(campaign), now)
