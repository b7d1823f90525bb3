"""Other languages are people's recordings: asked for in words or by a button, kept, never in the way of the rest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import readings
from bot.engine import turn
from bot.state import Input, Scene, State
from channels.files import recorded_in, voice_of
from content.library import library
from content.message import Message
from content.words import fold

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SOME = Scene(languages=("khm", "hmn"))


def say(text, state=None, scene=SOME):
    return turn(state or State(), Input("text", text=text), NOW, scene)


@pytest.mark.parametrize(
    ("text", "code"),
    [("tôi chỉ biết tiếng Khmer", "khm"), ("tieng khome", "khm"), ("nghe tiếng Mông được không", "hmn"),
     ("có tiếng dân tộc Tày không", "tyz"), ("TIENG E DE", "rad"), ("nghe lại tiếng Việt", "vi")],
)  # fmt: skip
def test_a_language_is_understood_by_its_name(text, code):
    assert say(text).intent == f"language.{code}"


@pytest.mark.parametrize(
    ("text", "intent"),
    [("dừng lại, đừng nhắn tiếng Khmer nữa", "stop"), ("máy kêu to quá", None), ("tôi không biết tiếng Việt", None),
     ("hai tiếng nữa tôi làm", None)],
)  # fmt: skip
def test_what_only_sounds_like_it_is_something_else(text, intent):
    said = say(text).intent
    assert said == intent if intent else not said.startswith("language.")


def test_the_wish_stays_and_the_step_comes_again_in_it():
    state = State(at="guide", who="self", guide="asxh", step=2)
    reply = say("nghe tiếng Khmer", state)
    assert reply.state.language == "khm"
    assert [(message.reading, message.language) for message in reply.messages] == [
        ("language", "khm"),
        ("asxh.account", "khm"),
    ]
    later = turn(reply.state, Input("button", button="guide.next"), NOW, SOME)
    assert later.messages[-1].language == "khm"
    assert turn(later.state, Input("button", button="language.vi"), NOW, SOME).state.language == ""


def test_where_nobody_has_recorded_anything_that_is_said():
    reply = say("nghe tiếng Khmer", scene=Scene())
    assert "Chưa có ai đọc sẵn" in reply.messages[0].text
    assert "help.human" in [button.id for button in reply.messages[0].buttons]
    assert reply.state.language == "khm"


def test_the_greeting_offers_other_languages_only_where_there_are_some():
    offered = {button.id for button in turn(State(), Input("start"), NOW, SOME).messages[0].buttons}
    assert "language.which" in offered
    assert len(offered) == 5  # Zalo takes no more
    assert "language.which" not in {b.id for b in turn(State(), Input("start"), NOW, Scene()).messages[0].buttons}
    asked = turn(State(), Input("button", button="language.which"), NOW, SOME).messages[0]
    assert [button.id for button in asked.buttons] == ["language.khm", "language.hmn", "language.vi", "help.human"]


def test_every_language_has_its_button_and_no_name_stands_for_two():
    names = [name for language in library().languages.values() for name in language.asked]
    assert len(names) == len(set(names))
    assert all(name == fold(name) for name in names)
    assert {f"language.{code}" for code in library().languages} <= set(library().buttons)


def test_what_is_missing_is_listed(home):
    before = readings.missing(home)
    assert before.languages == {}
    assert before.texts == before.unread == before.no_aac > 50
    assert "asxh.open" in before.names
    assert "asxh.open.helper" in before.names
    for language, name in (("vi", "asxh.open.mp3"), ("khm", "asxh.open.ogg"), ("khm", "notes.txt")):
        (home.path / "voices" / language).mkdir(parents=True, exist_ok=True)
        (home.path / "voices" / language / name).write_bytes(b"a person")
    after = readings.missing(home)
    assert before.unread > after.unread
    assert set(before.names) - set(after.languages["khm"]) == {"asxh.open"}
    assert recorded_in(home) == ("khm",)


def test_where_ffmpeg_is_every_reading_gets_its_aac_once(home, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert readings.make_aac(home) is None
    tool = tmp_path / "ffmpeg"
    tool.write_text('#!/bin/sh\nfor last; do :; done\ncase "$5" in *broken*) exit 1;; esac\nprintf aac > "$last"\n')
    tool.chmod(0o755)
    folder = home.path / "voices" / "khm"
    folder.mkdir(parents=True)
    for name in ("asxh.open.mp3", "asxh.menu.ogg", "broken.mp3"):
        (folder / name).write_bytes(b"sound")
    assert [readings.make_aac(home), readings.make_aac(home)] == [2, 0]
    assert sorted(path.name for path in folder.glob("*.aac")) == ["asxh.menu.aac", "asxh.open.aac"]
    assert not list(folder.glob(".*"))
    said = Message("Bước 1.", voice=True, reading="asxh.open", language="khm")
    assert voice_of(home, said, (".aac",)) == folder / "asxh.open.aac"
