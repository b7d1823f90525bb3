"""Whose phone it is: arriving, linking, who holds it, a wrong number, a death, stopping and coming back."""

from __future__ import annotations

from bot.asking import answer
from bot.events import (
    Deceased,
    Holder,
    LinkWanted,
    NotMe,
    PhoneShared,
    PhoneTold,
    Resumed,
    Stopped,
    TicketNote,
    TicketWanted,
)
from bot.meaning import code_in
from bot.phrases import tells_of_a_death
from bot.state import State
from bot.talking import MAIN, MOURNING, Talk
from bot.walking import begin_again, repeat, resume

# --- Arrivals -----------------------------------------------------------------------------------------


def arrived(talk: Talk) -> None:
    """start, follow: a code is used, otherwise a greeting."""
    payload = talk.text.removeprefix("/start").strip()
    if code := code_in(payload):
        talk.events.append(LinkWanted(code))
    else:
        begin_again(talk)


def linked(talk: Talk) -> None:
    """The code was right."""
    talk.say("linked")
    talk.ask_who("guide.start")


def phone_linked(talk: Talk) -> None:
    """The phone is in the commune's list."""
    talk.say("phone_linked")
    talk.ask_who("guide.start")


def phone_shared(talk: Talk) -> None:
    """The channel vouches for the number; the register answers."""
    talk.events.append(PhoneShared(talk.inp.text))


def phone_told(talk: Talk) -> None:
    """Nobody vouches for the number."""
    talk.events.append(PhoneTold(talk.inp.text))
    talk.say("phone_told")


# --- Who holds the phone ------------------------------------------------------------------------------


def _holder(talk: Talk, who: str) -> None:
    then = talk.state.then
    talk.change(who=who, at="rest", then="")
    talk.events.append(Holder(who))
    if who == "helper":
        talk.say("helper")
    if then == "greeting":
        answer(talk, "greeting")
    elif talk.state.guide:
        resume(talk)
    else:
        talk.go(MAIN, 0)


def helping(talk: Talk) -> None:
    """Somebody says that they do it for the person."""
    if talk.state.who == "helper":
        talk.say("helper")
        repeat(talk)
    else:
        _holder(talk, "helper")


def wrong(talk: Talk) -> None:
    """The phone is not that person's: unlinked, and nothing more is sent."""
    talk.events.append(NotMe())
    talk.state = State(at="stopped", stopped=True, last=talk.state.last)
    talk.say("wrong")


def deceased(talk: Talk) -> None:
    """A condolence; nothing more is sent about the person, and an officer sees to the rest."""
    talk.events += [Deceased(), TicketWanted("deceased", talk.note)]
    talk.change(at=MOURNING, guide="", step=0, back=-1)
    answer(talk, "report.deceased")


def alive(talk: Talk) -> None:
    """What was said about a death was a slip: as before, and the officers are told."""
    if talk.state.at == MOURNING:
        talk.events += [Resumed(), Resumed("person"), TicketNote("Người cầm máy báo lại: bấm nhầm, không ai mất.")]
    talk.change(at="rest", stopped=False, alone=False)
    talk.say("alive")


# --- Stop ---------------------------------------------------------------------------------------------


def stop(talk: Talk) -> None:
    """At once, for the whole phone; with several people on it, narrowing to one is offered."""
    if talk.typed and tells_of_a_death(talk.typed):
        deceased(talk)
    mourning = talk.state.at == MOURNING
    talk.events.append(Stopped("phone"))
    talk.change(at="stopped", stopped=True, alone=False)
    if mourning:
        talk.say("stopped_mourning")
        return
    talk.say("stopped_many" if talk.scene.people > 1 and talk.scene.known else "stopped")


def stop_person(talk: Talk) -> None:
    """For this one person; whoever shares the phone goes on."""
    whole_phone = talk.state.stopped and not talk.state.alone
    talk.events += [Resumed(), Stopped("person")] if whole_phone else [Stopped("person")]
    talk.change(at="stopped", stopped=True, alone=True)
    talk.say("stopped_person")


def welcome(talk: Talk) -> None:
    """resume: messages are wanted again."""
    talk.events.append(Resumed("person" if talk.state.alone else "phone"))
    talk.change(at="rest", stopped=False, alone=False)
    talk.say("resumed")


HANDLERS = {
    "start": arrived,
    "follow": arrived,
    "linked": linked,
    "link_failed": lambda talk: talk.say("link_failed"),
    "phone_linked": phone_linked,
    "phone_unknown": lambda talk: talk.say("phone_unknown"),
    "phone_told": phone_told,
    "contact": phone_shared,
    "who.self": lambda talk: _holder(talk, "self"),
    "who.helper": lambda talk: _holder(talk, "helper"),
    "who.wrong": wrong,
    "not_me": wrong,
    "helping": helping,
    "report.deceased": deceased,
    "alive": alive,
    "stop": stop,
    "stop.phone": stop,
    "stop.person": stop_person,
    "resume": welcome,
}
