"""Golden conversations: each file is one talk, told turn by turn.

What stands in them: bot/golden.py. What the bot answers is rewritten by ``pytest tests/bot --update-golden``; read the
difference before committing. A chat is exported as such a file from the console (bot/recording.py).
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.golden import play, written
from content.library import library
from content.message import Place

FOLDER = Path(__file__).parent / "conversations"


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
        file.write_text(written(talk), "utf-8")
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
        expected = play({"scene": {"people": 0, "channel": channel}, "turns": [opened, *turns]}, ANYWHERE)
        uid = sandbox.add_user(channel, name)
        sandbox.telegram_start(uid) if channel == "telegram" else sandbox.follow(uid)
        await town.settle()
        for told in turns:
            sandbox.press(uid, told["press"]) if "press" in told else sandbox.type_text(uid, told["say"])
            await town.settle()
        assert [line["text"] for line in town.said(uid)] == [text for turn in expected for text in turn["says"]], name
