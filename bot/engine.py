"""The talk itself, as one pure function: ``turn(state, input, now, scene) -> Reply``.

    text ─ guard ─ meaning ─┐
    button ─────────────────┼─ intent ─ handler ─ new state, messages, events
    start, follow, media … ─┘

The handlers stand in files by what they are about: bot/walking.py (the guides), claims.py (I have it),
holding.py (whose phone, stop), asking.py (questions, people, secrets). What has no handler is a guide
or an answer of the content, or was not understood. The engine knows no database, no channel and no
clock of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from bot import asking, claims, holding, languages, walking
from bot.meaning import asked_too, meant
from bot.state import Input, Reply, Scene, State
from bot.talking import MOURNING, Talk
from content.guard import guard
from content.library import library

_HANDLERS: dict[str, Callable[[Talk], None]] = {
    **walking.HANDLERS,
    **claims.HANDLERS,
    **holding.HANDLERS,
    **asking.HANDLERS,
}
_QUIET = {"guide.next", "guide.back", "guide.repeat", "guide.stuck", "guide.later", "other"}  # "ok" undoes no stop
_THEY = re.compile(r"\b(?:ho|no|nguoi|dua|ke|thang|lua|xung|bao|keu|doi|lo)\b")  # somebody else is spoken of
_NOT_NOW = _QUIET | {"who.self", "who.helper", "guide.done", "guide.already", "helping"}  # nothing of that to mourners
_NOT_BY_THE_CITIZEN = {"nudge", "linked", "link_failed", "phone_linked", "phone_unknown"}


def turn(state: State, inp: Input, now: datetime, scene: Scene | None = None) -> Reply:
    """One turn of the conversation. Pure: the same arguments give the same reply."""
    guarded = guard(inp.text) if inp.kind not in ("contact", "phone_told") else None
    text = guarded.text if guarded else inp.text
    secrets = tuple(dict.fromkeys((*inp.secrets, *(guarded.secrets if guarded else ()))))
    intent = meant(state, inp, text)
    talk = Talk(state, inp, now, scene or Scene(), text, lambda wanted: _act(talk, wanted))
    if talk.scene.receipt:
        intent = claims.receipt_said(talk, intent)
    if secrets:
        asking.warn(talk, secrets)
    if not secrets and talk.typed and _leaves_room(intent) and (too := asked_too(text, intent)):
        talk.send(library().faq[too])
    if not secrets or intent in {"stop", "help.human"} or (intent == "report.scam" and _THEY.search(talk.typed)):
        _act(talk, intent)
    if intent != "other":
        talk.change(lost=0)
    if inp.kind not in _NOT_BY_THE_CITIZEN:
        talk.change(last=int(now.timestamp()))
    heard = guarded.text if guarded else ""
    return Reply(talk.state, tuple(talk.messages), tuple(talk.events), intent, heard, secrets)


def _leaves_room(intent: str) -> bool:
    """Whether a second question in the same line is answered too: not beside a stop, a death or a fraud."""
    known = intent in library().guides or intent in library().faq or intent in _QUIET
    return known and intent != "other" and not intent.startswith("report.")


def _act(talk: Talk, intent: str) -> None:
    if talk.state.at == "human" and intent in {"other", "help.human"} and talk.inp.kind == "text":
        asking.more_for_the_officer(talk)
    elif talk.state.stopped and (intent in _QUIET or (intent == "guide.start" and not talk.surely)):
        talk.say("stopped")
    elif talk.state.at == MOURNING and intent in _NOT_NOW:
        talk.say("mourning")
    elif handler := _HANDLERS.get(intent):
        handler(talk)
    elif intent.startswith("language."):
        languages.act(talk, intent)
    elif intent in library().guides:
        walking.problem(talk, intent)
    elif intent in library().faq:
        asking.answer(talk, intent)
    else:
        asking.not_understood(talk)
