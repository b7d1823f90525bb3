"""Readings of the guide's steps, made beforehand: they are sent before the words where the channel takes sound.

A reading belongs to exactly one text (channels.files.voice_path). Texts that name a person or a place are
not read: each would be another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from audio.bulletins import say
from channels.files import voice_path
from content.library import Text, library, render
from register.home import Home

TITLES = ("ông/bà", "ông", "bà", "anh/chị", "anh", "chị")
_FIELD = re.compile(r"\{(\w+)\}")


def texts() -> Iterator[str]:
    """Every text that may be heard, as it is spoken to each kind of person."""
    known = library()
    all_texts: list[Text] = [step for guide in known.guides.values() for step in guide.steps]
    for text in [*all_texts, *known.faq.values(), *known.talk.texts.values()]:
        for lines in (text.lines, text.helper):
            fields = {field for line in lines for field in _FIELD.findall(line)}
            if not text.voice or not lines or not fields <= {"you", "You"}:
                continue
            for title in TITLES if fields else TITLES[:1]:
                yield render(lines, {"you": title, "You": title[:1].upper() + title[1:]})


def make(home: Home, voice: str = "auto", made: Callable[[Path], None] = lambda _path: None) -> int:
    """Read what has no reading yet. Returns how many were made; ``made`` is told of each."""
    number = 0
    for text in dict.fromkeys(texts()):
        path = voice_path(home, text)
        if path.exists():
            continue
        path.parent.mkdir(exist_ok=True)
        say(text, path, voice)
        made(path)
        number += 1
    return number
