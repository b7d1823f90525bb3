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
from content.library import library
from content.message import Addressee, Place

FOLDER = Path(__file__).parent / "conversations"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PLACE = Place("phường Phan Thiết", "UBND phường Phan Thiết", phone="0252 3821 234")


def scene_of(raw: dict[str, Any], place: Place) -> Scene:
    who = raw.get("addressee")
    people = raw.get("people", 0)
    place = replace(place, session=raw.get("session", ""))
    return Scene(place, Addressee(*who) if who else None, people, raw.get("known", people == 1), raw.get("waiting", 0))


def input_of(told: dict[str, Any]) -> Input:
    if "press" in told:
        return Input("button", button=told["press"])
    if "send" in told:
        return Input(told["send"], text=told.get("with", ""))
    return Input("text", text=told["say"])


def play(talk: dict[str, Any], place: Place = PLACE) -> list[dict[str, Any]]:
    state = State()
    now = datetime.fromisoformat(talk["now"]) if "now" in talk else NOW
    turns = []
    for told in talk["turns"]:
        given = {key: told[key] for key in ("after_hours", "say", "press", "send", "with") if key in told}
        now += timedelta(hours=told.get("after_hours", 0))
        reply = turn(state, input_of(told), now, scene_of(talk.get("scene", {}), place))
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
def test_nothing_is_pressed_that_the_phone_does_not_show(file: Path) -> None:
    """Our first message offers the first buttons; after that, only what some message of this talk bore."""
    shown = set(library().messages["first"].buttons)
    for told in play(yaml.safe_load(file.read_text("utf-8"))):
        assert told.get("press") in {None, *shown}, told
        shown |= set(told["buttons"])


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


# --- The same through the real doors: aiogram's dispatcher and Zalo's webhook, against the sandbox ----------

# No list was imported: the commune is not known, and nobody is linked.
ANYWHERE = Place("xã, phường", "Ủy ban nhân dân xã, phường")
THROUGH_DOORS = [
    "23_southern_grandmother", "29_installing", "32_new_phone", "46_child", "48_not_vssid", "52_fee_and_money",
    "63_no_accents_at_all", "65_central_dialect", "67_capitals", "71_secret_account_number",
    "82_stop_missed_spellings", "88_listens_again",
]  # fmt: skip


@pytest.mark.parametrize("channel", ["telegram", "zalo"])
async def test_what_the_phone_shows_is_what_the_engine_says(town, channel: str) -> None:
    sandbox = town.sandbox
    for name in THROUGH_DOORS:
        turns = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))["turns"]
        opened = {"send": "start", "with": "/start"} if channel == "telegram" else {"send": "follow"}
        expected = play({"scene": {"people": 0}, "turns": [opened, *turns]}, ANYWHERE)
        uid = sandbox.add_user(channel, name)
        sandbox.telegram_start(uid) if channel == "telegram" else sandbox.follow(uid)
        await town.settle()
        for told in turns:
            sandbox.press(uid, told["press"]) if "press" in told else sandbox.type_text(uid, told["say"])
            await town.settle()
        assert [line["text"] for line in town.said(uid)] == [text for turn in expected for text in turn["says"]], name
