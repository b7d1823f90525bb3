"""The messages of a campaign as a phone shows them, and all that is approved, in the words of the five steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from campaigns import campaigns as work
from campaigns.engine.texts import place_of
from campaigns.rehearsal import rehearse
from campaigns.segments import SEGMENTS
from campaigns.steps import ONLY
from campaigns.tables import Campaign, HelpSession
from console import words
from console.narrowing import narrowed_words
from console.web import Seen, names_of
from content.check import MAX_SYLLABLES, check_text
from content.library import library
from content.message import Addressee, Message, Place
from content.messages import MAX_CHARS, first_message, zbs_params
from content.words import sentences, syllables

EXAMPLE = Addressee("bà", "Mai")


@dataclass(frozen=True)
class Shown:
    """One message as a phone shows it, with what was checked. ``longest``: syllables of the longest sentence."""

    title: str
    when: str
    message: Message
    longest: int
    wrong: list[str]


def place_here(session: Session, seen: Seen) -> Place:
    """What messages say of the commune; the example is somebody of the hamlet that has the next session."""
    coming = select(HelpSession.hamlet).where(HelpSession.commune == seen.here, col(HelpSession.starts_at) >= seen.now)
    hamlet = session.exec(coming.order_by(col(HelpSession.starts_at)).limit(1)).first()
    return place_of(session, seen.here, hamlet, seen.now)


def previews(campaign: Campaign, steps: list[dict[str, Any]], place: Place) -> dict[str, Any]:
    """The messages of ``steps``, one after the other, and the parameters of Zalo's template."""
    found, day = [], 0
    for number, step in enumerate(steps, 1):
        day += step.get("after_days", 0)
        message = first_message(step["message"], EXAMPLE, place)
        whom = ONLY[step.get("only", "")]
        when = "ngày đầu" if number == 1 else f"{day} ngày sau tin đầu, cho {whom}"
        longest = max(map(syllables, sentences(message.text)))
        wrong = [finding.message for finding in check_text("", message.text)]
        found.append(Shown(library().messages[step["message"]].title, when, message, longest, wrong))
    return {
        "messages": found,
        "template": zbs_params(EXAMPLE, place, "TN1") if "zbs" in campaign.channels else {},
        "chats": [words.CHANNELS[channel] for channel in campaign.channels if channel in ("zalo", "telegram")],
        "most_chars": MAX_CHARS,
        "most_syllables": MAX_SYLLABLES,
        "place": place,
    }


def summary(session: Session, seen: Seen, campaign: Campaign) -> dict[str, Any]:
    """What is approved, in the words of the five steps."""
    trial = rehearse(session, seen.home, campaign, seen.now) if campaign.launched_at is None else None
    return {
        "segment": SEGMENTS[campaign.segment],
        "narrowed": narrowed_words(session, campaign),
        "trial": trial,
        "announced": work.is_announced(session, campaign.commune),
        "writes": campaign.channels != ["visit"],
        "called": called(session, campaign),
    } | previews(campaign, campaign.steps, place_here(session, seen))


def called(session: Session, campaign: Campaign) -> dict[str, str]:
    """login → name of those who had a hand in the campaign."""
    return names_of(session, {campaign.author, campaign.approver or "", campaign.submitted_by, campaign.note_by})
