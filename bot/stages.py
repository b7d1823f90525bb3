"""Chặng đường: the stages of the main guide, how far a chat has come, and how long it stayed at each of them.

    conversation.state["stays"] = stayed(stays, state, now)          # each turn (bot.service)

A stay is two moments, of coming to a stage and of going beyond it. They lie in the conversation's own row: written
with the turn, gone with the conversation (retention, erasure, withdrawal), at most ten, and nothing of what was said.
The first stay counts, from first coming to first going beyond, with everything that came between: a problem, a step
back, a night. Whoever jumps over a stage was never there; whoever stops there has come and not gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.state import State
from bot.talking import MAIN
from content.library import library
from register.home import VIETNAM

BEGUN, CHECK, CLAIMED = "begun", "check", "claimed"
STAYS = "stays"  # the key beside the engine's own state
Stays = dict[str, list[int]]  # stage → [came] or [came, went beyond], seconds since 1970


@dataclass(frozen=True)
class Stay:
    """One chat at one stage. ``seconds``: until it went beyond, None: it has not. ``other_day``: it came to the stage
    on one day and was there again, or went on, on a later one (days of Viet Nam).
    """

    seconds: int | None
    other_day: bool


def stages() -> list[str]:
    """The steps of the main guide between beginning and "done"."""
    return [BEGUN, *(step.name for step in library().guides[MAIN].steps), CHECK, CLAIMED]


def stage_of(state: State) -> int:
    """How far a chat has come: an index into ``stages()``."""
    return _stage(state, stages())


def _stage(state: State, names: list[str]) -> int:
    if state.claimed:
        return len(names) - 1
    if state.at in ("check", "since"):
        return len(names) - 2
    step = state.step if state.at == "guide" and state.guide == MAIN else state.back
    return 1 + step if 0 <= step < len(names) - 3 else 0


def stayed(stays: Mapping[str, list[int]], state: State, now: datetime) -> Stays:
    """The stays with this turn's state."""
    names, at = stages(), int(now.timestamp())
    here = _stage(state, names)
    beyond = set(names[:here])
    kept = {name: [*stay, at] if len(stay) == 1 and name in beyond else stay for name, stay in stays.items()}
    return kept if names[here] == CLAIMED else {names[here]: [at]} | kept


def stays_of(kept: Mapping[str, list[int]], state: State) -> dict[str, Stay]:
    """What the kept moments of one chat tell, by stage."""
    here = stages()[stage_of(state)]
    found = {}
    for name, (came, *gone) in kept.items():
        last = gone[0] if gone else state.last if name == here else came
        found[name] = Stay(gone[0] - came if gone else None, _day(last) > _day(came))
    return found


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(VIETNAM).date()
