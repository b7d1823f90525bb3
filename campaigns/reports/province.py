"""A province's report: the sum of its communes' reports, and every commune against the line.

A commune that has closed the period counts as it closed it; the others as they are known now, and are marked. Of a
sensitive kind a sum is not told where it would tell what a few small communes have hidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from campaigns.reports.blocks import Block, Para, Table, number_2
from campaigns.reports.closing import begun, closed, reckoned
from campaigns.reports.figures import Before, Classes, Delegated, Quota, Report, Share
from campaigns.reports.rules import PARTS, rules_of
from campaigns.reports.small_cells import COLUMNS, HIDDEN, SMALLEST_SHOWN, Cell, Line
from campaigns.results.figures import Ratio
from register.errors import BadInput
from register.tables import Person, Unit


def province_report(session: Session, province: str, key: str, now: datetime, part: str = "") -> Report:
    """The report of a whole province (two digits). BadInput for no such province, part or period."""
    unit = session.get(Unit, province)
    if unit is None or unit.kind != "province" or part not in PARTS:
        raise BadInput(f"Không có tỉnh, thành phố nào mang mã {province}. Mã gồm 2 chữ số, ví dụ 68.")
    rules = rules_of(session, unit)
    one = begun(key, rules, now)
    here = select(col(Unit.code)).where(col(Unit.parent) == province)
    codes = session.scalars(select(col(Person.commune)).where(col(Person.commune).in_(here)).distinct()).all()
    made = []
    for commune in session.scalars(select(Unit).where(col(Unit.code).in_(codes)).order_by(col(Unit.code))).all():
        own = rules_of(session, commune)
        found = closed(session, commune.code, key, now)
        found = found or reckoned(session, commune, begun(key, own, now), own, now, part)
        made.append(found[part])
    if not made:
        raise BadInput("Chưa có xã, phường nào của tỉnh có danh sách.")
    head = replace(made[0], commune=province, commune_name=unit.name, province_name=unit.name)
    head = replace(head, label=one.label, first=one.first, last=one.last, as_of=max(one.as_of for one in made))
    return replace(head, target_percent=rules.target_percent, to=rules.to, **_sums(made, rules.target_percent))


def _sums(made: Sequence[Report], line: int) -> dict[str, Any]:
    """The fields of the communes' reports, added up."""
    before = [one.before for one in made if one.before]
    work = ("left", "payout", "sessions", "visits", "air", "difficulties")
    return {name: dict(_counted(getattr(one, name) for one in made)) for name in work} | {
        "people": sum(one.people for one in made),
        "cannot_have": sum(one.cannot_have for one in made),
        "came_in": sum(one.came_in for one in made),
        "paid": _ratio([one.paid for one in made]),
        "asxh": _ratio([one.asxh for one in made]),
        "before": _before(before) if len(before) == len(made) else None,  # all or none
        "delegated": Delegated(*(sum(getattr(one.delegated, n) for one in made) for n in DELEGATED)),
        "classes": [
            Classes(rows[0].label, *(sum(getattr(row, n) for row in rows) for n in CLASSES))
            for rows in zip(*(one.classes for one in made), strict=True)
        ],
        "quotas": _quotas([quota for one in made for quota in one.quotas]),
        "all_groups": _lines([(one.all_groups, one.shown()[0]) for one in made]),
        "all_categories": _lines([(one.all_categories, one.shown()[1]) for one in made]),
        "hamlets": [],
        "campaigns": _campaigns([row for one in made for row in one.campaigns]),
        "communes": [_share(one, line) for one in made],
        "version": int(all(one.version for one in made)),
    }


DELEGATED = ("people", "confirmed", "denied")
CLASSES = ("yes", "no", "unknown", "special")


def _counted(many: Any) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in many:
        total.update(counts)
    return total


def _ratio(many: Sequence[Ratio]) -> Ratio:
    evidence = _counted(one.evidence for one in many)
    day = max(one.as_of for one in many)
    parts = (sum(one.numerator for one in many), sum(one.denominator for one in many))
    return Ratio(*parts, day, dict(evidence), many[0].of)


def _before(many: Sequence[Before]) -> Before:
    paid, asxh = _ratio([one.paid for one in many]), _ratio([one.asxh for one in many])
    return Before(max(one.as_of for one in many), sum(one.people for one in many), paid, asxh)


def _quotas(many: Sequence[Quota]) -> list[Quota]:
    found: dict[str, Quota] = {}
    for one in many:
        was = found.get(one.part, Quota(one.part, one.label, 0, 0, 0))
        numbers = (was.done + one.done, was.quota + one.quota, was.managed + one.managed)
        found[one.part] = Quota(one.part, one.label, *numbers)
    return list(found.values())


def _campaigns(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line for all campaigns of the communes."""
    if not rows:
        return []
    names = ("planned", "self", "officer", "register", "had_before", "contradicted")
    return [{"name": f"{len(rows)} đợt"} | {name: sum(row[name] for row in rows) for name in names}]


def _share(one: Report, line: int) -> Share:
    figures = (one.people, one.paid.numerator, one.paid_unknown, one.asxh.numerator, one.asxh.denominator)
    return Share(one.commune, one.commune_name, *figures, one.as_of, one.version, line)


def _lines(many: Sequence[tuple[list[Line], list[Line]]]) -> list[Line]:
    """Lines of the same kind added up, from pairs: as they are, and as they are shown.

    What communes hid stays hidden while it comes to less than five people.
    """
    found: dict[str, Line] = {}
    covered: Counter[tuple[str, str]] = Counter()
    for lines, told in many:
        for line, shown in zip(lines, told, strict=True):
            was = found.get(line.code, replace(line, people=0, paid=0, asxh=0, can_have=0))
            sums = {name: int(getattr(was, name)) + int(getattr(line, name)) for name in COLUMNS}
            found[line.code] = replace(was, sensitive=was.sensitive and line.sensitive, **sums)  # type: ignore[arg-type]
            for name in COLUMNS:
                if isinstance(getattr(shown, name), str):
                    covered[line.code, name] += int(getattr(line, name))
    for (code, name), people in covered.items():
        if people < SMALLEST_SHOWN and found[code].sensitive:
            found[code] = replace(found[code], **{name: HIDDEN})  # type: ignore[arg-type]
    return list(found.values())


VERDICTS = {"reached": "đạt", "open": "chưa rõ", "below": "chưa đạt"}


def communes_of(report: Report) -> list[Block]:
    """Every commune against the line, the highest share first; the best and the worst in a sentence."""
    if not report.communes:
        return [Para("Chưa có xã, phường nào có danh sách.")]
    only_b = report.part == "asxh"
    ranked = sorted(report.communes, key=lambda one: (-_rank(one, only_b), one.name))
    told = [one for one in ranked if _rank(one, only_b) >= 0]
    blocks: list[Block] = []
    note = "" if report.version else NOT_CLOSED
    if len(told) > 1:
        best, worst = (f"{one.name} {number_2(_rank(one, only_b))}" for one in (told[0], told[-1]))
        blocks.append(Para(f"Cao nhất: {best}; thấp nhất: {worst}."))
    if only_b:
        header: tuple[str, ...] = ("Xã, phường", "B: có TK ASXH", "Có thể có TK ASXH", "Tỷ lệ B", "Số liệu đến")
        rows: list[tuple[Cell | float, ...]] = [
            (c.name, c.asxh, c.can_have, c.asxh / c.can_have if c.can_have else "–", _as_of(c)) for c in ranked
        ]
        return [*blocks, Table(header, rows, (34, 16, 16, 14, 20), note)]
    counts = Counter(one.verdict for one in ranked)
    said = ", ".join(f"{counts[key]} nơi {label}" for key, label in VERDICTS.items() if counts[key])
    blocks.append(Para(f"So với chỉ tiêu tối thiểu {report.target_percent}% ở từng xã, phường: {said}."))
    rows = [
        (c.name, c.paid, c.people, c.share if c.share is not None else "–", c.unknown, VERDICTS[c.verdict], c.missing,
         _as_of(c))
        for c in ranked
    ]  # fmt: skip
    header = (
        "Xã, phường",
        "A: qua tài khoản",
        "Tổng số",
        "Tỷ lệ A",
        "Chưa rõ",
        "So chỉ tiêu",
        "Còn thiếu",
        "Số liệu đến",
    )
    return [*blocks, Table(header, rows, (24, 11, 10, 10, 10, 11, 10, 17), note)]


def _rank(one: Share, only_b: bool) -> float:
    share = (one.asxh / one.can_have if one.can_have else None) if only_b else one.share
    return -1 if share is None else share


NOT_CLOSED = "Dấu *: xã, phường chưa chốt số liệu kỳ này."


def _as_of(one: Share) -> str:
    return f"{one.as_of:%d/%m/%Y}{'' if one.version else ' *'}"
