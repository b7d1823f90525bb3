"""What a person says about their own account: one question to check it, one about since when."""

from __future__ import annotations

import re

from bot.events import Claim, TicketWanted
from bot.phrases import is_yes
from bot.talking import MAIN, Talk
from bot.waiting import how_long
from bot.walking import problem

_GOT = r"(?:nhan|lanh|lay|thay|co|ve|den|toi tay|cam)"
_NOT_ARRIVED = re.compile(
    rf"\b(?:chua|khong)\b(?: \w+){{0,3}} {_GOT}\b|^(?:\w+ ){{0,2}}chua(?: (?:con|chau|em|a|co|oi))*$"
)
_ARRIVED = re.compile(rf"^(?!.*\b(?:chua|khong)\b).*\b{_GOT}\b.*\b(?:roi|du|het)\b|^(?:du|co)(?: roi)?$")
_MAY_ANSWER = {
    "guide.next", "guide.stuck", "guide.done", "guide.already", "ask.money", "ask.delegate", "problem.pending", "other",
}  # fmt: skip
_SINCE = {"since.before": "before", "since.now": "during", "since.unknown": "unknown"}


def done(talk: Talk) -> None:
    """guide.done: believed after VNeID's own history was looked at."""
    then = "during" if talk.state.at == "guide" and talk.state.guide == MAIN else ""
    talk.change(at="check", then=then)
    talk.say("check")


def already(talk: Talk) -> None:
    """guide.already: the same question, and since when."""
    talk.change(at="check", then="")
    talk.say("check")


def fine(talk: Talk) -> None:
    """check.ok"""
    if talk.state.then == "during":
        _claim(talk, "during")
    else:
        talk.change(at="since")
        talk.say("since")


def unseen(talk: Talk) -> None:
    """check.unseen: perhaps nothing was sent."""
    talk.change(at="rest")
    talk.say("unseen")


def since(talk: Talk, button: str) -> None:
    """since.*"""
    if talk.state.at == "since":
        _claim(talk, _SINCE[button])
    else:
        talk.say("nothing")


def _claim(talk: Talk, since: str) -> None:
    talk.events.append(Claim("asxh_account", "yes", since))
    talk.change(at="rest", guide="", step=0, back=-1, then="", claimed=True)
    if talk.scene.known:
        talk.say("claimed")
    elif talk.scene.people:
        talk.events.append(TicketWanted("claim"))
        talk.say("claimed_many")
    else:
        talk.say("claimed_unlinked")


def received(talk: Talk, value: str) -> None:
    """receipt.*: whether the money arrived. An officer looks into it where it did not."""
    talk.events.append(Claim("receipt_confirmed", value))
    if value == "no":
        talk.events.append(TicketWanted("receipt", talk.note))
        talk.change(at="human", back=talk.place_in_main)
        talk.say("receipt_no", wait=how_long(talk.now, talk.scene.waiting, talk.scene.usually))
    elif talk.scene.known:
        talk.change(at="rest")
        talk.say("receipt_yes")
    elif talk.scene.people:
        talk.events.append(TicketWanted("claim"))
        talk.say("claimed_many")
    else:
        talk.say("receipt_unlinked")


def receipt_said(talk: Talk, intent: str) -> str:
    """Typed words as the answer to "did the money arrive?", where a campaign asks that; else ``intent``."""
    plain, at = talk.typed, talk.state.at
    if not plain or intent not in _MAY_ANSWER or talk.state.stopped or at not in {"", "rest", "human"}:
        return intent
    if at == "human" and intent != "other" and not _ARRIVED.search(plain):
        return "other"  # more for the officer who was told
    if _NOT_ARRIVED.search(plain):
        return "receipt.no"
    return "receipt.yes" if is_yes(plain) or _ARRIVED.search(plain) else intent


HANDLERS = {
    "receipt.yes": lambda talk: received(talk, "yes"),
    "receipt.no": lambda talk: received(talk, "no"),
    "guide.done": done,
    "guide.already": already,
    "check.ok": fine,
    "check.waiting": lambda talk: problem(talk, "problem.pending"),
    "check.refused": lambda talk: problem(talk, "problem.rejected"),
    "check.unseen": unseen,
    "since.before": lambda talk: since(talk, "since.before"),
    "since.now": lambda talk: since(talk, "since.now"),
    "since.unknown": lambda talk: since(talk, "since.unknown"),
}
