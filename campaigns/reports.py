"""Báo cáo tháng: what a commune hands in, computed from the history of facts as of the month's end.

A report never reads what stands now, so that last month's report says next year what it says today. Every ratio
carries its numerator, denominator, date and evidence: "141/150" and "141/410" are both true, and not the same.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import column, func, select, table
from sqlmodel import Session, col

from campaigns.history import Someone, everyone
from campaigns.indicators import ACCOUNT_TARGET_PERCENT, asxh_accounts, missing_to, paid_by_account
from campaigns.report_figures import Classes, MonthlyReport
from campaigns.results import REGISTER_DELAY, results
from campaigns.small_cells import Line, protect
from campaigns.tables import Campaign, HelpSession, Visit
from register.categories import CATEGORIES, GROUPS
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.ladder import NO_HAMLET
from register.tables import Unit
from register.units import commune_of

MEASURES = {  # what the classes are counted of: label, kind of fact, value that is "đã có"
    "eid2": ("Định danh mức 2 đã kích hoạt", "eid_level", "2_active"),
    "bank": ("Tài khoản ngân hàng", "bank_account", "yes"),
    "asxh": ("Tài khoản hưởng An sinh xã hội", "asxh_account", "yes"),
}


def monthly(session: Session, home: Home, commune: str, year: int, month: int, now: datetime) -> MonthlyReport:
    """The report of one month: as of its last day, or of today while the month runs. BadInput for a month to come."""
    unit = commune_of(session, commune)
    today = now.astimezone(VIETNAM).date()
    if not 1 <= month <= 12 or date(year, month, 1) > today:
        raise BadInput("Tháng báo cáo chưa tới hoặc không đúng: hãy ghi tháng như 2026-11.")
    first = date(year, month, 1)
    day = min(date(year, month, monthrange(year, month)[1]), today)
    day_before = first - timedelta(days=1)
    known = everyone(session, commune, now)
    people = [p for p in known if p.present(day)]
    earlier = [p for p in known if p.present(day_before)]
    paid, asxh = paid_by_account(people, day), asxh_accounts(people, day)
    missing = missing_to(ACCOUNT_TARGET_PERCENT, paid)
    province = session.get(Unit, unit.parent)
    since = _moment(first)
    until = min(now, _moment(day + timedelta(days=1)) - timedelta(microseconds=1))
    return MonthlyReport(
        commune=commune,
        commune_name=unit.name,
        province_name=province.name if province else "",
        year=year,
        month=month,
        as_of=day,
        people=len(people),
        paid=paid,
        asxh=asxh,
        cannot_have=len(people) - asxh.denominator,
        target_percent=ACCOUNT_TARGET_PERCENT,
        target_met=bool(people) and not missing,
        target_missing=missing,
        before=_before(earlier, day_before),
        came_in=sum(not p.present(day_before) for p in people),
        left=dict(sorted(Counter(p.reason for p in earlier if not p.present(day)).items())),
        payout=dict(sorted(Counter(p.known("payout", day)[0] for p in people).items())),
        classes=[_classes(people, day, *measure) for measure in MEASURES.values()],
        groups=protect(_groups(people, day)),
        categories=protect(_categories(people, day)),
        hamlets=_lines(people, day, lambda p: [p.hamlet], _hamlet_names(session, commune)),
        sessions=_sessions(session, commune, since, _moment(_next_month(first))),
        visits=_visits(session, commune, since, until),
        campaigns=_campaigns(session, commune, first, day, until),
        difficulties=_difficulties(session, commune, since, until),
    )


def write(report: MonthlyReport, out: Path) -> None:
    """Write the report by its suffix: .xlsx, .docx, .pdf or .json. At once, or not at all; BadInput otherwise."""
    import campaigns.report_files as report_files  # Word and Excel are needed only here

    writers = {
        ".xlsx": report_files.to_xlsx,
        ".docx": report_files.to_docx,
        ".pdf": report_files.to_pdf,
        ".json": report_files.to_json,
    }
    writer = writers.get(out.suffix.lower())
    if writer is None:
        raise BadInput(f"Không ghi được báo cáo dạng “{out.suffix}”: hãy dùng .xlsx, .docx, .pdf hoặc .json.")
    writer(report, out)


# --- people ---------------------------------------------------------------------------------------


def _before(people: list[Someone], day: date) -> dict[str, Any] | None:
    """The same figures a month earlier; None when nothing was known then."""
    if not people:
        return None
    return {
        "as_of": day,
        "people": len(people),
        "paid": paid_by_account(people, day),
        "asxh": asxh_accounts(people, day),
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
            lines.append(Line(label, key, len(members), paid.numerator, asxh.numerator, asxh.denominator))
    return lines


def _groups(people: list[Someone], day: date) -> list[Line]:
    """A person counts under one group. A group of sensitive categories alone is as sensitive as they are."""
    open_ones = {p.group() for p in people if not p.sensitive()}
    lines = _lines(people, day, lambda p: [p.group()], {str(key): label for key, label in GROUPS.items()})
    return [replace(line, group="", sensitive=line.group not in open_ones) for line in lines]


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


# --- work -----------------------------------------------------------------------------------------


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(0), VIETNAM)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _sessions(session: Session, commune: str, since: datetime, until: datetime) -> dict[str, int]:
    counts = (func.count(), func.count(col(HelpSession.came)))
    sums = (func.coalesce(func.sum(col(name)), 0) for name in (HelpSession.came, HelpSession.helped))
    query = select(*counts, *sums).where(
        col(HelpSession.commune) == commune, col(HelpSession.starts_at) >= since, col(HelpSession.starts_at) < until
    )
    return dict(zip(("planned", "held", "came", "helped"), map(int, session.execute(query).one()), strict=True))


def _visits(session: Session, commune: str, since: datetime, until: datetime) -> dict[str, int]:
    query = select(col(Visit.outcome), func.count()).where(
        col(Visit.commune) == commune, col(Visit.at) >= since, col(Visit.at) <= until
    )
    return dict(session.execute(query.group_by(col(Visit.outcome))).all())


def _campaigns(session: Session, commune: str, first: date, day: date, until: datetime) -> list[dict[str, Any]]:
    """The results of each campaign that could bring any this month, by level of evidence."""
    query = select(Campaign).where(
        col(Campaign.commune) == commune,
        col(Campaign.launched_at) <= until,
        col(Campaign.starts_on) <= day,
        col(Campaign.ends_on) >= first - REGISTER_DELAY,
    )
    running = session.scalars(query.order_by(col(Campaign.starts_on), col(Campaign.id)))
    return [{"name": campaign.name} | results(session, campaign, until).to_json() for campaign in running]


def _difficulties(session: Session, commune: str, since: datetime, until: datetime) -> dict[str, int]:
    """Tickets by kind, and what visits met. The bot's table is asked by name: its room lies above this one."""
    moment = Visit.__table__.c.at.type  # type: ignore[attr-defined]
    ticket = table("ticket", column("commune"), column("kind"), column("opened_at", moment))
    query = select(ticket.c.kind, func.count()).where(
        ticket.c.commune == commune, ticket.c.opened_at >= since, ticket.c.opened_at <= until
    )
    met = dict(session.execute(query.group_by(ticket.c.kind)).all())
    visits = _visits(session, commune, since, until)
    return met | {f"visit.{name}": visits[name] for name in ("no_phone", "wrong_data", "refused") if name in visits}
