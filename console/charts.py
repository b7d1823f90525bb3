"""Charts as coordinates: what a template needs to draw an SVG. No script, no library; the figures stand beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

WIDTH, HEIGHT = 400, 200  # units of the drawing; on a phone about one pixel each
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 10, 26  # room for the words on the axes


class Counted(Protocol):
    """One day's figures."""

    @property
    def day(self) -> date: ...
    @property
    def yes(self) -> int: ...
    @property
    def no(self) -> int: ...
    @property
    def unknown(self) -> int: ...


@dataclass(frozen=True)
class Areas:
    """Three areas, one on the other (yes, unknown, no), as ``points`` of polygons; marks on both axes."""

    yes: str
    unknown: str
    no: str
    line: str  # the upper edge of "yes"
    dots: list[tuple[float, float]]
    ups: list[tuple[float, int]]  # (y, people)
    days: list[tuple[float, str, date]]  # (x, anchor, day)


def areas(points: Sequence[Counted]) -> Areas | None:
    """The drawing; None while there are fewer than two days or nobody."""
    most = max((point.yes + point.no + point.unknown for point in points), default=0)
    if len(points) < 2 or not most:
        return None
    first, last = points[0].day, points[-1].day

    def x(day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - first).days / (last - first).days, 1)

    def y(people: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * people / most, 1)

    floor = [(x(point.day), y(0)) for point in points]
    have = [(x(point.day), y(point.yes)) for point in points]
    known = [(x(point.day), y(point.yes + point.unknown)) for point in points]
    top = [(x(point.day), y(point.yes + point.unknown + point.no)) for point in points]
    return Areas(
        yes=_points(have + floor[::-1]),
        unknown=_points(known + have[::-1]),
        no=_points(top + known[::-1]),
        line=_points(have),
        dots=have,
        ups=[(y(part), part) for part in sorted({0, most // 2, most})],
        days=[(x(first), "start", first), (x(last), "end", last)],
    )


def _points(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in pairs)
