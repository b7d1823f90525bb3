"""Segments (nhóm cần giúp): saved conditions over persons, as data.

Every condition is over the current value of a fact. Unknown is a value of its own: no segment but
``unknown-asxh`` takes "not stated" for "no".
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, true
from sqlmodel import col, select

from register.errors import BadInput
from register.facts import SPECIAL
from register.tables import Contact, Person, PersonContact, Standing

CHATS = ("zalo", "telegram", "zalo_bot", "web")


@dataclass(frozen=True)
class Condition:
    """``field`` is a column of Standing, ``values`` what it may be."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Segment:
    """A named condition; all conditions must hold. ``linked``: has a chat (True), has none (False), either."""

    name: str
    label: str
    conditions: tuple[Condition, ...] = ()
    linked: bool | None = None

    def sql(self) -> ColumnElement[bool]:
        """The condition over Person and Standing, for open (not closed) persons."""
        parts: list[ColumnElement[bool]] = [col(Person.closed_at).is_(None)]
        parts += [getattr(Standing, c.field).in_(c.values) for c in self.conditions]
        if self.linked is not None:
            chat = exists(
                select(PersonContact.person)
                .join(Contact, col(Contact.id) == PersonContact.contact)
                .where(PersonContact.person == Person.id, col(Contact.channel).in_(CHATS))
                .where(col(Contact.linked_at).is_not(None))
            )
            parts.append(chat if self.linked else ~chat)
        return and_(true(), *parts)


SEGMENTS: dict[str, Segment] = {
    segment.name: segment
    for segment in (
        Segment(
            "nq418-ready",
            "Có trong danh sách NQ 418, có tài khoản ngân hàng, định danh mức 2, chưa có tài khoản ASXH",
            (
                Condition("nq418", ("yes",)),
                Condition("bank_account", ("yes",)),
                Condition("eid_level", ("2_active",)),
                Condition("asxh_account", ("no",)),
            ),
        ),
        Segment(
            "asxh-ready",
            "Có tài khoản ngân hàng, định danh mức 2, chưa có tài khoản ASXH (không xét danh sách NQ 418)",
            (
                Condition("bank_account", ("yes",)),
                Condition("eid_level", ("2_active",)),
                Condition("asxh_account", ("no",)),
            ),
        ),
        Segment("unknown-asxh", "Chưa rõ đã có tài khoản ASXH hay chưa", (Condition("asxh_account", ("unknown",)),)),
        Segment(
            "no-eid2",
            "Chưa có định danh mức 2 đã kích hoạt",
            (Condition("eid_level", ("0", "1", "below_2", "2_granted")),),
        ),
        Segment("no-bank", "Chưa có tài khoản ngân hàng", (Condition("bank_account", ("no",)),)),
        Segment("mismatch", "Thông tin chưa khớp với cơ sở dữ liệu dân cư", (Condition("data_matched", ("no",)),)),
        Segment("delegated", "Đang nhận qua người được ủy quyền", (Condition("payout", ("delegated",)),)),
        Segment("special", "Trường hợp cần giúp riêng", (Condition("special", SPECIAL),)),
        Segment("unlinked", "Chưa liên kết Zalo hay Telegram", linked=False),
    )
}


def segment_named(name: str) -> Segment:
    """The shipped segment of this name, or BadInput that lists them."""
    if name not in SEGMENTS:
        raise BadInput(f"Không có nhóm “{name}”. Các nhóm: {', '.join(SEGMENTS)}.")
    return SEGMENTS[name]
