"""Golden conversations: each file is one talk, told turn by turn.

A turn has ``say`` (typed), ``press`` (a button) or ``send`` (start, follow, media, nudge …), perhaps
``after_hours`` since the turn before; the rest is what the bot answers and is rewritten by
``pytest tests/bot --update-golden``. Read the difference before committing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.engine import turn
from bot.state import Input, Scene, State
from content.message import Addressee, Place

FOLDER = Path(__file__).parent / "conversations"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PLACE = Place("phường Phan Thiết", "UBND phường Phan Thiết", phone="0252 3821 234")


def scene_of(raw: dict[str, Any]) -> Scene:
    who = raw.get("addressee")
    people = raw.get("people", 0)
    place = replace(PLACE, session=raw.get("session", ""))
    return Scene(place, Addressee(*who) if who else None, people, raw.get("known", people == 1), raw.get("waiting", 0))


def input_of(told: dict[str, Any]) -> Input:
    if "press" in told:
        return Input("button", button=told["press"])
    if "send" in told:
        return Input(told["send"], text=told.get("with", ""))
    return Input("text", text=told["say"])


def play(talk: dict[str, Any]) -> list[dict[str, Any]]:
    state = State()
    now = datetime.fromisoformat(talk["now"]) if "now" in talk else NOW
    turns = []
    for told in talk["turns"]:
        given = {key: told[key] for key in ("after_hours", "say", "press", "send", "with") if key in told}
        now += timedelta(hours=told.get("after_hours", 0))
        reply = turn(state, input_of(told), now, scene_of(talk.get("scene", {})))
        # The state must survive the database: through JSON and back.
        state = State.of(json.loads(json.dumps(reply.state.to_dict())))
        assert state == reply.state
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
        turns.append(given | answer)
    return turns


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    str, lambda d, s: d.represent_scalar("tag:yaml.org,2002:str", s, style="|" if "\n" in s else None)
)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_conversation(file: Path, request: pytest.FixtureRequest) -> None:
    talk = yaml.safe_load(file.read_text("utf-8"))
    turns = play(talk)
    if request.config.getoption("--update-golden", default=False):
        talk["turns"] = turns
        file.write_text(yaml.dump(talk, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110), "utf-8")
    assert turns == talk["turns"]


def test_there_are_enough_conversations() -> None:
    assert len(list(FOLDER.glob("*.yaml"))) >= 70
