"""Readings of the guide's steps: they are sent before the words where the channel takes sound.

    voices/<hash of the text>.mp3         made beforehand (`tungnha bot voices`), Vietnamese alone
    voices/vi/asxh.open.mp3               read by a person: goes before a made one
    voices/khm/asxh.open.helper.ogg       another language, always read by a person
    voices/…/….aac                        the same for the Zalo Bot, which takes nothing else

A made reading belongs to exactly one text (channels.files.voice_path). Texts that name a person or a place are
not read: each would be another one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

from audio.bulletins import say
from channels.files import VOICE_ENDS, VOICES, recorded_in, voice_of, voice_path
from content.library import Text, library, render
from content.message import Message
from register.home import Home

TITLES = ("ông/bà", "ông", "bà", "anh/chị", "anh", "chị")
AAC = ".aac"
# What a text says of the chat that it stands in: taking back is called otherwise on Telegram, and is not on the web.
_OF_A_CHAT = {"recall"}
_CHATS: tuple[tuple[str, dict[str, str]], ...] = (
    ("", {"recall": "Thu hồi"}),
    ("", {"recall": "Xóa"}),
    (".web", {"recall": ""}),
)
_FIELD = re.compile(r"\{(\w+)\}")


def texts() -> Iterator[str]:
    """Every text that may be heard, as it is spoken to each kind of person."""
    for said in spoken():
        yield said.text


def spoken() -> Iterator[Message]:
    """The same with the names of their recordings."""
    known = library()
    all_texts: list[Text] = [step for guide in known.guides.values() for step in guide.steps]
    for text in [*all_texts, *known.faq.values(), *known.talk.texts.values()]:
        for lines, name in ((text.lines, text.key), (text.helper, f"{text.key}.helper")):
            fields = {field for line in lines for field in _FIELD.findall(line)}
            chats = _CHATS if fields & _OF_A_CHAT else (("", {}),)
            fields -= _OF_A_CHAT
            if not text.voice or not lines or not fields <= {"you", "You"}:
                continue
            for title, (ending, chat) in product(TITLES if fields else TITLES[:1], chats):
                words = render(lines, {"you": title, "You": title[:1].upper() + title[1:]} | chat)
                yield Message(words, voice=True, reading=name + ending)


@dataclass(frozen=True)
class Missing:
    """What cannot be heard yet. ``names``: every recording that a language needs; ``languages``: those it has not."""

    texts: int
    unread: int  # without any reading in Vietnamese
    no_aac: int  # without one for the Zalo Bot
    names: tuple[str, ...]
    languages: dict[str, tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def missing(home: Home) -> Missing:
    """What has no reading, by channel and language."""
    names = tuple(dict.fromkeys(said.reading for said in spoken()))
    all_of_them = list({said.text: said for said in spoken()}.values())
    folder = home.path / VOICES
    lacks = {
        code: tuple(
            name for name in names if not any((folder / code / (name + end)).is_file() for end in (*VOICE_ENDS, AAC))
        )
        for code in recorded_in(home)
    }
    return Missing(
        len(all_of_them),
        sum(voice_of(home, said) is None for said in all_of_them),
        sum(voice_of(home, said, (AAC,)) is None for said in all_of_them),
        names,
        lacks,
    )


def make_aac(home: Home) -> int | None:
    """Beside every reading its .aac, where ffmpeg is on this machine (None: it is not). Returns how many were made.

    No light package encodes AAC; ffmpeg is the station's and the server's usual tool, so it is used where it stands.
    """
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        return None
    made = 0
    for path in sorted((home.path / VOICES).rglob("*")):
        beside = path.with_name(path.stem + AAC)
        if path.suffix not in VOICE_ENDS or beside.exists():
            continue
        new = path.with_name(f".{path.stem}.new{AAC}")
        command = [ffmpeg, "-v", "error", "-y", "-i", str(path), "-ac", "1", "-c:a", "aac", "-b:a", "48k", str(new)]
        done = subprocess.run(command, capture_output=True, check=False, timeout=120)  # noqa: S603 our own files
        if done.returncode == 0:
            new.replace(beside)
            made += 1
        else:
            new.unlink(missing_ok=True)
    return made


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
