"""Talking to the bot from a terminal: the pure engine without a database, a channel or a network."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TextIO

import orjson

from bot.engine import turn
from bot.state import Input, Reply, Scene, State
from bot.understanding import classify
from content.guard import guard


def classify_lines(stdin: Iterable[str], stdout: TextIO) -> None:
    """One utterance per line in, ``intent<TAB>confidence`` per line out. Secrets are taken out first."""
    for line in stdin:
        intent, confidence = classify(guard(line.rstrip("\r\n")).text)
        stdout.write(f"{intent}\t{confidence:.3f}\n")
        stdout.flush()


def to_json(reply: Reply) -> dict[str, Any]:
    """A turn as design §6 has it."""
    return {
        "intent": reply.intent,
        "step": reply.state.place,
        "replies": [
            {"text": m.text, "buttons": [{"id": b.id, "title": b.title} for b in m.buttons], "voice": m.voice}
            for m in reply.messages
        ],
        "redacted": reply.redacted,
    }


def input_of(line: str) -> Input:
    """A typed line as an input: ``#guide.next`` presses a button, ``/start CODE`` opens the chat."""
    if line.startswith("/start"):
        return Input("start", text=line)
    return Input("text", text=line)


def chat_lines(
    stdin: Iterable[str], stdout: TextIO, now: datetime, *, as_json: bool = False, scene: Scene | None = None
) -> None:
    """One turn per line. With ``as_json`` one JSON document per turn; else the texts and their buttons."""
    state, scene = State(), scene or Scene(people=1, known=True)
    for line in stdin:
        reply = turn(state, input_of(line.rstrip("\r\n")), now, scene)
        state = reply.state
        if as_json:
            stdout.write(orjson.dumps(to_json(reply)).decode() + "\n")
        else:
            for message in reply.messages:
                stdout.write(message.text + "\n")
                stdout.write("".join(f"  [{b.title}]  #{b.id}\n" for b in message.buttons) + "\n")
        stdout.flush()
