"""Tiến độ: the ladder of a commune, of its hamlets and of each kind of beneficiary, unknowns visible."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from console.pages.today import newest_list
from console.web import Missing, Seen, render, see
from register.categories import CATEGORIES
from register.ladder import RUNG_LABELS, Rung, ladder, ladders

router = APIRouter()
SMALLEST = 5  # cells under 5 of a sensitive kind are hidden from whoever does not serve these people
SENSITIVE = {category.label for category in CATEGORIES.values() if category.sensitive}


def hidden_rows(role: str, rows: dict[str, Rung]) -> set[str]:
    """The rows that are not shown to this role. One alone could be worked out from the whole: another goes with it."""
    hidden = {label for label, rung in rows.items() if hides(role, label, rung)}
    shown = rows.keys() - hidden
    if len(hidden) == 1 and shown:
        hidden.add(min(shown, key=lambda label: (rows[label].people, label)))
    return hidden


def hides(role: str, label: str, rung: Rung) -> bool:
    """Whether this cell could tell who somebody is, to a viewer outside the commune."""
    small = any(0 < number < SMALLEST for number in (rung.yes, rung.no, rung.unknown))
    return role in ("province", "auditor") and label in SENSITIVE and small


@router.get("/tien-do")
def progress(request: Request, seen: Annotated[Seen, Depends(see("progress"))], bac: str = "asxh") -> Response:
    """The whole ladder, then one rung (``bac``) by hamlet, by kind, and by commune for who sees several."""
    if bac not in RUNG_LABELS:
        raise Missing
    role, others = seen.viewer.role, {}
    with seen.home.db.read() as session:
        whole = ladder(session, seen.here)
        by_hamlet = _rung(ladders(session, seen.here, "hamlet"), bac)
        by_category = _rung(ladders(session, seen.here, "category"), bac)
        as_of = newest_list(session, seen.here)
        if len(seen.communes) > 1:
            others = _rung({unit.name: ladder(session, unit.code) for unit in seen.communes}, bac)
    page: dict[str, Any] = {
        "whole": whole,
        "parts": [
            ("theo xã, phường", "Xã, phường", others),
            ("theo khu dân cư", "Khu dân cư", by_hamlet),
            ("theo loại đối tượng", "Loại đối tượng", by_category),
        ],
        "hidden": hidden_rows(role, by_category),
        "rung": bac,
        "rungs": {key: label for key, label in RUNG_LABELS.items() if key != "listed"},
        "as_of": as_of,
    }
    return render(request, "progress.html", seen, at="progress", **page)


def _rung(found: dict[str, list[Rung]], key: str) -> dict[str, Rung]:
    return {label: next(rung for rung in rungs if rung.key == key) for label, rungs in found.items()}
