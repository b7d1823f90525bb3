"""`bot` and `content`."""

import json
from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]


def test_classify_gives_an_intent_and_a_confidence_per_line(run: Run) -> None:
    lines = run("bot", "classify", text="đừng nhắn nữa\nlam sao de bat dau\n").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["stop", "guide.start"]
    assert all(0 <= float(line.split("\t")[1]) <= 1 for line in lines)


def test_chat_answers_each_turn_with_one_document(run: Run) -> None:
    turns = run("bot", "chat", "--json", text="xin chào\nma otp la 482913\n").stdout.splitlines()
    first, second = map(json.loads, turns)
    assert set(first) == {"intent", "step", "replies", "redacted"}
    assert set(first["replies"][0]) == {"text", "buttons", "voice"}
    assert (first["redacted"], second["redacted"]) == (False, True)


def test_content_check(run: Run) -> None:
    assert run("content", "check", "--json").data()["ok"] is True
