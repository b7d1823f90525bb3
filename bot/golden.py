"""Golden conversations: one talk as a file that people read and the engine replays. Pure.

    told = play(yaml.safe_load(text))        # every turn with what the bot answers now
    text = written({"name": …, "scene": …, "turns": told})

A turn has ``say`` (typed), ``press`` (a button) or ``send`` (start, follow, media, nudge …, ``with`` a text), perhaps
``secrets`` (kinds that the channel's door took out), ``after_hours`` since the turn before, and ``scene`` where the
world around the chat changed; the rest is what the bot answers. ``begins``: the state before the first turn, where
that is not a new chat's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from bot.engine import turn
from bot.state import Input, Scene, State
from content.message import Addressee, Place

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday 08:00 in Viet Nam, where a file names no other time
PLACE = Place("phường Phan Thiết", "UBND phường Phan Thiết", phone="0252 3821 234")
GIVEN = ("after_hours", "scene", "say", "press", "send", "with", "secrets")  # what a file tells; the rest is answered


def scene_of(raw: Mapping[str, Any], place: Place = PLACE) -> Scene:
    """The world around a chat, as a file tells it."""
    who, people, hours = raw.get("addressee"), raw.get("people", 0), raw.get("usual_hours")
    return Scene(
        replace(place, session=raw.get("session", "")),
        Addressee(*who) if who else None,
        people,
        raw.get("known", people == 1),
        raw.get("waiting", 0),
        None if hours is None else timedelta(hours=hours),
        channel=raw.get("channel", ""),
        receipt=raw.get("receipt", False),
    )


def input_of(told: Mapping[str, Any]) -> Input:
    """What came in at one turn."""
    secrets = tuple(told.get("secrets", ()))
    if "press" in told:
        return Input("button", button=told["press"], secrets=secrets)
    if "send" in told:
        return Input(told["send"], text=told.get("with", ""), secrets=secrets)
    return Input("text", text=told["say"], secrets=secrets)


def play(talk: Mapping[str, Any], place: Place = PLACE) -> list[dict[str, Any]]:
    """Every turn of the file with what the bot says to it now."""
    state = State.of(talk.get("begins"))
    now = datetime.fromisoformat(talk["now"]) if "now" in talk else NOW
    scene = dict(talk.get("scene", {}))
    turns = []
    for told in talk["turns"]:
        now += timedelta(hours=told.get("after_hours", 0))
        scene = told.get("scene", scene)
        reply = turn(state, input_of(told), now, scene_of(scene, place))
        # The state must survive the database: through JSON and back.
        state = State.of(json.loads(json.dumps(reply.state.to_dict())))
        if state != reply.state:
            raise AssertionError("a state that JSON does not keep")
        answer: dict[str, Any] = {"intent": reply.intent, "step": reply.state.place}
        if reply.events:
            answer["events"] = [
                " ".join([type(e).__name__, *(f"{k}={v}" for k, v in asdict(e).items() if v != "")])
                for e in reply.events
            ]
        if reply.redacted:
            answer["redacted"] = True
        answer["says"] = [m.text for m in reply.messages]
        answer["buttons"] = [b.id for m in reply.messages for b in m.buttons]
        turns.append({key: told[key] for key in GIVEN if key in told} | answer)
    return turns


class _Dumper(yaml.SafeDumper):
    """Long texts as blocks, everything in the order in which it was said."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    str, lambda d, s: d.represent_scalar("tag:yaml.org,2002:str", s, style="|" if "\n" in s else None)
)


def written(talk: Mapping[str, Any]) -> str:
    """The talk as the text of its file."""
    text: str = yaml.dump(dict(talk), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return text
