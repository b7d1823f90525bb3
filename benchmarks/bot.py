"""Talking: turns of the engine and sentences understood a second, beside the bare model's own predict; and whole
turns through Telegram's webhook beside a bare aiogram echo bot (benchmarks/webhook.py).

``classify`` keeps its answers, so it is asked without its memory. The target is that one process answers
faster than Telegram's lane lets replies out.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import webhook
from benchmarks.run import Measured, seconds
from bot.engine import turn
from bot.model import learn
from bot.state import Input, State
from bot.understanding import classify, normalise, read, trained, training_lines
from channels.telegram.limits import REPLIES_PER_SECOND

LINES, LINES_QUICK = 2_000, 300
TALKS, TALKS_QUICK = 300, 40
POSTED, POSTED_QUICK = 64 * 30, 64 * 6  # turns through the webhook, in each of three rounds
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PRESSED = ("who.self", "guide.start", *["guide.next"] * 4, "guide.stuck", "guide.next", "help.human", "stop")


def measure(quick: bool) -> Measured:
    """Seconds to the first answer, sentences and turns a second."""
    trained.cache_clear()
    first = seconds(lambda: classify.__wrapped__("làm sao để tạo tài khoản"))
    lines = [line for _, line in training_lines()]
    lines = [lines[n % len(lines)] for n in range(LINES_QUICK if quick else LINES)]
    understood = len(lines) / seconds(lambda: _understanding(lines), 3)
    plain = [normalise(line) for line in lines]
    features, classifier = learn((intent, normalise(line)) for intent, line in training_lines())
    bare = len(lines) / seconds(lambda: [classifier.predict(features.transform([p])) for p in plain], 3)
    talks = TALKS_QUICK if quick else TALKS
    turns = talks * (len(PRESSED) + 1) / seconds(lambda: [_talk() for _ in range(talks)], 3)
    typed = len(lines) / seconds(lambda: _typing(lines), 3)
    with tempfile.TemporaryDirectory() as folder:
        posted, over = webhook.compare(Path(folder), POSTED_QUICK if quick else POSTED)
    return Measured(
        figures=posted
        | {
            "first_answer_s": first,
            "classify_per_s": understood,
            "model_alone_per_s": bare,
            "turns_per_s": turns,
            "typed_turns_per_s": typed,
        },
        ratios=over
        | {
            "classify_over_model_alone": understood / bare,
            "answers_over_reply_pace": 1 / (1 / understood + 1 / turns) / REPLIES_PER_SECOND,
        },
        targets={
            "turns_per_s": ("least", 3_000),
            "typed_turns_per_s": ("least", 500),
            "answers_over_reply_pace": ("least", 1),
            **{name: ("least", 0.5) for name in over if "uvloop" not in name},  # as aiogram's documents run it
        },
    )


def _understanding(lines: list[str]) -> None:
    for line in lines:
        normalise.cache_clear()
        read.cache_clear()
        classify.__wrapped__(line)


def _typing(lines: list[str]) -> None:
    """Every line through guard, understanding and engine, in the middle of the guide; nothing is remembered."""
    state = State(at="guide", who="self", guide="asxh", step=3)
    for line in lines:
        classify.cache_clear()
        normalise.cache_clear()
        read.cache_clear()
        turn(state, Input("text", text=line), NOW)


def _talk() -> State:
    state = turn(State(), Input("start"), NOW).state
    for button in PRESSED:
        state = turn(state, Input("button", button=button), NOW).state
    return state
