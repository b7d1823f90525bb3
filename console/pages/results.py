"""Kết quả: who made it, campaign by campaign, by the evidence that says so, and what can be learnt from it.

Levels are never added up. Beside it: where people stop on the way, and who is stuck now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session, col, select

from bot.funnel import FEWEST_TIMES, OF_LATE, STUCK_AFTER, Funnel, Part, funnel, hide_small, not_yet_visited
from bot.funnel_file import funnel_sheet
from campaigns.field.visits import add_visits
from campaigns.results.comparing import comparisons
from campaigns.results.keeping import KEPT, kept
from campaigns.results.results import REGISTER_DELAY, results
from campaigns.results.touches import TOUCHES, paths
from campaigns.segments import GOALS, SEGMENTS
from campaigns.tables import Campaign
from console import words
from console.access import may_do, may_see
from console.web import Seen, do, go, own, render, see, take_away
from register.errors import NotAllowed
from register.words import inside

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("results"))]
MOST_WAYS = 4  # last touches shown of a level


@router.get("/ket-qua")
def results_page(request: Request, seen: Viewing) -> Response:
    """The launched campaigns, the newest first."""
    mine = select(Campaign).where(Campaign.commune == seen.here, col(Campaign.launched_at).is_not(None))
    with seen.home.db.read() as session:
        launched = session.exec(mine.order_by(col(Campaign.id).desc())).all()
        rows = [(campaign, results(session, campaign, seen.now)) for campaign in launched]
    return render(request, "results.html", seen, at="results", rows=rows, segments=SEGMENTS)


@router.get("/ket-qua/dung-o-dau")
def where_people_stop(request: Request, seen: Viewing) -> Response:
    """How far the chats of the commune have come, by step, channel, hamlet and age; who is stuck."""
    with seen.home.db.read() as session:
        found = funnel(session, seen.here, seen.now)
        waiting = not_yet_visited(session, found.stuck)
    page: dict[str, Any] = {
        "found": found,
        "waiting": len(waiting),
        "parts": _parts(seen, found),
        "may_send": may_do(seen.viewer.role, "visits") and not seen.hamlet,
        "hours": int(STUCK_AFTER.total_seconds() // 3600),
        "of_late": OF_LATE.days,
        "fewest": FEWEST_TIMES,
        "keep": seen.home.settings.keep_chats_days,
    }
    return render(request, "funnel.html", seen, at="results", **page)


def _parts(seen: Seen, found: Funnel) -> list[tuple[str, str, Sequence[Part | str], dict[str, str]]]:
    """(title, of what, lines as this viewer may see them, words for their names)."""
    shown: Callable[[list[Part]], Sequence[Part | str]] = list if may_see(seen.viewer.role, "people") else hide_small
    return [
        ("Theo kênh", "Kênh", shown(found.channels), words.CHANNELS),
        ("Theo khu dân cư", "Khu dân cư", shown(found.hamlets), {}),
        ("Theo tuổi", "Tuổi", shown(found.bands), {}),
    ]


@router.get("/ket-qua/dung-o-dau.xlsx")
def where_people_stop_file(seen: Viewing) -> Response:
    """The same tables as a workbook. Nobody is in it."""
    with seen.home.db.read() as session:
        found = funnel(session, seen.here, seen.now)
    parts = [(title, [_named(row, names) for row in rows]) for title, _, rows, names in _parts(seen, found)]
    title = f"Bà con {inside(seen.commune.name) if seen.commune else seen.here} dừng ở bước nào"
    made = f"Lập lúc {words.moment(seen.now)}. Chỉ có số đếm, không có tên ai."
    return take_away(funnel_sheet(found, parts, title, made), f"dung-o-dau-{seen.here}.xlsx")


def _named(row: Part | str, names: dict[str, str]) -> Part | str:
    return names.get(row, row) if isinstance(row, str) else replace(row, label=names.get(row.label, row.label))


@router.post("/ket-qua/dung-o-dau/den-nha")
def to_visits(seen: Annotated[Seen, Depends(do("visits"))]) -> Response:
    """Put everybody who is stuck now on the visit list."""
    if seen.hamlet:
        raise NotAllowed("Việc này do cán bộ xã, phường quyết định.")

    def store(session: Session) -> None:
        add_visits(session, None, not_yet_visited(session, funnel(session, seen.here, seen.now).stuck), seen.now)

    seen.home.db.write(store)
    return go("/phieu-den-nha", "can-den")


@router.get("/ket-qua/{number}")
def one_campaign(request: Request, number: int, seen: Viewing) -> Response:
    """One campaign: kept and present figures, how long it took and what came before, what its lots tell."""
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
        told = kept(session, campaign)
        final = told.get("lists")
        page: dict[str, Any] = {
            "campaign": campaign,
            "kept": told,
            "moments": [(KEPT[what], one.at, one.results) for what, one in told.items()],
            "last": final.results if final else results(session, campaign, seen.now),
            "paths": final.paths if final else paths(session, campaign, seen.now),
            "asked": comparisons(session, campaign, seen.now),
        }
    if final is None:
        page["moments"].append(("đến nay", seen.now, page["last"]))
    page |= {"segments": SEGMENTS, "goal": GOALS[campaign.goal], "touches": TOUCHES, "delay": REGISTER_DELAY}
    page["last_words"] = _last_words
    page["most_ways"] = MOST_WAYS
    return render(request, "results_one.html", seen, at="results", **page)


def _last_words(last: str) -> str:
    """A key of ``Paths.last`` as people read it: tin 1 qua Zalo."""
    channel, _, step = last.rpartition(" ")
    if channel:
        return f"Tin {step} qua {words.CHANNELS.get(channel, channel)}"
    return TOUCHES.get(last, "Không rõ đã gặp gì")
