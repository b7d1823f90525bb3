"""Chốt số liệu: once a period is over, its figures are kept as they were handed in.

    close(session, "22945", "2026-10", "lan", now)    # once; whatever comes in later changes nothing
    close(…, why="Sở yêu cầu bổ sung 12 người")             # a second version beside the first, and never in its place

Only counts are kept. The history could reckon them anew (``tungnha report … --known``); what was handed in stands here.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.reports.figures import Report
from campaigns.reports.periods import Period, earlier, keys_until, period
from campaigns.reports.reckoning import figures
from campaigns.reports.rules import PARTS, Rules, rules_of
from campaigns.tables import ClosedReport
from register.audit import declare, note
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.tables import Person, Unit
from register.units import commune_of

BY_ITSELF = timedelta(days=5)  # late lists of the month still come in; after that the night closes it
MOST_LETTERS = 200  # of the reason for a later version
declare("report_closed", "period", "version")


def is_over(one: Period, now: datetime) -> bool:
    """Whether its last day is past."""
    return one.last < now.astimezone(VIETNAM).date()


def close(session: Session, unit: str, key: str, by: str, now: datetime, why: str = "") -> int:
    """Keep the figures of a period that is over; the version that stands. With ``why`` a further version.

    BadInput while the period runs.
    """
    commune = commune_of(session, unit)
    rules = rules_of(session, commune)
    one = begun(key, rules, now)
    if not is_over(one, now):
        raise BadInput(f"Kỳ này còn đến hết ngày {one.last:%d/%m/%Y}: qua ngày đó mới chốt được số liệu.")
    standing, why = next(iter(versions(session, unit, key)), None), " ".join(why.split())
    if standing is not None and not why:
        return standing.version
    if len(why) > MOST_LETTERS:
        raise BadInput(f"Lý do: hãy ghi gọn trong {MOST_LETTERS} chữ, không nêu tên người.")
    version = standing.version + 1 if standing else 1
    made = reckoned(session, commune, one, rules, now)
    data = {part: _plain().dump_python(found, mode="json") for part, found in made.items()}
    session.add(ClosedReport(unit=unit, period=key, version=version, figures=data, why=why, by=by, at=now))
    note(session, by, "report_closed", unit, now, period=key, version=version)
    session.flush()
    return version


def close_if_over(session: Session, unit: str, key: str, by: str, now: datetime) -> None:
    """Whoever takes a report away of a period that is over hands it in: its figures are kept from then on."""
    commune = commune_of(session, unit)
    if is_over(begun(key, rules_of(session, commune), now), now):
        close(session, unit, key, by, now)


def closed(session: Session, unit: str, key: str, now: datetime) -> dict[str, Report] | None:
    """The figures of each part as they stood closed at ``now``; None when they did not."""
    row = newest(session, unit, key, now)
    if row is None:
        return None
    return {part: _plain().validate_python(data | {"version": row.version}) for part, data in row.figures.items()}


def newest(session: Session, unit: str, key: str, now: datetime) -> ClosedReport | None:
    """The version that stands."""
    rows = select(ClosedReport).where(
        ClosedReport.unit == unit, ClosedReport.period == key, col(ClosedReport.at) <= now
    )
    return session.exec(rows.order_by(col(ClosedReport.version).desc()).limit(1)).first()


def versions(session: Session, unit: str, key: str) -> list[ClosedReport]:
    """All versions, the newest first."""
    rows = select(ClosedReport).where(ClosedReport.unit == unit, ClosedReport.period == key)
    return list(session.exec(rows.order_by(col(ClosedReport.version).desc())).all())


def reckoned(session: Session, unit: Unit, one: Period, rules: Rules, now: datetime, *wanted: str) -> dict[str, Report]:
    """The figures of the parts as they are known at ``now``, beside those handed in for the period before."""
    before = closed(session, unit.code, earlier(one), now) or {}
    return figures(session, unit, one, rules, now, before, wanted or tuple(PARTS))


def begun(key: str, rules: Rules, now: datetime) -> Period:
    """The period, which must not lie wholly in time to come: BadInput."""
    one = period(key, rules.closing_day)
    if one.first > now.astimezone(VIETNAM).date():
        raise BadInput("Kỳ báo cáo chưa tới: hãy chọn kỳ đã bắt đầu.")
    return one


def to_close(session: Session, now: datetime) -> list[tuple[str, str]]:
    """(commune, period) of what the night closes by itself: over for five days, and nobody has closed it."""
    today = now.astimezone(VIETNAM).date()
    first = select(col(Person.commune), func.min(col(Person.created_at))).group_by(col(Person.commune))
    done = set(session.exec(select(ClosedReport.unit, ClosedReport.period)).all())
    found: list[tuple[str, str]] = []
    for commune, since in session.execute(first).all():
        unit = session.get(Unit, commune)
        rules = rules_of(session, unit) if unit else None
        for key in _lately(today, rules.closing_day) if rules else ():
            one = period(key, rules.closing_day if rules else 0)
            known = since.astimezone(VIETNAM).date() <= one.last
            if known and one.last + BY_ITSELF < today and (commune, key) not in done:
                found.append((commune, key))
    return found


def close_due(home: Home, now: datetime) -> int:
    """Close what is due, each in a write of its own. Returns how many."""
    with home.db.read() as session:
        due = to_close(session, now)
    for commune, key in due:
        home.db.write(lambda s, commune=commune, key=key: close(s, commune, key, "system", now))  # type: ignore[misc]
    return len(due)


def _lately(today: date, closing_day: int) -> list[str]:
    """The three newest periods of each kind: what was over longer than that is history."""
    return [key for kind in ("month", "half", "year") for key in keys_until(today, kind, 3, closing_day)]


@lru_cache(maxsize=1)
def _plain() -> TypeAdapter[Any]:
    return TypeAdapter(Report)
