"""Step 2, nội dung: what is said, and which reminder when."""

from __future__ import annotations

from itertools import zip_longest
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from campaigns import drafts
from campaigns.drafts import WHAT
from campaigns.segments import GOALS
from campaigns.steps import ONLY
from campaigns.tables import Campaign
from console.forms import Faults, as_count
from console.pages.steps.draft import Doing, Viewing, kept_form, settle, shown
from console.pages.steps.previews import place_here, previews
from console.web import Seen, own
from content.library import library
from register.errors import BadInput

router = APIRouter()
FIRST, LATER = ("first", "session"), ("reminder", "session")  # messages that may stand first, and after it
REMIND_AFTER = 4  # days, unless somebody chooses otherwise


@router.get("/dot-van-dong/{number}/noi-dung")
def content_form(request: Request, number: int, seen: Viewing) -> Response:
    """Step 2: what is said, and which reminder when."""
    return kept_form(request, seen, number, WHAT, lambda session, c: _content(session, seen, c, c.steps))


@router.post("/dot-van-dong/{number}/noi-dung")
def set_content(
    request: Request,
    number: int,
    seen: Doing,
    tin: str = Form("first"),
    nhac: Annotated[list[str] | None, Form()] = None,
    sau: Annotated[list[str] | None, Form()] = None,
    ai: Annotated[list[str] | None, Form()] = None,
    khac: str = Form(""),
    xem: str = Form(""),
) -> Response:
    """Keep the messages; ``xem``: only look how they would be. ``khac``: another wording for one half of the people.

    ``nhac``, ``sau``, ``ai``: of each reminder its text, the days before it, and whom it concerns.
    """
    faults = Faults()
    later = typed_reminders(nhac, sau, ai)
    with seen.home.db.read() as session:
        campaign = own(seen, session.get(Campaign, number))
    firsts, _ = _texts(campaign)
    if tin not in firsts or khac not in ("", *firsts):
        raise BadInput("Không có mẫu tin này. Hãy chọn lại trong danh sách.")
    steps: list[dict[str, Any]] = [{"message": tin} | ({"variants": [khac]} if khac not in ("", tin) else {})]
    steps += faults.read("sau", lambda: read_reminders(campaign, later), [])
    if not (faults or xem):
        return settle(seen, number, WHAT, steps=steps)
    with seen.home.db.read() as session:
        page = _content(session, seen, campaign, steps) | {"faults": faults, "trying": bool(xem)}
    return shown(request, seen, campaign, WHAT, page)


Reminder = tuple[str, str, str]  # as typed: text, days before it, whom it concerns


def typed_reminders(texts: list[str] | None, days: list[str] | None, whom: list[str] | None) -> list[Reminder]:
    """The lines of the form in which a text is chosen."""
    return [one for one in zip_longest(texts or [], days or [], whom or [], fillvalue="") if one[0]]


def read_reminders(campaign: Campaign, later: list[Reminder]) -> list[dict[str, Any]]:
    """Steps of these lines. BadInput with what is wrong in them."""
    if any(message not in _texts(campaign)[1] for message, _, _ in later):
        raise BadInput("Không có mẫu tin này. Hãy chọn lại trong danh sách.")
    return drafts.reminders([(name, as_count(days, "Số ngày"), only) for name, days, only in later])


def reminder_fields(campaign: Campaign, later: list[dict[str, Any]], lines: int) -> dict[str, Any]:
    """The form's lines: those chosen, then empty ones, and what may be chosen."""
    chosen = [(step["message"], step.get("after_days", REMIND_AFTER), step.get("only", "")) for step in later]
    return {
        "later": chosen + [("", REMIND_AFTER, "")] * (lines - len(chosen)),
        "laters": [("", "Không nhắc")] + [(name, library().messages[name].title) for name in _texts(campaign)[1]],
        "only": list(ONLY.items()),
        "days": drafts.REMIND_AFTER_DAYS,
    }


def _texts(campaign: Campaign) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts of the campaign's goal that may stand first, and those that may stand after it."""
    ending = GOALS[campaign.goal].ending
    return (FIRST, LATER) if not ending else ((f"first{ending}",), (f"reminder{ending}",))


def _content(session: Session, seen: Seen, campaign: Campaign, steps: list[dict[str, Any]]) -> dict[str, Any]:
    place, template = place_here(session, seen), library().messages
    firsts, _ = _texts(campaign)
    return (
        {
            "first": steps[0]["message"],
            "other": (steps[0].get("variants") or [""])[0],
            "firsts": [(name, template[name].title) for name in firsts],
            "trying": False,
        }
        | reminder_fields(campaign, steps[1:], drafts.MOST_REMINDERS)
        | previews(campaign, steps, place)
    )
