"""The invented citizens of the demo: what each of them does when the phone shows something new.

Nothing is told to them by the program: they read their simulated phone and press or type, as people do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from channels.sandbox.server import Sandbox

Act = tuple[str, str] | None  # ("press", button id) | ("type", text) | None: puts the phone down
Line = dict[str, Any]


@dataclass
class Citizen:
    """One phone. ``read``: lines seen so far; ``told``: what was done once and is not done again."""

    uid: str
    person: int
    kind: str
    read: int = 0
    told: set[str] = field(default_factory=set)

    def once(self, name: str, act: Act) -> Act:
        """``act`` the first time, nothing afterwards."""
        if name in self.told:
            return None
        self.told.add(name)
        return act


def _buttons(line: Line) -> set[str]:
    return {str(button["id"]).removeprefix("#") for button in line["buttons"]}


def _forward(shown: set[str], *, helper: bool = False) -> Act:
    """The way through the guide to its end, the account made just now."""
    order = ["who.helper" if helper else "who.self", "check.ok", "since.now", "guide.done", "guide.next", "guide.start"]
    return next((("press", name) for name in order if name in shown), None)


def _finishes(citizen: Citizen, shown: set[str]) -> Act:
    if "claimed" in citizen.told:
        return None
    if "check.ok" in shown:
        citizen.told.add("claimed")
    return _forward(shown)


def _had_before(citizen: Citizen, shown: set[str]) -> Act:
    for name in ("since.before", "check.ok", "guide.already"):
        if name in shown and (act := citizen.once(name, ("press", name))):
            return act
    return None


def _granddaughter(citizen: Citizen, shown: set[str]) -> Act:
    if act := citizen.once("says", ("type", "con đang làm giúp bà nội")):
        return act
    if "claimed" in citizen.told:
        return None
    if "check.ok" in shown:
        citizen.told.add("claimed")
    return _forward(shown, helper=True)


def _stuck(citizen: Citizen, shown: set[str]) -> Act:
    if "problem.mismatch" in shown:
        return citizen.once("problem", ("press", "problem.mismatch"))
    if "problem" in citizen.told:
        return citizen.once("human", ("press", "help.human")) if "help.human" in shown else None
    if len(citizen.told) >= 3 and "guide.stuck" in shown:
        return ("press", "guide.stuck")
    citizen.told.add(f"step{len(citizen.told)}")
    return _forward(shown)


def _types_otp(citizen: Citizen, shown: set[str]) -> Act:
    if "guide.next" in shown and len(citizen.told) == 2 and (act := citizen.once("otp", ("type", "ma otp la 482913"))):
        return act
    if "otp" not in citizen.told:
        citizen.told.add(f"step{len(citizen.told)}")
    elif "claimed" in citizen.told:
        return None
    if "check.ok" in shown:
        citizen.told.add("claimed")
    if "guide.resume" in shown and "guide.next" not in shown:
        return ("press", "guide.resume")
    return _forward(shown)


def _asks_if_scam(citizen: Citizen, shown: set[str]) -> Act:
    if act := citizen.once("asks", ("type", "cai nay co phai lua dao khong vay")):
        return act
    return _finishes(citizen, shown)


KINDS: dict[str, Callable[[Citizen, set[str]], Act]] = {
    "finishes": _finishes,
    "had_before": _had_before,
    "granddaughter": _granddaughter,
    "stuck": _stuck,
    "types_otp": _types_otp,
    "asks_if_scam": _asks_if_scam,
    "asks_for_help": lambda c, _: c.once("asks", ("type", "cho tui gap can bo xa voi")),
    "stops": lambda c, _: c.once("stops", ("type", "đừng nhắn nữa")),
    "claims_falsely": _finishes,
    "silent": lambda *_: None,
}


Settle = Callable[[], Awaitable[Any]]  # waits until the bot has answered all that came in


async def link(sandbox: Sandbox, citizen: Citizen, channel: str, code: str, settle: Settle) -> None:
    """Link the chat with the code from the visit sheet, and say who holds the phone. Then put it down."""
    if channel == "telegram":
        sandbox.telegram_start(citizen.uid, code.replace("-", ""))
    else:
        sandbox.follow(citizen.uid)
        await settle()
        sandbox.type_text(citizen.uid, code)
    await settle()
    lines = sandbox.phone(citizen.uid)
    who = "who.helper" if citizen.kind == "granddaughter" else "who.self"
    if lines and who in _buttons(lines[-1]):
        sandbox.press(citizen.uid, who)
        await settle()
    citizen.read = len(sandbox.phone(citizen.uid))


async def live(sandbox: Sandbox, citizens: list[Citizen], settle: Settle, rounds: int = 60) -> int:
    """Let everybody read and act until all phones are quiet. Returns how many times somebody acted."""
    acts = 0
    for _ in range(rounds):
        busy = False
        for citizen in citizens:
            lines = sandbox.phone(citizen.uid)
            new, citizen.read = lines[citizen.read :], len(lines)
            shown = [line for line in new if line["who"] == "bot"]
            if not shown:
                continue
            act = KINDS[citizen.kind](citizen, set().union(*map(_buttons, shown)))
            if act is None:
                continue
            busy, acts = True, acts + 1
            how, what = act
            sandbox.press(citizen.uid, what) if how == "press" else sandbox.type_text(citizen.uid, what)
        await settle()
        if not busy:
            return acts
    return acts
