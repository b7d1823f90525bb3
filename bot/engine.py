"""The talk itself, as one pure function: ``turn(state, input, now, scene) -> Reply``.

    text ─ guard ─ meaning ─┐
    button ─────────────────┼─ intent ─ handler ─ new state, messages, events
    start, follow, media … ─┘

A handler is a method of ``_Turn`` found by the intent; what is left goes to the FAQ, then to "not
understood". The engine knows no database, no channel and no clock of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.events import (
    Claim,
    Deceased,
    Event,
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
from bot.meaning import CODE, meant
from bot.phrases import DISTRESS, tells_of_a_death
from bot.state import Input, Reply, Scene, State
from bot.understanding import classify, likeliest, normalise
from bot.waiting import how_long
from content.guard import ACCOUNT, APK, CARD, ID, LINK, guard
from content.library import Step, Text, fields_of, library, message
from content.message import Message

MAIN = "asxh"
_THEY = re.compile(r"\b(?:ho|no|nguoi|dua|ke|thang|lua|xung|bao|keu|doi|lo)\b")  # somebody else is spoken of
SURE = 0.7  # how sure the understanding must be before a typed line counts as said
MAX_NOTE_CHARS = 300  # of a citizen's words in a ticket
_CODE_PAYLOAD = re.compile(r"^[2-9A-HJ-KM-NP-Z]{4}-?[2-9A-HJ-KM-NP-Z]{4}$", re.IGNORECASE)
_STEP_BUTTONS = ("guide.next", "guide.stuck", "help.human", "stop")
_AS_BUTTON = {"not_me": "who.wrong", "helping": "who.helper"}
_CHECKED = {"check.ok", "check.waiting", "check.refused", "check.unseen"}
_QUIET = {"guide.next", "guide.back", "guide.repeat", "guide.stuck", "guide.later", "other"}  # "ok" undoes no stop
_MOURNING = "mourning"
_SINCE = {"since.before": "before", "since.now": "during", "since.unknown": "unknown"}


def turn(state: State, inp: Input, now: datetime, scene: Scene | None = None) -> Reply:
    """One turn of the conversation. Pure: the same arguments give the same reply."""
    return _Turn(state, inp, now, scene or Scene()).run()


class _Turn:
    def __init__(self, state: State, inp: Input, now: datetime, scene: Scene) -> None:
        guarded = guard(inp.text) if inp.kind not in ("contact", "phone_told") else None
        self.text = guarded.text if guarded else inp.text
        self.secrets = tuple(dict.fromkeys((*inp.secrets, *(guarded.secrets if guarded else ()))))
        self.state, self.inp, self.now, self.scene = state, inp, now, scene
        self.messages: list[Message] = []
        self.events: list[Event] = []

    # --- What was meant -------------------------------------------------------------------------

    def run(self) -> Reply:
        intent = meant(self.state, self.inp, self.text)
        if self.secrets:
            self._warn()
            told = intent == "report.scam" and _THEY.search(normalise(self.text))
            if intent in {"stop", "help.human"} or told:
                self._act(intent)
        else:
            self._act(intent)
        if intent != "other":
            self.state = replace(self.state, lost=0)
        return Reply(self.state, tuple(self.messages), tuple(self.events), intent, bool(self.secrets))

    def _act(self, intent: str) -> None:
        if self.state.at == "human" and intent in {"other", "help.human"} and self.inp.kind == "text":
            self.events.append(TicketNote(self._note()))
            self._say("noted")
            return
        if self.state.stopped and (intent in _QUIET or (intent == "guide.start" and not self._surely())):
            self._say("stopped")
            return
        handler = _HANDLERS.get(intent)
        if handler:
            handler(self)
        elif intent in library().guides:
            self._problem(intent)
        elif intent in library().faq:
            self._answer(intent)
        else:
            self._not_understood()

    # --- Saying ---------------------------------------------------------------------------------

    @property
    def _helper(self) -> bool:
        return self.state.who == "helper"

    def _text(self, text: Text, *buttons: str, **more: str) -> None:
        addressee = self.scene.addressee if self.state.who else None
        values = fields_of(addressee, self.scene.place, **more)
        wanted = [b for b in buttons or text.buttons if b != "guide.resume" or self._can_resume]
        self.messages.append(message(text, values, helper=self._helper, buttons=wanted))

    def _say(self, name: str, *buttons: str, **more: str) -> None:
        self._text(library().talk.texts[name], *buttons, **more)

    @property
    def _can_resume(self) -> bool:
        return self.state.guide != ""

    def _show(self) -> None:
        """The step in hand."""
        step = self._step()
        guide = library().guides[self.state.guide]
        last = self.state.step == len(guide.steps) - 1
        if step.buttons:
            buttons: tuple[str, ...] = step.buttons
        elif self.state.guide == MAIN:
            buttons = ("guide.done", *_STEP_BUTTONS[1:]) if last else _STEP_BUTTONS
        else:
            buttons = ("guide.resume", "help.human", "stop") if last else ("guide.next", "help.human", "stop")
        self._text(step, *buttons)

    def _step(self) -> Step:
        return library().guides[self.state.guide].steps[self.state.step]

    def _go(self, guide: str, step: int, *, back: int = -1) -> None:
        self.state = replace(self.state, at="guide", guide=guide, step=step, back=back)
        self._show()

    def _note(self) -> str:
        return self.text[:MAX_NOTE_CHARS] if self.inp.kind == "text" else ""

    # --- The guide ------------------------------------------------------------------------------

    def start(self) -> None:
        """guide.start: from the first step, once it is known who holds the phone."""
        if self.state.stopped:
            self.events.append(Resumed())
            self.state = replace(self.state, stopped=False)
        if not self.state.who:
            self._ask_who("guide.start")
        else:
            self._go(MAIN, 0)

    def _ask_who(self, then: str) -> None:
        self.state = replace(self.state, at="who", then=then)
        self._say("who")

    def next(self) -> None:
        if self.state.at == "who":
            self._say("who")
        elif self.state.at in {"check", "since"}:
            self._say(self.state.at)
        elif self.state.at != "guide":
            if self._can_resume:
                self.resume_guide()
            elif self.state.claimed:
                self._nothing()
            else:
                self.start()
        elif self.state.step + 1 < len(library().guides[self.state.guide].steps):
            self._go(self.state.guide, self.state.step + 1, back=self.state.back)
        elif self.state.guide == MAIN:
            self.done()
        else:
            self.resume_guide()

    def back(self) -> None:
        if self.state.at in {"check", "since"}:
            self._go(MAIN, len(library().guides[MAIN].steps) - 1)
        elif self.state.at != "guide":
            self._nothing()
        elif self.state.step > 0:
            self._go(self.state.guide, self.state.step - 1, back=self.state.back)
        elif self.state.guide != MAIN:
            self.resume_guide()
        else:
            self._show()

    def repeat(self) -> None:
        if self.state.at == "guide":
            self._show()
        elif self.state.at in {"who", "check", "since"}:
            self._say(self.state.at)
        elif self._can_resume:
            self.resume_guide()
        else:
            self._answer("greeting")

    def stuck(self) -> None:
        if self.state.at == "guide" and self._step().problems:
            self._say("stuck", *self._step().problems, "help.human")
        else:
            self._say("stuck_anywhere")

    def resume_guide(self) -> None:
        """Back to the step of the main guide that a problem or a question came between."""
        if not self._can_resume:
            self._nothing()
        elif not self.state.who:
            self._ask_who("guide.start")
        elif self.state.back >= 0:
            self._go(MAIN, self.state.back)
        elif self.state.guide != MAIN:
            self._go(MAIN, 0)
        else:
            self._go(MAIN, self.state.step)

    def later(self) -> None:
        self.state = replace(self.state, at="rest")
        self._say("later")

    def _problem(self, guide: str) -> None:
        says = library().guides[guide].says
        if says and self._surely():  # a guess is no statement
            self.events.append(Claim(*says))
        in_main = self.state.guide == MAIN and self.state.at in {"guide", "rest", "check", "human"}
        back = self.state.step if in_main else self.state.back
        if self.state.at == "check" and guide == "problem.pending":
            back = -1
        self._go(guide, 0, back=back)

    def _surely(self) -> bool:
        """Pressed, or typed so that it can hardly be anything else."""
        typed = self.inp.kind == "text" and not self.text.startswith("#")
        return not typed or classify(self.text)[1] >= SURE

    def _nothing(self) -> None:
        self._say("nothing")

    # --- Claims ---------------------------------------------------------------------------------

    def done(self) -> None:
        """guide.done, guide.already: one question to check before it is believed."""
        then = "during" if self.state.at == "guide" and self.state.guide == MAIN else ""
        self.state = replace(self.state, at="check", then=then)
        self._say("check")

    def already(self) -> None:
        self.state = replace(self.state, at="check", then="")
        self._say("check")

    def checked(self, answer: str) -> None:
        if answer == "check.ok":
            if self.state.then == "during":
                self._claim("during")
            else:
                self.state = replace(self.state, at="since")
                self._say("since")
        elif answer == "check.waiting":
            self._problem("problem.pending")
        elif answer == "check.refused":
            self.state = replace(self.state, at="guide" if self.state.guide else "rest")
            self._say("refused")
        else:
            self.state = replace(self.state, at="rest")
            self._say("unseen")

    def since(self, answer: str) -> None:
        if self.state.at == "since":
            self._claim(_SINCE[answer])
        else:
            self._nothing()

    def _claim(self, since: str) -> None:
        self.events.append(Claim("asxh_account", "yes", since))
        self.state = replace(self.state, at="rest", guide="", step=0, back=-1, then="", claimed=True)
        if self.scene.known:
            self._say("claimed")
        elif self.scene.people:
            self.events.append(TicketWanted("claim"))
            self._say("claimed_many")
        else:
            self._say("claimed_unlinked")

    # --- Who holds the phone --------------------------------------------------------------------

    def holder(self, who: str) -> None:
        then = self.state.then
        self.state = replace(self.state, who=who, at="rest", then="")
        self.events.append(Holder(who))
        if who == "helper":
            self._say("helper")
        if then == "greeting":
            self._answer("greeting")
        elif self.state.guide:
            self.resume_guide()
        else:
            self._go(MAIN, 0)

    def helping(self) -> None:
        if self.state.who == "helper":
            self._say("helper")
            self.repeat()
        else:
            self.holder("helper")

    def wrong(self) -> None:
        self.events.append(NotMe())
        self.state = State(at="stopped", stopped=True)
        self._say("wrong")

    def deceased(self) -> None:
        self.events += [Deceased(), TicketWanted("deceased", self._note())]
        self.state = replace(self.state, at=_MOURNING, guide="")
        self._answer("report.deceased")

    # --- Stop -----------------------------------------------------------------------------------

    def stop(self) -> None:
        """At once, for the whole phone; with several people on it, narrowing to one is offered."""
        if self.inp.kind == "text" and tells_of_a_death(normalise(self.text)):
            self.deceased()
        self.events.append(Stopped("phone"))
        self.state = replace(self.state, at="stopped", stopped=True)
        self._say("stopped_many" if self.scene.people > 1 and self.scene.known else "stopped")

    def stop_person(self) -> None:
        self.events += [Resumed(), Stopped("person")] if self.state.stopped else [Stopped("person")]
        self.state = replace(self.state, at="stopped", stopped=True)
        self._say("stopped_person")

    def resume(self) -> None:
        self.events.append(Resumed())
        self.state = replace(self.state, at="rest", stopped=False)
        self._say("resumed")

    # --- People, questions, scams ---------------------------------------------------------------

    def human(self) -> None:
        lonely = self.inp.kind == "text" and DISTRESS.search(normalise(self.text))
        kind = "stuck" if self.state.at == "guide" and not lonely else "human"
        self.events.append(TicketWanted(kind, self._note()))
        self.state = replace(self.state, at="human", back=self._place_in_main())
        self._say("distress" if lonely else "human", wait=how_long(self.now, self.scene.waiting))

    def _place_in_main(self) -> int:
        return self.state.step if self.state.guide == MAIN else self.state.back

    def visit(self) -> None:
        self.events.append(TicketWanted("visit"))
        self.state = replace(self.state, at="human")
        self._say("visit", wait=how_long(self.now, self.scene.waiting))

    def ask_data(self) -> None:
        if self.inp.kind == "text" and re.search(r"\b(?:xoa|go|bo)\b", normalise(self.text)):
            self.data_request()
        else:
            self._answer("ask.data")

    def data_request(self) -> None:
        self.events.append(TicketWanted("data", self._note()))
        self._say("data")

    def scam(self) -> None:
        self.events.append(TicketWanted("scam", self._note()))
        self._answer("report.scam")

    def _answer(self, intent: str) -> None:
        """An answer, and the way back to where the person was."""
        faq = library().faq[intent]
        if faq.buttons:
            self._text(faq)
        elif self.state.at in {"who", "check", "since"}:
            self._text(faq)
            self._say(self.state.at)
        elif self.state.at == _MOURNING:
            self._text(faq, "help.human", "stop")
        elif self.state.stopped:
            self._text(faq, "resume", "help.human")
        elif self._can_resume:
            self._text(faq, "guide.resume", "help.human", "stop")
        elif self.state.claimed:
            self._text(faq, "help.human", "stop")
        else:
            self._text(faq, "guide.start", "guide.already", "help.human", "stop")

    def _warn(self) -> None:
        kinds = set(self.secrets)
        if kinds <= {LINK, APK}:
            self._say("warn_link")
        elif kinds & {ID, CARD, ACCOUNT} and not kinds - {ID, CARD, ACCOUNT, LINK, APK}:
            self._say("warn_number")
        else:
            self._say("warn_code")

    def _not_understood(self) -> None:
        lost = self.state.lost + 1
        self.state = replace(self.state, lost=lost)
        near = self._nearest()
        if self.state.at in {"who", "check", "since"} and lost == 1:
            self._say(self.state.at)
        elif self.state.at == _MOURNING:
            self._say("lost_again")
        elif near:
            self._say("lost_near", *near, "help.human", "stop")
        elif lost == 1:
            self._say("lost", *(("guide.resume", "guide.stuck", "help.human", "stop") if self._can_resume else ()))
        else:
            self._say("lost_again")

    def _nearest(self) -> list[str]:
        """Buttons for the two things that a text not understood may have meant."""
        if self.inp.kind != "text":
            return []
        wanted = [_AS_BUTTON.get(intent, intent) for intent in likeliest(self.text)]
        moves = {"guide.next", "guide.back", "guide.repeat"} if self.state.at != "guide" else set()
        return [b for b in wanted if b in library().buttons and b not in moves | {"stop", "help.human"}]

    # --- Arrivals -------------------------------------------------------------------------------

    def arrived(self) -> None:
        """start, follow: a code is used, otherwise a greeting."""
        payload = self.text.removeprefix("/start").strip()
        code = _CODE_PAYLOAD.match(payload) or CODE.search(payload.upper())
        if code:
            self.events.append(LinkWanted(re.sub(r"[^0-9A-Z]", "", code.group().upper())))
        else:
            self._answer("greeting")

    def linked(self) -> None:
        self._say("linked")
        self._ask_who("guide.start")

    def phone_linked(self) -> None:
        self._say("phone_linked")
        self._ask_who("guide.start")

    def contact(self) -> None:
        self.events.append(PhoneShared(self.inp.text))

    def phone_told(self) -> None:
        self.events.append(PhoneTold(self.inp.text))
        self._say("phone_told")


_HANDLERS: dict[str, Callable[[_Turn], None]] = {
    "guide.start": _Turn.start,
    "guide.next": _Turn.next,
    "guide.back": _Turn.back,
    "guide.repeat": _Turn.repeat,
    "guide.stuck": _Turn.stuck,
    "guide.done": _Turn.done,
    "guide.already": _Turn.already,
    "guide.resume": _Turn.resume_guide,
    "guide.later": _Turn.later,
    "help.human": _Turn.human,
    "helping": _Turn.helping,
    "who.self": lambda t: t.holder("self"),
    "who.helper": lambda t: t.holder("helper"),
    "who.wrong": _Turn.wrong,
    "not_me": _Turn.wrong,
    "report.deceased": _Turn.deceased,
    "report.scam": _Turn.scam,
    "ask.data": _Turn.ask_data,
    "data.request": _Turn.data_request,
    "visit.yes": _Turn.visit,
    "stop": _Turn.stop,
    "stop.phone": _Turn.stop,
    "stop.person": _Turn.stop_person,
    "resume": _Turn.resume,
    "start": _Turn.arrived,
    "follow": _Turn.arrived,
    "linked": _Turn.linked,
    "link_failed": lambda t: t._say("link_failed"),
    "phone_unknown": lambda t: t._say("phone_unknown"),
    "phone_linked": _Turn.phone_linked,
    "media": lambda t: t._say("media"),
    "keep": lambda t: t._say("keep"),
    "contact": _Turn.contact,
    "phone_told": _Turn.phone_told,
    **{answer: (lambda t, answer=answer: t.checked(answer)) for answer in sorted(_CHECKED)},  # type: ignore[misc]
    **{answer: (lambda t, answer=answer: t.since(answer)) for answer in _SINCE},  # type: ignore[misc]
}
