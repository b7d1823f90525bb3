"""The figures of a commune's report for one period, folded from the history of facts as of its last day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from campaigns.reports import work
from campaigns.reports.figures import Before, Classes, Delegated, Quota, Report
from campaigns.reports.periods import Period
from campaigns.reports.rules import PARTS, ROUTED, Rules
from campaigns.reports.small_cells import Line
from campaigns.results.history import Someone, everyone
from campaigns.results.indicators import asxh_accounts, paid_by_account
from register.categories import CATEGORIES, GROUPS
from register.home import VIETNAM
from register.ladder import NO_HAMLET
from register.tables import Unit

MEASURES = {  # what the classes are counted of: label, kind of fact, value that is "đã có"
    "eid2": ("Định danh mức 2 đã kích hoạt", "eid_level", "2_active"),
    "bank": ("Tài khoản ngân hàng", "bank_account", "yes"),
    "asxh": ("Tài khoản hưởng An sinh xã hội", "asxh_account", "yes"),
}


def figures(
    session: Session,
    unit: Unit,
    one: Period,
    rules: Rules,
    now: datetime,
    handed_in: Mapping[str, Report],
    wanted: Collection[str] = tuple(PARTS),
) -> dict[str, Report]:
    """The figures of each ``wanted`` part of the report, as they were known at ``now``.

    ``handed_in``: the period before by part, where it was closed: compared with as it was told then.
    """
    day = min(one.last, now.astimezone(VIETNAM).date())
    known = everyone(session, unit.code, now)
    since, until = _moment(one.first), min(now, _moment(day + timedelta(days=1)) - timedelta(microseconds=1))
    here = [p for p in known if p.present(day)]
    names, province = _hamlet_names(session, unit.code), session.get(Unit, unit.parent)
    whole = Report(
        commune=unit.code, commune_name=unit.name, province_name=province.name if province else "",
        period=one.key, label=one.label, year=one.year, month=one.number if one.kind == "month" else 0,
        first=one.first, last=one.last, as_of=day, part="", target_percent=rules.target_percent, quotas=[],
        sessions=work.sessions(session, unit.code, since, _moment(one.last + timedelta(days=1))),
        visits=work.visits(session, unit.code, since, until),
        air=work.air(session, unit.code, since, until, now),
        campaigns=work.campaigns(session, unit.code, one.first, day, until),
        difficulties=work.difficulties(session, unit.code, since, until),
        all_groups=_groups(here, day), all_categories=_categories(here, day),
        **_people(known, one.first, day, names),
    )  # fmt: skip
    parts = {}
    for key, part in PARTS.items():
        if key not in wanted and key not in rules.quotas:
            continue
        made = replace(whole, part=key)
        if part.groups:
            mine = [p for p in known if p.group() in part.groups]
            made = replace(made, **_people(mine, one.first, day, names))
        if key in handed_in:
            was = handed_in[key]
            made = replace(made, before=Before(was.as_of, was.people, was.paid, was.asxh))
        parts[key] = made
    quotas = {
        key: Quota(key, PARTS[key].label, ratio.numerator, rules.quotas[key], ratio.denominator)
        for key in ROUTED
        if key in rules.quotas
        for ratio in [parts[key].asxh if key == "asxh" else parts[key].paid]
    }
    told = {key: list(quotas.values()) if not key else [quotas[key]] if key in quotas else [] for key in wanted}
    return {key: replace(parts[key], quotas=told[key]) for key in wanted}


# --- people ---------------------------------------------------------------------------------------


def _people(known: list[Someone], first: date, day: date, hamlets: dict[str, str]) -> dict[str, Any]:
    """What is counted of these people, those who have left among them."""
    day_before = first - timedelta(days=1)
    people = [p for p in known if p.present(day)]
    earlier = [p for p in known if p.present(day_before)]
    asxh = asxh_accounts(people, day)
    before = Before(day_before, len(earlier), paid_by_account(earlier, day_before), asxh_accounts(earlier, day_before))
    others = [p.known("receipt_confirmed", day)[0] for p in people if p.known("payout", day)[0] == "delegated"]
    return {
        "people": len(people),
        "paid": paid_by_account(people, day),
        "asxh": asxh,
        "cannot_have": len(people) - asxh.denominator,
        "before": before if earlier else None,
        "came_in": sum(not p.present(day_before) for p in people),
        "left": dict(sorted(Counter(p.reason for p in earlier if not p.present(day)).items())),
        "payout": dict(sorted(Counter(p.known("payout", day)[0] for p in people).items())),
        "hamlets": _lines(people, day, lambda p: [p.hamlet], hamlets),
        "delegated": Delegated(len(others), others.count("yes"), others.count("no")),
        "classes": [_classes(people, day, *measure) for measure in MEASURES.values()],
    }


def _classes(people: list[Someone], day: date, label: str, kind: str, yes: str) -> Classes:
    counted: Counter[str] = Counter()
    for person in people:
        value = person.known(kind, day)[0]
        if value == yes:
            counted["yes"] += 1
        elif person.special(day):
            counted["special"] += 1
        else:
            counted["unknown" if value == "unknown" else "no"] += 1
    return Classes(label, counted["yes"], counted["no"], counted["unknown"], counted["special"])


def _lines(
    people: list[Someone], day: date, keys: Callable[[Someone], list[str]], labels: dict[str, str]
) -> list[Line]:
    """One line for each key that has people, in the order of ``labels``."""
    found: dict[str, list[Someone]] = {}
    for person in people:
        for key in keys(person):
            found.setdefault(key, []).append(person)
    lines = []
    for key, label in labels.items():
        if members := found.get(key, []):
            paid, asxh = paid_by_account(members, day), asxh_accounts(members, day)
            counts = (len(members), paid.numerator, asxh.numerator, asxh.denominator)
            lines.append(Line(label, key, *counts, code=key))
    return lines


def _groups(people: list[Someone], day: date) -> list[Line]:
    """A person counts under one group. A group of sensitive categories alone is as sensitive as they are.

    Lines add up to the people of their part (NCC; the others), whom each paper names.
    """
    open_ones = {p.group() for p in people if not p.sensitive()}
    lines = _lines(people, day, lambda p: [p.group()], {str(key): label for key, label in GROUPS.items()})
    papers = {group: key for key, part in PARTS.items() for group in part.groups}
    return [replace(line, group=papers[line.code], sensitive=line.code not in open_ones) for line in lines]


def _categories(people: list[Someone], day: date) -> list[Line]:
    """A person under two categories counts under both."""
    order = sorted(CATEGORIES, key=lambda code: list(GROUPS).index(CATEGORIES[code].group))
    lines = _lines(people, day, lambda p: p.codes, {code: code for code in order})
    kinds = [CATEGORIES[line.group] for line in lines]
    return [
        replace(line, label=kind.label, group=kind.group, sensitive=kind.sensitive)
        for line, kind in zip(lines, kinds, strict=True)
    ]


def _hamlet_names(session: Session, commune: str) -> dict[str, str]:
    units = select(col(Unit.code), col(Unit.name)).where(col(Unit.parent) == commune).order_by(col(Unit.code))
    return dict(session.execute(units).all()) | {"": NO_HAMLET}


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(0), VIETNAM)
