"""What was meant by one input at this point of the conversation: a button, a code, or an intent. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.phrases import is_yes
from bot.state import Input, State
from bot.understanding import classify, normalise
from content.library import library
from content.words import fold

CODE = re.compile(r"\b([2-9A-HJ-KM-NP-Z]{4})[- ]?([2-9A-HJ-KM-NP-Z]{4})\b")  # no 0/O/1/I/L: they are misread
_SELF = re.compile(r"\b(?:toi tu|tu lam|chinh toi|toi day|ban than|minh toi|toi lam|la toi|chinh chu)\b")
_NOW = re.compile(r"\b(?:vua|moi|hom nay|nay|bua nay|ban nay|luc nay|dot nay)\b")
_BEFORE = re.compile(r"\b(?:truoc|lau|nam ngoai|nam kia|hoi|tet|thang truoc|2 9)\b")
_UNWILLING = re.compile(
    r"^(?:thoi |da |toi |bac |ba |ong )*khong (?:muon |thich |can |co )?(?:lam|tao|dang ky)\b(?!.*\bduoc\b)"
)
_FORGOT = re.compile(r"\b(?:khong|chang) (?:nho|ro|biet)\b|\bquen\b")


def meant(state: State, inp: Input, text: str) -> str:
    """The intent of an input: a button's id, an intent of the understanding, or the kind of what arrived.

    ``text`` is the redacted text. Buttons come back as their id, as "#id" (Zalo), or typed by their title.
    """
    buttons = library().buttons
    if inp.kind == "button":
        return inp.button if inp.button in buttons else "other"
    if inp.kind != "text":
        return inp.kind
    if text.startswith("#"):
        return text[1:].strip() if text[1:].strip() in buttons else "other"
    typed = _titles().get(fold(text).strip())
    if typed:
        return typed
    if _holds_code(text):
        return "start"
    return _in_context(state, classify(text)[0], normalise(text))


def _in_context(state: State, intent: str, plain: str) -> str:
    """A short answer means what was just asked."""
    if intent == "stop":
        return "check.refused" if state.at == "check" and plain == "tu choi" else intent
    if _UNWILLING.search(plain) and intent in {"other", "guide.start", "guide.stuck"}:
        return "guide.later"  # voluntary: nobody is pressed
    if state.at == "who":
        if _SELF.search(plain) or plain in {"toi", "minh", "ba day", "ong day"} or is_yes(plain):
            return "who.self"
        return {"helping": "who.helper", "not_me": "who.wrong"}.get(intent, intent)
    if state.at == "check":
        if re.search(r"\btu choi\b", plain) or intent == "problem.mismatch":
            return "check.refused"
        if intent == "problem.pending" or re.search(r"\bcho\b.*\bxu ly\b", plain):
            return "check.waiting"
        if re.search(r"\b(?:khong|chua) (?:thay|co|hien)\b", plain) or intent == "guide.stuck":
            return "check.unseen"
        if intent in {"guide.done", "guide.next"} or is_yes(plain):
            return "check.ok"
    if state.at == "since":
        if _FORGOT.search(plain):
            return "since.unknown"
        if _BEFORE.search(plain):
            return "since.before"
        if _NOW.search(plain):
            return "since.now"
    return intent


@lru_cache
def _titles() -> dict[str, str]:
    return {fold(title): button for button, title in library().buttons.items()}


def _holds_code(text: str) -> bool:
    """A code stands alone or has its dash; it is written in capitals, as on the paper."""
    found = CODE.search(text)
    if not found:
        return False
    return "-" in found.group() or (len(text.split()) <= 2 and any(char.isdigit() for char in found.group()))
