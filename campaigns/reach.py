"""Reach per channel: of a segment, how many persons can be written to by each way, and how to raise it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from campaigns.engine.candidates import candidates
from campaigns.engine.decide import Moment
from campaigns.segments import SEGMENTS, Segment, conditions_of, segment_named
from campaigns.tables import Campaign
from register.tables import Person, Standing


def reach(session: Session, commune: str, segment: str, now: datetime) -> dict[str, int]:
    """``{"people", "zalo", "telegram", "zbs", "chat", "none"}``: persons, each counted in every way they have."""
    return reaches(session, commune, now, [segment_named(segment)])[segment]


def reach_of(session: Session, campaign: Campaign, now: datetime) -> dict[str, int]:
    """``reach`` of a campaign's own group, narrowed as it is."""
    group = Segment(campaign.segment, "", conditions_of(campaign))
    return reaches(session, campaign.commune, now, [group])[campaign.segment]


def advice(rehearsal: Any, channels: Sequence[str]) -> list[str]:
    """What would bring the message to more people, the most people first. One sentence each."""
    ways = rehearsal.ways
    only_phone, none = ways["people"] - ways["chat"] - ways["none"], ways["none"]
    said = []
    if only_phone and "zbs" not in rehearsal.by_channel:
        said.append(
            (only_phone, f"{only_phone} người chỉ có số máy: thiết lập tin mẫu Zalo theo số, hoặc mời liên kết.")
        )
    if none:
        said.append((none, f"{none} người chưa có cách nào: phiếu đến nhà có mã liên kết, buổi hỗ trợ, loa."))
    missing = rehearsal.skipped.get("no_channel", 0)
    if missing and "visit" not in channels:
        said.append((missing, f"{missing} người không có kênh nào đã chọn: thêm “Đến nhà” vào cuối ở bước 3."))
    cold = rehearsal.held_reasons.get("not_announced", 0)
    if cold:
        said.append(
            (
                cold,
                f"{cold} người chờ thông báo của UBND: ký, niêm yết, phát loa hai lần, báo trưởng khu.",
            )
        )
    full = rehearsal.held_reasons.get("session_full", 0)
    if full:
        said.append((full, f"{full} người chờ chỗ ở buổi hỗ trợ: xếp thêm buổi."))
    if rehearsal.too_late:
        said.append((rehearsal.too_late, f"{rehearsal.too_late} người không kịp trước ngày cuối: kéo dài đợt."))
    return [sentence for _, sentence in sorted(said, key=lambda one: -one[0])]


def reaches(
    session: Session, commune: str, now: datetime, segments: Iterable[Segment] = tuple(SEGMENTS.values())
) -> dict[str, dict[str, int]]:
    """``reach`` of several segments, in one statement over the commune."""
    moment = Moment(now, now, now, now, ())
    campaign = Campaign(commune=commune, name="", segment="", goal="asxh_account", author="")  # type: ignore[call-arg]
    rows = candidates(campaign, moment, col(Person.closed_at).is_(None))
    chat = (rows.c.zalo != 0) | (rows.c.telegram != 0)
    ways = {
        "people": rows.c.person != 0,
        "zalo": rows.c.zalo != 0,
        "telegram": rows.c.telegram != 0,
        "zbs": rows.c.zbs != 0,
        "chat": chat,
        "none": ~chat & (rows.c.zbs == 0),
    }
    columns: list[Any] = [
        func.coalesce(func.sum(case((segment.sql(now) & test, 1), else_=0)), 0).label(f"{segment.name} {way}")
        for segment in segments
        for way, test in ways.items()
    ]
    query = select(*columns).select_from(rows).join(Person, col(Person.id) == rows.c.person)
    found = session.execute(query.join(Standing, col(Standing.person) == Person.id)).mappings().one()
    counted: dict[str, dict[str, int]] = {}
    for label, number in found.items():
        name, way = label.split(" ")
        counted.setdefault(name, {})[way] = int(number)
    return counted
