"""Voices behind one interface; which one speaks is chosen by what is there, and shown.

In this order, when nobody chose: ``phrases`` (a local speaker's own voice, if the bank holds every word of the text),
``piper`` (a neural model in a folder of the operator's), ``gtts`` (Google, if it answers), ``espeak`` (always there,
but a draft: not on air without a second explicit approval). A person's whole recording needs no voice at all
(``audio.uploads``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from audio.phrases import LANGUAGES, Bank
from audio.voices.base import Samples, Voice, VoiceSilent, VoiceStopped
from audio.voices.espeak import Espeak
from audio.voices.google import Google, pieces_of
from audio.voices.phrases import Phrases
from audio.voices.piper import Piper
from register.errors import BadInput
from settings import Settings

__all__ = [
    "Espeak", "Google", "Offer", "Phrases", "Piper", "Samples", "Voice", "VoiceSilent", "VoiceStopped",
    "choose_voice", "offered", "pieces_of",
]  # fmt: skip

log = structlog.get_logger(__name__)
NAMES = ("auto", "phrases", "piper", "gtts", "espeak")


@dataclass(frozen=True)
class Offer:
    """One voice as a page shows it. ``ready`` False: ``why`` says what is missing."""

    name: str
    label: str
    ready: bool
    why: str = ""


def offered(settings: Settings, commune: str = "") -> list[Offer]:
    """The voices of this installation, best first. Asks no network: whether Google answers is seen when it speaks."""
    found = [
        Offer(voice.name, voice.label, True, f"đã ghi {len(voice.known)} câu") for voice in _banks(settings, commune)
    ]
    if commune and not found:
        found.append(Offer("phrases", "giọng người địa phương", False, "chưa ghi câu nào"))
    try:
        found.append(Offer("piper", Piper(_folder(settings)).label, True, "chạy trên máy này"))
    except BadInput as error:
        found.append(Offer("piper", "giọng máy cài sẵn", False, str(error)))
    found.append(Offer("gtts", "Google", True, "cần có mạng"))
    return [*found, Offer("espeak", Espeak.label, True, "phát loa phải duyệt riêng")]


def choose_voice(settings: Settings, name: str = "", commune: str = "", sentences: list[str] | None = None) -> Voice:
    """The voice of this name, or of the settings; "auto": the best one that is there for these ``sentences``."""
    wanted = name or settings.voice
    if wanted == "espeak":
        return Espeak()
    if wanted == "gtts":
        return Google(settings.gtts_base)
    if wanted == "piper":
        return Piper(_folder(settings))
    if wanted.startswith("phrases"):
        for voice in _banks(settings, commune):
            if voice.name == wanted:
                return voice
        raise BadInput("Chưa ghi câu nào của người địa phương. Hãy ghi ở trang Giọng người.")
    if wanted != "auto":
        raise BadInput(f"Không có giọng “{wanted}”. Hãy chọn: {', '.join(NAMES)}.")
    for voice in _banks(settings, commune):
        if voice.name == "phrases" and voice.can_say(sentences or []):
            return voice
    if settings.piper_folder:
        return Piper(settings.piper_folder)
    google = Google(settings.gtts_base)
    if google.answers():
        return google
    log.info("voice_fallback", voice="espeak")
    return Espeak()


def _folder(settings: Settings) -> Path:
    if settings.piper_folder is None:
        raise BadInput("Chưa cài giọng máy. Hãy nhờ người quản trị đặt thư mục giọng (README, mục cài đặt).")
    return settings.piper_folder


def _banks(settings: Settings, commune: str) -> Iterator[Phrases]:
    for language in LANGUAGES if commune else ():
        bank = Bank(settings.home / "audio", commune, language)
        if bank.place.is_dir():
            yield Phrases(bank)
