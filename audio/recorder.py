"""Text to sound: sentences, pauses that set the pace, chimes, mastering, and the check of what came out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from audio.mastering import Tags, master, tagged
from audio.measure import AudioCheck, check
from audio.spoken import spoken
from audio.voices import Voice
from audio.words import count_syllables
from register.errors import BadInput

Samples = npt.NDArray[np.float32]

AIMED_PACE = 180.0  # syllables a minute, pauses and chimes included
SHORTEST_PAUSE_S, USUAL_PAUSE_S, LONGEST_PAUSE_S = 0.35, 0.5, 1.1  # between sentences
EDGE_S = 0.15
CHIME_S = 2.3
CHIME_GAP_S = 0.8
SILENT = 10 ** (-50 / 20)


def sentences(spoken_text: str) -> list[str]:
    """The sentences of a spoken form, one fact each."""
    found = [part.strip() for line in spoken_text.split("\n") for part in re.split(r"(?<=[.?!;])\s+", line)]
    return [part for part in found if re.search(r"\w", part)]


def synthesize(
    spoken_text: str, voice: Voice, *, chimes: bool = False, progress: Callable[[int, int], None] | None = None
) -> tuple[Samples, int]:
    """All sentences, with pauses chosen so that the whole comes out near 180 syllables a minute."""
    parts = sentences(spoken_text)
    if not parts:
        raise BadInput("Bản tin không có câu nào để đọc.")
    opened, closed = (CHIME_S + CHIME_GAP_S,) * 2 if chimes else (0.0, 0.0)
    aimed = count_syllables(spoken_text) / AIMED_PACE * 60 - opened - closed - 2 * EDGE_S
    gaps = len(parts) - 1
    said, rate = _say_all(parts, voice, progress)
    factor = _seconds(said, rate) / max(aimed - gaps * USUAL_PAUSE_S, 0.5)
    if abs(factor - 1) > 0.03 and (other := voice.paced(factor)) is not voice:
        said, rate = _say_all(parts, other, None)
    pause = min(max((aimed - _seconds(said, rate)) / max(gaps, 1), SHORTEST_PAUSE_S), LONGEST_PAUSE_S)

    def quiet(seconds: float) -> Samples:
        return np.zeros(int(seconds * rate), dtype=np.float32)

    pieces: list[Samples] = [quiet(EDGE_S)]
    if chimes:
        pieces += [chime(rate), quiet(CHIME_GAP_S)]
    for number, samples in enumerate(said):
        pieces += [samples] if number == 0 else [quiet(pause), samples]
    if chimes:
        pieces += [quiet(CHIME_GAP_S), chime(rate, closing=True)]
    return np.concatenate([*pieces, quiet(EDGE_S)]).astype(np.float32), rate


def _say_all(parts: list[str], voice: Voice, progress: Callable[[int, int], None] | None) -> tuple[list[Samples], int]:
    said: list[Samples] = []
    rate = 0
    for number, sentence in enumerate(parts, 1):
        samples, own = voice.say(sentence)
        rate = rate or own
        said.append(_trim(samples if own == rate else soxr.resample(samples, own, rate).astype(np.float32)))
        if progress:
            progress(number, len(parts))
    return said, rate


def _seconds(said: list[Samples], rate: int) -> float:
    return sum(map(len, said)) / rate


def _trim(samples: Samples) -> Samples:
    """Without the silence before and after; 20 ms are left so that no consonant is cut."""
    loud = np.flatnonzero(np.abs(samples) > SILENT)
    if not len(loud):
        return samples
    return samples[max(loud[0] - 400, 0) : loud[-1] + 400]


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
    progress: Callable[[int, int], None] | None = None,
) -> AudioCheck:
    """Read ``text`` into the MP3 ``out``, mastered and tagged, and check it. A draft voice marks title and comment."""
    result = spoken(text)
    samples, rate = synthesize(result.text, voice, chimes=chimes, progress=progress)
    mark = " (giọng nháp)" if voice.draft else ""
    comment = f"Giọng: {voice.label}." + (" Bản nháp, không phát khi chưa được duyệt riêng." if voice.draft else "")
    mp3 = tagged(master(samples, rate), Tags(title + mark, artist, text, comment, at))
    part = out.with_name(out.name + ".part")
    try:
        part.write_bytes(mp3)
        part.replace(out)
    except OSError as error:
        raise BadInput(f"Không ghi được tệp {out.name}: {error.strerror}. Hãy chọn nơi khác.") from None
    return check(out, text)


def say(text: str, voice: Voice, out: Path, at: datetime | None = None) -> AudioCheck:
    """Read any text into an MP3 (``tungnha audio say``): no chimes."""
    title = " ".join(text.split()[:10]) or "Thông báo"
    return record(text, voice, out, title=title, at=at)
