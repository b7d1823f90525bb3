"""The guides, step by step: on, back, again, stuck, into a problem and back to its step, later, one nudge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.asking import answer
from bot.events import Claim, Resumed
from bot.state import State
from bot.talking import MAIN, QUESTIONS, Talk
from content.library import library
from register.home import VIETNAM

AWAY = timedelta(hours=12)  # whoever comes back after this is told where they were
# One nudge, the day after: while Zalo's 48 hours for replies are open, and at an hour at which nobody is asleep.
NUDGE_AFTER, NUDGE_BEFORE = timedelta(hours=22), timedelta(hours=46)
NUDGE_HOURS = range(8, 20)
MOST_PROBLEMS = 4  # of a step: five buttons are the most that Zalo takes
_UNDER_WAY = {"guide", *QUESTIONS}


def nudge_due(state: State, now: datetime) -> bool:
    """Whether this conversation, left in the middle, gets its one nudge now. Pure."""
    if state.stopped or state.nudged or state.at not in _UNDER_WAY or not state.last:
        return False
    silent = now - datetime.fromtimestamp(state.last, UTC)
    return NUDGE_AFTER <= silent < NUDGE_BEFORE and now.astimezone(VIETNAM).hour in NUDGE_HOURS


def been_away(talk: Talk) -> bool:
    """Whether the person comes back after a long time."""
    last = talk.state.last
    return bool(last) and talk.now - datetime.fromtimestamp(last, UTC) >= AWAY


def nudge(talk: Talk) -> None:
    """A reminder of the step that was left; never a second one. Says nothing when it is not due."""
    if nudge_due(talk.state, talk.now):
        talk.change(nudged=True)
        talk.say("nudge")


def start(talk: Talk) -> None:
    """guide.start: from the first step, once it is known who holds the phone."""
    if talk.state.stopped:
        talk.events.append(Resumed("person" if talk.state.alone else "phone"))
        talk.change(stopped=False, alone=False)
    if not talk.state.who:
        talk.ask_who("guide.start")
    else:
        talk.go(MAIN, 0)


def begin_again(talk: Talk) -> None:
    """A greeting: to who was on the way, after a long time, the step they had reached is offered."""
    if been_away(talk) and talk.can_resume and talk.state.who and not talk.state.stopped:
        talk.say("welcome_back")
    else:
        answer(talk, "greeting")


def on(talk: Talk) -> None:
    """guide.next: the next step; after the last one, the question whether it worked."""
    state = talk.state
    if state.at in QUESTIONS:
        talk.say(state.at)
    elif state.at != "guide":
        if talk.can_resume:
            resume(talk)
        elif state.claimed:
            talk.say("nothing")
        else:
            start(talk)
    elif state.step + 1 < len(library().guides[state.guide].steps):
        talk.go(state.guide, state.step + 1, back=state.back)
    elif state.guide == MAIN:
        talk.do("guide.done")
    else:
        resume(talk)


def back(talk: Talk) -> None:
    """guide.back: one step back, out of a problem to its step."""
    state = talk.state
    if state.at in {"check", "since"}:
        talk.go(MAIN, len(library().guides[MAIN].steps) - 1)
    elif state.at != "guide":
        talk.say("nothing")
    elif state.step > 0:
        talk.go(state.guide, state.step - 1, back=state.back)
    elif state.guide != MAIN:
        resume(talk)
    else:
        talk.show()


def repeat(talk: Talk) -> None:
    """guide.repeat: the same once more."""
    if talk.state.at == "guide":
        talk.show()
    elif talk.state.at in QUESTIONS:
        talk.say(talk.state.at)
    elif talk.can_resume:
        resume(talk)
    else:
        answer(talk, "greeting")


def stuck(talk: Talk) -> None:
    """guide.stuck: what usually goes wrong at this step."""
    if talk.state.at == "guide" and talk.step.problems:
        way_back = ("guide.resume",) if talk.state.guide != MAIN and len(talk.step.problems) < MOST_PROBLEMS else ()
        talk.say("stuck", *talk.step.problems, *way_back, "help.human")
    else:
        talk.say("stuck_anywhere")


def resume(talk: Talk) -> None:
    """Back to the step of the main guide that a problem or a question came between."""
    state = talk.state
    if not talk.can_resume:
        talk.say("nothing")
    elif not state.who:
        talk.ask_who("guide.start")
    elif state.back >= 0:
        talk.go(MAIN, state.back)
    else:
        talk.go(MAIN, state.step if state.guide == MAIN else 0)


def later(talk: Talk) -> None:
    """guide.later: voluntary, nobody is pressed."""
    talk.change(at="rest")
    talk.say("later")


def problem(talk: Talk, guide: str) -> None:
    """Into a branch; the step that it came between is kept."""
    says = library().guides[guide].says
    if says and talk.surely:  # a guess is no statement
        talk.events.append(Claim(*says))
    in_main = talk.state.guide == MAIN and talk.state.at in {"guide", "rest", "check", "human"}
    back = talk.state.step if in_main else talk.state.back
    if talk.state.at == "check" and guide == "problem.pending":
        back = -1
    talk.go(guide, 0, back=back)


HANDLERS = {
    "guide.start": start,
    "guide.next": on,
    "guide.back": back,
    "guide.repeat": repeat,
    "guide.stuck": stuck,
    "guide.resume": resume,
    "guide.later": later,
    "greeting": begin_again,
    "nudge": nudge,
}
