"""Tiến độ: the ladder of a commune, of its hamlets and of each kind of beneficiary, over time, unknowns visible;
and the ladders of all communes beside each other for whoever sees several.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from campaigns.reports.small_cells import SMALLEST_SHOWN
from campaigns.results.trend import trend
from console import words
from console.access import may_see
from console.charts import areas
from console.web import Missing, Seen, render, see
from register.categories import CATEGORIES
from register.ladder import RUNG_LABELS, Rung, ladder, ladders, ladders_of, together
from register.tables import Unit
from register.units import hamlets_of, newest_lists

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("progress"))]
SENSITIVE = {category.label for category in CATEGORIES.values() if category.sensitive}
RUNGS = {key: label for key, label in RUNG_LABELS.items() if key != "listed"}
NO_HAMLET = "khong"  # in an address: people of whom no hamlet is known


def hidden_rows(role: str, rows: dict[str, Rung]) -> set[str]:
    """The rows that are not shown to this role. One alone could be worked out from the whole: another goes with it."""
    hidden = {label for label, rung in rows.items() if hides(role, label, rung)}
    shown = rows.keys() - hidden
    if len(hidden) == 1 and shown:
        hidden.add(min(shown, key=lambda label: (rows[label].people, label)))
    return hidden


def hides(role: str, label: str, rung: Rung) -> bool:
    """Whether this cell could tell who somebody is, to a viewer who does not serve these people."""
    small = any(0 < number < SMALLEST_SHOWN for number in (rung.yes, rung.no, rung.unknown))
    return not may_see(role, "people") and label in SENSITIVE and small


@router.get("/tien-do")
def progress(request: Request, seen: Viewing, bac: str = "asxh", xa: str = "") -> Response:
    """The whole ladder, then one rung (``bac``) over time, by hamlet and by kind. ``xa``: of another commune."""
    if bac not in RUNGS:
        raise Missing
    if xa:
        seen.commune = next((unit for unit in seen.communes if unit.code == xa), None)
    with seen.home.db.read() as session:
        by_hamlet = _rung(ladders(session, seen.here, "hamlet"), bac)
        by_category = _rung(ladders(session, seen.here, "category"), bac)
        codes = {unit.name: unit.code for unit in hamlets_of(session, seen.here)}
        points = trend(session, seen.here, bac, words.local(seen.now).date())
        page: dict[str, Any] = {
            "whole": ladder(session, seen.here),
            "as_of": newest_lists(session, [seen.here]).get(seen.here),
        }
    places = {label: codes.get(label, NO_HAMLET) for label in by_hamlet}
    kinds = {category.label: category.code for category in CATEGORIES.values()}
    page |= {
        "parts": [
            ("theo khu dân cư", "Khu dân cư", by_hamlet, "khu", places),
            ("theo loại đối tượng", "Loại đối tượng", by_category, "loai", kinds),
        ],
        "hidden": hidden_rows(seen.viewer.role, by_category),
        "rung": bac,
        "rungs": RUNGS,
        "points": points,
        "chart": areas(points),
        "opens": may_see(seen.viewer.role, "people") and not xa,
        "visiting": xa,
    }
    return render(request, "progress.html", seen, at="progress", **page)


def _rung(found: dict[str, list[Rung]], key: str) -> dict[str, Rung]:
    return {label: next(rung for rung in rungs if rung.key == key) for label, rungs in found.items()}


@router.get("/tien-do/cac-xa")
def communes(request: Request, seen: Viewing, tinh: str = "", xep: str = "ten") -> Response:
    """The ladder of each commune of a province that holds a list. ``xep``: by name, by least yes, by most unknown."""
    provinces = sorted({unit.parent for unit in seen.communes if unit.parent})
    here = tinh or (seen.commune.parent if seen.commune else None)
    if tinh and tinh not in provinces:
        raise Missing
    units = [unit for unit in seen.communes if unit.parent == here]
    with seen.home.db.read() as session:
        found = ladders_of(session, [unit.code for unit in units])
        names = [(code, unit.name) for code in provinces if (unit := session.get(Unit, code)) is not None]
    rows = [(unit, {rung.key: rung for rung in found[unit.code]}) for unit in units if unit.code in found]
    if xep == "it":
        rows.sort(key=lambda row: row[1]["asxh"].yes / max(1, row[1]["asxh"].people))
    elif xep == "chua-ro":
        rows.sort(key=lambda row: -row[1]["asxh"].unknown)
    else:
        rows.sort(key=lambda row: row[0].name)
    page: dict[str, Any] = {
        "rows": rows,
        "all": {rung.key: rung for rung in together(found.values())},
        "provinces": names,
        "here": here,
        "province": dict(names).get(here or "", ""),
        "rungs": RUNGS,
        "order": xep,
        "orders": [("ten", "tên"), ("it", "ít người có tài khoản nhất"), ("chua-ro", "nhiều người chưa rõ nhất")],
    }
    return render(request, "communes.html", seen, at="progress", **page)
