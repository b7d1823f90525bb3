"""Tiến độ: how many stand on each rung, among the open persons of a commune.

listed → matched → eID level 2 active → bank account → ASXH account → paid through it → confirmed.
A rung has three numbers, because "unknown" is not "no"; they always add up to the persons counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, Row, case, func, literal
from sqlmodel import Session, col, select

from register.categories import CATEGORIES
from register.tables import Person, PersonCategory, Standing, Unit

NO = 2**32  # more than people can ever be counted
NO_HAMLET = "Chưa rõ địa bàn"
NO_CATEGORY = "Chưa rõ loại"


@dataclass(frozen=True)
class Rung:
    """One rung: so many persons stand on it, do not, or nobody knows."""

    key: str
    label: str
    yes: int
    no: int
    unknown: int

    @property
    def people(self) -> int:
        return self.yes + self.no + self.unknown


# rung, label, the column of Standing, the value that is "yes"
_RUNGS = (
    ("matched", "Khớp dữ liệu dân cư", col(Standing.data_matched), "yes"),
    ("eid2", "Định danh mức 2 đã kích hoạt", col(Standing.eid_level), "2_active"),
    ("bank", "Có tài khoản ngân hàng", col(Standing.bank_account), "yes"),
    ("asxh", "Có tài khoản hưởng An sinh xã hội", col(Standing.asxh_account), "yes"),
    ("paid", "Đã nhận tiền qua tài khoản An sinh xã hội", col(Standing.payout), "asxh"),
    ("confirmed", "Đã xác nhận nhận được tiền", col(Standing.receipt_confirmed), "yes"),
)
FACT_OF_RUNG = {key: (str(column.key), yes) for key, _, column, yes in _RUNGS}  # type: ignore[attr-defined]
RUNG_LABELS = {"listed": "Có trong danh sách"} | {key: label for key, label, _, _ in _RUNGS}


def stands(key: str, answer: Literal["yes", "no", "unknown"]) -> ColumnElement[bool]:
    """The condition over Person, outer joined with Standing, by which a rung's figure counts."""
    column, yes = next((column, yes) for name, _, column, yes in _RUNGS if name == key)
    if answer == "yes":
        return column == yes
    if answer == "no":
        return (column != yes) & (column != "unknown")
    return column.is_(None) | (column == "unknown")


def _columns() -> list[Any]:
    """The numbers of all rungs in one row. A person without a Standing counts as unknown everywhere.

    One sum a rung: "yes" counts 1 and "no" counts NO, which is about twice as fast as two sums over a province.
    """
    columns: list[Any] = [func.count(col(Person.id)).label("listed")]
    for key, *_ in _RUNGS:
        worth = case((stands(key, "yes"), 1), (stands(key, "no"), literal(NO, BigInteger)), else_=0)
        columns.append(func.coalesce(func.sum(worth), 0).label(key))
    return columns


def _rungs(row: Row[Any]) -> list[Rung]:
    numbers = row._mapping
    people = numbers["listed"]
    rungs = [Rung("listed", RUNG_LABELS["listed"], people, 0, 0)]
    for key, label, _, _ in _RUNGS:
        no, yes = divmod(int(numbers[key]), NO)
        rungs.append(Rung(key, label, yes, no, people - yes - no))
    return rungs


def _open_persons(query: Any, commune: str) -> Any:
    joined = query.select_from(Person).outerjoin(Standing, col(Standing.person) == Person.id)
    return joined.where(Person.commune == commune, col(Person.closed_at).is_(None))


def ladder(session: Session, commune: str, hamlet: str | None = None, category: str | None = None) -> list[Rung]:
    """The seven rungs of a commune, or of one hamlet or category (code) in it. Open persons only."""
    query = _open_persons(select(*_columns()), commune)
    if hamlet is not None:
        query = query.where(Person.hamlet == hamlet)
    if category is not None:
        persons = select(PersonCategory.person).where(PersonCategory.code == category)
        query = query.where(col(Person.id).in_(persons))
    return _rungs(session.execute(query).one())


def ladders(session: Session, commune: str, by: Literal["hamlet", "category"] = "hamlet") -> dict[str, list[Rung]]:
    """The ladder of each hamlet (in the order of ids), or of each category. Keys are the names people read.

    A person under two categories counts under both, so these do not add up to the commune.
    """
    if by == "hamlet":
        query = _open_persons(select(Person.hamlet, *_columns()), commune).group_by(Person.hamlet)
        rows = session.execute(query.order_by(Person.hamlet)).all()
        names: dict[str, str] = dict(session.exec(select(Unit.code, Unit.name).where(Unit.parent == commune)).all())
        ordered = sorted(rows, key=lambda row: (row[0] is None, row[0]))
        return {names.get(row[0], NO_HAMLET): _rungs(row) for row in ordered}
    query = _open_persons(select(PersonCategory.code, *_columns()), commune)
    query = query.outerjoin(PersonCategory, col(PersonCategory.person) == Person.id).group_by(PersonCategory.code)
    order = list(CATEGORIES)
    rows = sorted(session.execute(query).all(), key=lambda row: order.index(row[0]) if row[0] in order else len(order))
    return {CATEGORIES[row[0]].label if row[0] in CATEGORIES else NO_CATEGORY: _rungs(row) for row in rows}


def ladders_of(session: Session, communes: Sequence[str]) -> dict[str, list[Rung]]:
    """The ladder of each of these communes that has open persons, in one statement."""
    query = select(Person.commune, *_columns()).select_from(Person)
    query = query.outerjoin(Standing, col(Standing.person) == Person.id)
    query = query.where(col(Person.commune).in_(communes), col(Person.closed_at).is_(None)).group_by(Person.commune)
    return {row[0]: _rungs(row) for row in session.execute(query).all()}


def together(ladders: Iterable[list[Rung]]) -> list[Rung]:
    """Several ladders added up, rung by rung."""
    found = []
    for same in zip(*ladders, strict=True):
        numbers = (sum(getattr(rung, part) for rung in same) for part in ("yes", "no", "unknown"))
        found.append(Rung(same[0].key, same[0].label, *numbers))
    return found
