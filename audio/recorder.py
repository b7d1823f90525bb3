"""Text to sound: sentences, pauses that set the pace, chimes, and the check of what came out.

    record(text, voice, Path("tin.mp3"), title="…", pieces=Pieces(home.audio / "sentences"))

The whole is joined from finished sentences (``audio.pieces``) and then measured like any other file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np

from audio.mastering import RATE, Tags, decode, encode, tagged
from audio.measure import AudioCheck, Samples, loudness, measure
from audio.pieces import Piece, Pieces, encoded, silence
from audio.spoken import spoken
from audio.voices import Voice
from audio.words import count_syllables
from register.errors import BadInput, reason

AIMED_PACE = 180.0  # syllables a minute, pauses included, chimes not
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.35, 1.1  # between sentences
ENCODER_EDGE_S = 0.04  # silence that encoding leaves around a piece
CHIME_S = 2.3
CHIME_GAP_S = 0.8
CHIMES_S = 2 * (CHIME_S + CHIME_GAP_S)  # before and after


def sentences(spoken_text: str) -> list[str]:
    """The sentences of a spoken form, one fact each."""
    found = [part.strip() for line in spoken_text.split("\n") for part in re.split(r"(?<=[.?!;])\s+", line)]
    return [part for part in found if re.search(r"\w", part)]


def pause_for(parts: list[str], said_s: float) -> float:
    """The pause between sentences (s) that brings the whole to 180 syllables a minute, if a pause can."""
    aimed = sum(map(count_syllables, parts)) / AIMED_PACE * 60
    return min(max((aimed - said_s) / max(len(parts) - 1, 1), SHORTEST_PAUSE_S), LONGEST_PAUSE_S)


def joined(parts: list[str], made: Mapping[str, Piece], target: float, chimes: bool) -> bytes:
    """The MP3 of a bulletin: finished sentences with silence between them, chimes around if wanted."""
    if not parts:
        raise BadInput("Bản tin không có câu nào để đọc.")
    pause = pause_for(parts, sum(made[part].seconds for part in parts))
    between = silence(round((pause - ENCODER_EDGE_S) * 100)).mp3
    body = between.join(made[part].mp3 for part in parts)
    if not chimes:
        return silence(10).mp3 + body + silence(10).mp3
    gap = silence(round(CHIME_GAP_S * 100)).mp3
    return b"".join([_bell(target, False).mp3, gap, body, gap, _bell(target, True).mp3])


@lru_cache(maxsize=16)
def _bell(target: float, closing: bool) -> Piece:
    """The chime, as loud as speech: softer, and a short bulletin between two of them is too soft as a whole."""
    bell = chime(RATE, closing=closing)
    gain = 10 ** ((target - loudness(bell, RATE)) / 20)
    return encoded(encode(bell * min(gain, 0.7 / float(np.max(np.abs(bell))))))


def chime(rate: int, *, closing: bool = False) -> Samples:
    """Three soft bell strokes (G4 C5 E5), falling at the end of a bulletin; about 2.3 s, peak 0.35."""
    notes = (392.0, 523.25, 659.25)
    out = np.zeros(int(CHIME_S * rate))
    for number, pitch in enumerate(reversed(notes) if closing else notes):
        start = int(number * 0.38 * rate)
        time = np.arange(len(out) - start) / rate
        partials = ((1, 1.0, 2.2), (2, 0.35, 3.5), (3.01, 0.12, 6.0))  # ratio, level, decay a second
        for ratio, level, decay in partials:
            tone = level * np.sin(2 * np.pi * pitch * ratio * time) * np.exp(-decay * time)
            out[start:] += np.minimum(time / 0.008, 1) * tone  # 8 ms: no click
    out *= np.minimum(np.arange(len(out))[::-1] / (0.2 * rate), 1)
    return (out / np.max(np.abs(out)) * 0.35).astype(np.float32)


def record(
    text: str,
    voice: Voice,
    out: Path,
    *,
    title: str,
    artist: str = "Đài truyền thanh cơ sở",
    at: datetime | None = None,
    chimes: bool = False,
    own_words: Mapping[str, str] | None = None,
    pieces: Pieces | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AudioCheck:
    """Read ``text`` into the MP3 ``out``, mastered and tagged, and check it. A draft voice marks title and comment.

    ``own_words``: how this commune pronounces a word (``audio.pronounce``). Every sentence that could not be spoken
    is named in the VoiceSilent that is raised; nothing is written then.
    """
    pieces = pieces or Pieces(None)
    said = spoken(text, own_words).text
    parts = sentences(said)
    if not parts:
        raise BadInput("Bản tin không có câu nào để đọc.")
    mp3 = joined(parts, pieces.all_of(parts, voice, progress), pieces.target, chimes)
    mark = " (giọng nháp)" if voice.draft else ""
    chimes_s = CHIMES_S if chimes else 0.0
    comment = f"Giọng: {voice.label}." + (" Bản nháp, không phát khi chưa được duyệt riêng." if voice.draft else "")
    write(out, tagged(mp3, Tags(title + mark, artist, text, comment, at, chimes_s)))
    return measure(decode(mp3), RATE, said, pieces.target, chimes_s)


def write(out: Path, content: bytes) -> None:
    """Whole or not at all."""
    part = out.with_name(out.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(out)
    except OSError as error:
        raise BadInput(f"Không ghi được tệp {out.name}: {reason(error)}. Hãy chọn nơi khác.") from None


def say(
    text: str,
    voice: Voice,
    out: Path,
    pieces: Pieces | None = None,
    at: datetime | None = None,
    own_words: Mapping[str, str] | None = None,
) -> AudioCheck:
    """Read any text into an MP3 (``tungnha audio say``): no chimes."""
    title = " ".join(text.split()[:10]) or "Thông báo"
    return record(text, voice, out, title=title, at=at, own_words=own_words, pieces=pieces)
