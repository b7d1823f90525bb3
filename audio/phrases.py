"""The bank of phrases (kho câu): what a local speaker reads once, and where it is kept.

Bulletins are then joined from it, with live figures, in a human voice. The list is made from the templates, so that
it names exactly the phrases and figures that a bulletin of this commune can need; whoever speaks another language
says the meaning of each line in it. Files: ``<home>/audio/phrases/<commune>/<language>/<hash of the words>.flac``.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

from audio.measure import Samples, loudness
from audio.numbers import DIGITS, cardinal, month
from audio.spoken import spoken
from content.library import library
from register.errors import BadInput
from register.workdays import WEEKDAYS

RATE = 44_100
KEPT_LUFS = -20.0  # every phrase as loud as its neighbours; the master makes the rest
LANGUAGES = {"vi": "tiếng Việt"} | {code: about.name for code, about in library().languages.items()}
PAGE = 20  # lines that a speaker reads in one recording
GAP_S = 0.7  # silence that ends a line; the speaker is asked for about two seconds
EDGE_S = 0.03
QUIET_DB = 30  # below the loudest: silence, in a room with a fan


def plain_words(text: str) -> list[str]:
    """The words of a spoken form in small letters: how a phrase is found again."""
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", unicodedata.normalize("NFC", text).lower())


@dataclass(frozen=True)
class Bank:
    """The recorded phrases of one commune in one language."""

    folder: Path  # <home>/audio
    commune: str
    language: str = "vi"

    @property
    def language_name(self) -> str:
        return LANGUAGES.get(self.language, self.language)

    @property
    def place(self) -> Path:
        return self.folder / "phrases" / self.commune / self.language

    def _file(self, phrase: str) -> Path:
        return self.place / f"{hashlib.sha256(phrase.encode()).hexdigest()[:24]}.flac"

    def recorded(self) -> dict[str, float]:
        """Phrase → when it was recorded (seconds since 1970)."""
        found = {}
        for file in self.place.glob("*.flac"):
            with soundfile.SoundFile(file) as sound:
                found[sound.comment] = file.stat().st_mtime
        return found

    def fingerprint(self) -> str:
        """Changes with every phrase that is recorded anew."""
        listed = sorted((file.name, file.stat().st_mtime_ns) for file in self.place.glob("*.flac"))
        return hashlib.sha256(repr(listed).encode()).hexdigest()[:12]

    def samples(self, phrase: str) -> Samples:
        """The recorded phrase, mono, 44.1 kHz."""
        return soundfile.read(self._file(phrase), dtype="float32")[0]

    def keep(self, phrase: str, samples: Samples, rate: int) -> None:
        """Put a phrase into the bank, or replace it; trimmed and levelled. BadInput when there is nothing to hear."""
        key = " ".join(plain_words(phrase))
        samples = samples if rate == RATE else soxr.resample(samples, rate, RATE)
        level = loudness(np.tile(samples, max(1, int(np.ceil(RATE / max(len(samples), 1))))), RATE)
        if not key or not np.isfinite(level):
            raise BadInput(f"Không nghe thấy tiếng ở câu “{phrase}”. Hãy ghi lại câu này.")
        louder = np.clip(samples * 10 ** ((KEPT_LUFS - level) / 20), -0.99, 0.99).astype(np.float32)
        self.place.mkdir(parents=True, exist_ok=True)
        file = self._file(key)
        part = file.with_suffix(".part")
        with soundfile.SoundFile(part, "w", RATE, 1, "PCM_16", format="FLAC") as sound:
            sound.comment = key  # the bank describes itself: it can be carried to another machine
            sound.write(louder)
        part.replace(file)

    def take_page(self, phrases: list[str], samples: Samples, rate: int) -> None:
        """One recording of several lines, in order, a silence after each. Nothing is kept unless all are there."""
        lines = cut(samples, rate)
        if len(lines) != len(phrases):
            raise BadInput(
                f"Trang này có {len(phrases)} câu, nhưng nghe ra {len(lines)} câu. "
                "Hãy đọc lại cả trang: mỗi câu đọc liền một hơi, xong nghỉ chừng hai giây."
            )
        for phrase, line in zip(phrases, lines, strict=True):
            self.keep(phrase, line, rate)


def cut(samples: Samples, rate: int) -> list[Samples]:
    """A recording cut at its silences of 0.7 s or more; clicks shorter than 0.12 s are no lines."""
    block = rate // 100
    count = len(samples) // block
    if not count:
        return []
    level = np.sqrt(np.mean(samples[: count * block].reshape(count, block).astype(np.float64) ** 2, axis=1))
    loud = np.flatnonzero(level > np.max(level) * 10 ** (-QUIET_DB / 20)) if np.max(level) > 1e-4 else np.zeros(0, int)
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > GAP_S * 100)
    starts, ends = loud[np.r_[0, breaks + 1]], loud[np.r_[breaks, len(loud) - 1]] + 1
    edge = int(EDGE_S * rate)
    return [
        samples[max(0, start * block - edge) : end * block + edge]
        for start, end in zip(starts, ends, strict=True)
        if end - start >= 12
    ]


@lru_cache(maxsize=1)
def figures() -> tuple[str, ...]:
    """Hours, minutes, days, months, weekdays, digits and numbers, each said in one breath."""
    hours = [f"{cardinal(hour)} giờ" for hour in range(1, 13)]
    minutes = [f"{cardinal(minute)} phút" for minute in (15, 30, 45)]
    parts = ["sáng", "trưa", "chiều", "tối"]
    days = [f"ngày {cardinal(day)}" for day in range(1, 32)]
    months = [f"tháng {month(number)}" for number in range(1, 13)]
    return (*hours, *minutes, *parts, *WEEKDAYS, *days, *months, *DIGITS)


@lru_cache(maxsize=1)
def counts() -> tuple[str, ...]:
    """What a number up to 9.999 is made of."""
    tens = [cardinal(number) for number in range(10, 100)]
    linh = [f"linh {digit}" for digit in DIGITS[1:]]
    return (*tens, *linh, *(f"{d} trăm" for d in DIGITS), *(f"{d} nghìn" for d in DIGITS[1:]))


def fragments(text: str, live: tuple[str, ...]) -> list[str]:
    """The parts of a text between its live fields, clause by clause, in spoken form, each once."""
    mark = "\0"
    for value in sorted(live, key=len, reverse=True):
        text = text.replace(value, mark)
    found = []
    for line in text.split("\n"):
        for clause in re.split(rf"[,;:.!?]+(?:\s|$)|{mark}", line):
            said = spoken(clause).text.strip(" ,.;:!?")
            if plain_words(said):
                found.append(said)
    return list(dict.fromkeys(found))
