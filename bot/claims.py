"""What a person says about their own account: one question to check it, one about since when."""

from __future__ import annotations

from bot.events import Claim, TicketWanted
from bot.talking import MAIN, Talk
from bot.walking import problem

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


HANDLERS = {
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
