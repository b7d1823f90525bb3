"""What stands on the one page for the meeting (giao ban): few figures, every place as a bar, what to talk about."""

from __future__ import annotations

from typing import Any

from campaigns.reports.blocks import number
from campaigns.reports.figures import Report
from campaigns.reports.pages import difficulties_named
from campaigns.reports.rules import PARTS
from campaigns.results.figures import Ratio

MOST_PLACES, MOST_DIFFICULTIES = 16, 5  # that fit on the page; the others are told by their number


def meeting(report: Report) -> dict[str, Any]:
    """The data of meeting.typ: all texts already."""
    only_b = report.part == "asxh"
    ratios = [("B. Có tài khoản ASXH", report.asxh, report.before.asxh if report.before else None, report.asxh_unknown)]
    if not only_b:
        before = report.before.paid if report.before else None
        ratios.insert(0, ("A. Nhận qua tài khoản", report.paid, before, report.paid_unknown))
    places = _places(report)
    told = difficulties_named(report.difficulties)
    return {
        "unit": report.commune_name,
        "label": report.label,
        "about": PARTS[report.part].about,
        "as_of": f"{report.as_of:%d/%m/%Y}",
        "closed": bool(report.version),
        "figures": [_figure(*ratio) for ratio in ratios],
        "people": number(report.people),
        "moved": f"tăng {number(report.came_in)}, giảm {number(sum(report.left.values()))}"
        if report.before
        else "kỳ trước chưa có số liệu",
        "target": "" if only_b else _target(report),
        "line": 0 if only_b else report.target_percent,
        "places_are": "xã, phường" if report.is_province else "địa bàn",
        "by": "B" if only_b else "A",
        "places": places[:MOST_PLACES],
        "more_places": max(len(places) - MOST_PLACES, 0),
        "work": _work(report),
        "difficulties": [f"{label}: {number(count)} lượt" for label, count in told[:MOST_DIFFICULTIES]],
    }


def _figure(label: str, ratio: Ratio, before: Ratio | None, unknown: int) -> dict[str, str]:
    share = "–" if ratio.share is None else number(ratio.share)
    was = f"kỳ trước {number(before.share)}" if before and before.share is not None else "kỳ trước chưa có"
    open_ones = f", chưa rõ {number(unknown)}" if unknown else ""
    counts = f"{number(ratio.numerator)}/{number(ratio.denominator)} người{open_ones}"
    return {"label": label, "share": share, "counts": counts, "before": was}


def _target(report: Report) -> str:
    if report.target_met:
        return f"đạt chỉ tiêu {report.target_percent}%"
    if report.target_open:
        return f"chưa nói được đạt {report.target_percent}% hay chưa"
    return f"thiếu {number(report.target_missing)} người để đạt {report.target_percent}%"


def _places(report: Report) -> list[dict[str, Any]]:
    """Places by share, the lowest first: they are what the meeting is about."""
    only_b, found = report.part == "asxh", []
    rows: list[tuple[str, Any, Any]] = [(n.label, *((n.asxh, n.can_have) if only_b else (n.paid, n.people)))
                                        for n in report.hamlets]  # fmt: skip
    rows += [(one.name, *((one.asxh, one.can_have) if only_b else (one.paid, one.people))) for one in report.communes]
    for label, some, all_ in rows:
        if all_:
            share = some / all_
            found.append({"label": label, "share": share, "text": f"{number(some)}/{number(all_)} = {number(share)}"})
    return sorted(found, key=lambda one: (one["share"], one["label"]))


def _work(report: Report) -> list[str]:
    sessions, air = report.sessions, report.air
    said = [
        f"Buổi hỗ trợ: {sessions['held']}/{sessions['planned']} buổi có số liệu, {number(sessions['helped'])} người "
        "làm xong",
        f"Đến nhà: {number(sum(report.visits.values()))} lượt",
        f"Phát thanh: {number(air['confirmed'])}/{number(air['planned'])} lượt có trong nhật ký phát sóng",
    ]
    if report.part != "asxh" and report.delegated.people:
        found = report.delegated
        said.append(f"Ủy quyền nhận thay: {number(found.people)} người, đã xác nhận {number(found.confirmed)}")
    return said
