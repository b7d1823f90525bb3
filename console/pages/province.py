"""Các xã, phường: all communes of a province beside each other, against the line of 60 % paid by account."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import col, select

from campaigns.results.indicators import ACCOUNT_TARGET_PERCENT
from campaigns.results.province import Place, named, places
from console import words
from console.web import Missing, Seen, render, see
from register.tables import Unit

router = APIRouter()
VERDICTS = {
    "reached": ("đạt", "yes"),
    "open": ("chưa đủ thông tin", "wait"),
    "below": ("chưa đạt", "no"),
    "none": ("chưa nhận danh sách", ""),
}
ORDERS = {
    "hang": ("thứ hạng", lambda one: (-one.share, one.name)),
    "thieu": ("còn thiếu nhiều người nhất", lambda one: (-one.missing, one.name)),
    "chua-ro": ("nhiều người chưa rõ nhất", lambda one: (-one.unknown, one.name)),
    "ten": ("tên", lambda one: (one.name,)),
}


@router.get("/cac-xa")
def communes(
    request: Request,
    seen: Annotated[Seen, Depends(see("province"))],
    tinh: str = "",
    xep: str = "hang",
    tim: str = "",
    muc: str = "",
) -> Response:
    """``tinh`` whose communes, ``xep`` a key of ORDERS, ``tim`` part of a name or a code, ``muc`` a key of VERDICTS."""
    with seen.home.db.read() as session:
        provinces = _provinces(session, seen)
        here = tinh or (seen.commune.parent if seen.commune else "") or next(iter(provinces), "")
        if here not in provinces:
            raise Missing
        every = places(session, here, words.local(seen.now).date())
    ranks = {one.code: rank for rank, one in enumerate((one for one in every if one.people), 1)}
    rows = [one for one in (named(every, tim) if tim else every) if muc in ("", one.verdict)]
    _, order = ORDERS.get(xep, ORDERS["hang"])
    open_here = {unit.code for unit in seen.communes}
    page: dict[str, Any] = {
        "rows": sorted(rows, key=order),
        "ranks": ranks,
        "all": Place(here, provinces[here], *(sum(getattr(one, part) for one in every) for part in PARTS)),
        "how_many": {key: sum(one.verdict == key for one in every) for key in VERDICTS},
        "verdicts": VERDICTS,
        "only": [("", "tất cả"), *((key, label) for key, (label, _) in VERDICTS.items())],
        "orders": [(key, label) for key, (label, _) in ORDERS.items()],
        "order": xep,
        "tim": tim,
        "muc": muc,
        "provinces": sorted(provinces.items()),
        "here": here,
        "opens": open_here,
        "line": ACCOUNT_TARGET_PERCENT,
    }
    return render(request, "province.html", seen, at="province", **page)


PARTS = ("people", "paid", "unknown", "asxh", "can_have", "asxh_unknown")


def _provinces(session: Any, seen: Seen) -> dict[str, str]:
    """The provinces whose communes this viewer may compare: their own, or those that hold any list."""
    if seen.viewer.role == "province":
        codes = {seen.viewer.unit or ""}
    else:
        codes = {unit.parent or "" for unit in seen.communes}
    found = session.exec(select(Unit).where(col(Unit.code).in_(codes))).all()
    return {unit.code: unit.name for unit in found}
