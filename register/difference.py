"""The monthly difference: what a list changes, in numbers that a person can judge before it is taken in.

It is worked out along the way, person by person (``Tally``), also in a dry run. It holds no more than counts; the
first changes of single persons are told apart from it, masked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from register.listed import Remark

FEW = 5  # people; fewer than that are no pattern
MANY_LEFT = 0.3  # share of the open people; more leaving at once is worth a warning
MANY_NEW = 0.5  # share of the open people
MANY_LOST = 0.5  # share of those in the list who had it
FEW_KNOWN = 0.2  # share of the list; where fewer are known it may be another commune's
SHOWN = 200  # single changes that are kept

GOOD = {"nq418": "yes", "bank_account": "yes", "asxh_account": "yes", "eid_level": "2_active"}
LABELS = {
    "nq418": "tên trong danh sách NQ 418",
    "bank_account": "tài khoản ngân hàng",
    "asxh_account": "tài khoản hưởng An sinh xã hội",
    "eid_level": "định danh mức 2",
    "payout": "hình thức chi trả",
}
EXPECTED = ("bank_account", "asxh_account", "eid_level", "payout")  # a list that had them once goes on having them


@dataclass(frozen=True)
class FactChange:
    """So many people went from one value to another (facts.VALUES)."""

    kind: str
    before: str
    after: str
    people: int


@dataclass(frozen=True, repr=False)
class PersonChange:
    """One change of one person. Name, phone, birth and address are masked already.

    ``person`` is the number in the register; ``sheet`` and ``row`` where the list says it, "" and 0 for who left.
    ``kind``: a kind of fact, or name, birth, phone, address, hamlet, category, came_back, left.
    """

    person: int
    sheet: str
    row: int
    kind: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """What a list changes. ``left``: reason (left_list, died, moved) → people."""

    new: int = 0
    came_back: int = 0
    identity: int = 0  # name, phone, address or birth differ
    facts: tuple[FactChange, ...] = ()
    left: dict[str, int] = field(default_factory=dict)
    suspicious: tuple[Remark, ...] = ()


@dataclass
class Tally:
    """The difference while the list is compared."""

    new: int = 0
    known: int = 0
    came_back: int = 0
    identity: int = 0
    left: Counter[str] = field(default_factory=Counter)
    facts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    told: set[str] = field(default_factory=set)  # kinds of which the list says anything
    had: Counter[str] = field(default_factory=Counter)  # kind → people in the list of whom a list said something
    had_good: Counter[str] = field(default_factory=Counter)
    changes: list[PersonChange] = field(default_factory=list)  # the first of them

    def knew(self, facts: Iterable[tuple[int, str, str]]) -> None:
        """What was known of some people of the list: person, kind, value; each person is told of once."""
        known = {(person, kind) for person, kind, value in facts if value != "unknown"}
        self.had.update(kind for _, kind in known)
        good = {(person, kind) for person, kind, value in facts if GOOD.get(kind) == value}
        self.had_good.update(kind for _, kind in good)

    def change(self, person: int, sheet: str, row: int, kind: str, before: str, after: str) -> None:
        if len(self.changes) < SHOWN:
            self.changes.append(PersonChange(person, sheet, row, kind, before, after))

    def difference(self, open_before: int, as_of: date, newest: date | None) -> Difference:
        """``open_before``: the commune's people before; ``newest``: as-of date of its newest other list."""
        changed = tuple(
            FactChange(kind, before, after, people) for (kind, before, after), people in self.facts.most_common()
        )
        return Difference(
            self.new, self.came_back, self.identity, changed, {why: n for why, n in self.left.items() if n},
            tuple(self._suspicious(open_before, as_of, newest)),
        )  # fmt: skip

    def _suspicious(self, open_before: int, as_of: date, newest: date | None) -> Iterable[Remark]:
        if newest is not None and as_of < newest:
            yield _remark(
                "older_list",
                f"Ngày chốt số liệu sớm hơn danh sách mới nhất đã nhận ({newest:%d/%m/%Y}): danh sách này chỉ bổ sung, "
                "không sửa và không đóng hồ sơ của ai.",
            )
        left = self.left["left_list"]
        if left and left > MANY_LEFT * open_before:
            yield many_left(left)
        listed = self.new + self.known
        if open_before >= FEW and self.known < FEW_KNOWN * listed:
            yield _remark(
                "other_commune",
                f"Chỉ {self.known} trong {listed} người của danh sách đã có trong sổ của xã, phường này. "
                "Hãy kiểm tra có phải danh sách của nơi khác không.",
            )
        elif open_before >= FEW and self.new > MANY_NEW * open_before:
            yield _remark(
                "many_new",
                f"Có {self.new} người mới, trong khi sổ đang có {open_before} người. "
                "Hãy chắc chắn đây đúng là danh sách của xã, phường này.",
            )
        yield from self._lost()

    def _lost(self) -> Iterable[Remark]:
        for kind, good in GOOD.items():
            lost = sum(n for (k, before, _), n in self.facts.items() if k == kind and before == good)
            if lost >= FEW and lost >= MANY_LOST * self.had_good[kind]:
                yield _remark(
                    "fact_lost",
                    f"{lost} người trước đây có {LABELS[kind]}, danh sách này ghi là không. Hãy chắc chắn cột này được "
                    "ghi đủ.",
                )
        for kind in EXPECTED:
            if kind not in self.told and self.had[kind] >= max(FEW, MANY_LOST * self.known):
                yield _remark(
                    "column_empty",
                    f"Trước đây danh sách có ghi {LABELS[kind]}, lần này không ghi cho ai. "
                    "Hãy chắc chắn cột này không bị bỏ sót.",
                )


def many_left(people: int) -> Remark:
    """The warning that many are gone at once."""
    return _remark(
        "many_left", f"{people} người trong sổ không còn trong danh sách này. Hãy chắc chắn đây là danh sách đầy đủ."
    )


def _remark(code: str, message: str) -> Remark:
    return Remark("", 0, "", code, message)
