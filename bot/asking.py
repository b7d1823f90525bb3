"""Questions and their answers, people wanted, secrets warned about, and what was not understood."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.events import TicketNote, TicketWanted
from bot.phrases import DISTRESS
from bot.talking import MOURNING, QUESTIONS, Talk
from bot.understanding import likeliest
from bot.waiting import how_long
from content.guard import ACCOUNT, APK, CARD, ID, LINK
from content.library import library

_AS_BUTTON = {"not_me": "who.wrong", "helping": "who.helper"}
_ERASE = re.compile(r"\b(?:xoa|go|bo)\b")


def answer(talk: Talk, intent: str) -> None:
    """An answer, and the way back to where the person was."""
    faq, state = library().faq[intent], talk.state
    if faq.buttons:
        talk.send(faq)
    elif state.at in QUESTIONS:
        talk.send(faq)
        talk.say(state.at)
    elif state.at == MOURNING:
        talk.send(faq, "alive", "help.human", "stop")
    elif state.stopped:
        talk.send(faq, "resume", "help.human")
    elif talk.can_resume or state.claimed:
        talk.send(faq, "guide.resume", "help.human", "stop")
    else:
        talk.send(faq, "guide.start", "guide.already", "help.human", "stop")


def human(talk: Talk) -> None:
    """A person of the commune, and how long that takes."""
    lonely = DISTRESS.search(talk.typed)
    kind = "stuck" if talk.state.at == "guide" and not lonely else "human"
    talk.events.append(TicketWanted(kind, talk.note))
    talk.change(at="human", back=talk.place_in_main)
    talk.say("distress" if lonely else "human", wait=_wait(talk))


def _wait(talk: Talk) -> str:
    return how_long(talk.now, talk.scene.waiting, talk.scene.usually)


def more_for_the_officer(talk: Talk) -> None:
    """Words written while an officer is awaited go to the officer."""
    talk.events.append(TicketNote(talk.note))
    talk.say("noted")


def _order(talk: Talk, kind: str) -> None:
    talk.events.append(TicketWanted(kind))
    talk.change(at="human", back=talk.place_in_main)
    talk.say(kind, wait=_wait(talk))


def data(talk: Talk) -> None:
    """ask.data; who wants something erased has asked already."""
    if _ERASE.search(talk.typed):
        data_request(talk)
    else:
        answer(talk, "ask.data")


def data_request(talk: Talk) -> None:
    """To see or erase what is held."""
    talk.events.append(TicketWanted("data", talk.note))
    talk.say("data")


def scam(talk: Talk) -> None:
    """report.scam: what to do at once, and the officers learn of it."""
    talk.events.append(TicketWanted("scam", talk.note))
    answer(talk, "report.scam")


def warn(talk: Talk, secrets: Iterable[str]) -> None:
    """Somebody typed a secret: in the police's own words, and what to do now."""
    kinds = set(secrets)
    if kinds <= {LINK, APK}:
        talk.say("warn_link")
    elif kinds & {ID, CARD, ACCOUNT} and not kinds - {ID, CARD, ACCOUNT, LINK, APK}:
        talk.say("warn_number")
    else:
        talk.say("warn_code")


def not_understood(talk: Talk) -> None:
    """The two likeliest as buttons; at a question of ours, the question again; then a person."""
    state = talk.state
    lost = state.lost + 1
    talk.change(lost=lost)
    near = _nearest(talk)
    if state.at in QUESTIONS and lost == 1:
        talk.say(state.at)
    elif near:
        talk.say("lost_near", *near, "help.human", "stop")
    elif lost == 1:
        talk.say("lost", *(("guide.resume", "guide.stuck", "help.human", "stop") if talk.can_resume else ()))
    else:
        talk.say("lost_again")


def _nearest(talk: Talk) -> list[str]:
    if not talk.typed:
        return []
    wanted = [_AS_BUTTON.get(intent, intent) for intent in likeliest(talk.text)]
    moves = {"guide.next", "guide.back", "guide.repeat"} if talk.state.at != "guide" else set()
    return [b for b in wanted if b in library().buttons and b not in moves | {"stop", "help.human"}]


HANDLERS = {
    "help.human": human,
    "visit.yes": lambda talk: _order(talk, "visit"),
    "session.yes": lambda talk: _order(talk, "session"),
    "ask.data": data,
    "data.request": data_request,
    "report.scam": scam,
    "media": lambda talk: talk.say("media"),
    "keep": lambda talk: talk.say("keep"),
}
