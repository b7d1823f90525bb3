"""Sentences: each distinct one is spoken, mastered and encoded once, and kept.

A bulletin is its sentences' MP3s laid one after another with encoded silence between them. That is exact: every
piece comes from an encoder of its own, so its first frame needs nothing of the frames before it, and all cuts fall
into silence. What a province says in 124 communes differs in a few sentences only; a bulletin with one word changed
needs one new sentence.

Kept under ``<home>/audio/sentences``: ``<key>.flac`` as it was spoken, ``<key>.<target>.mp3`` as it goes on air.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile

from audio.mastering import BITRATE_KBPS, RATE, encode, master
from audio.measure import TARGET_LUFS, Samples
from audio.voices import Voice, VoiceSilent, VoiceStopped
from audio.words import count_syllables

ARTICULATION = 215.0  # syllables a minute inside a sentence: 180 over all, once the pauses are in
PACE_TOLERANCE = 0.05
JUDGED_FROM = 4  # syllables; the pace of a shorter sentence says nothing
SILENT = 10 ** (-50 / 20)
FRAME = 1_152  # samples of an MP3 frame
FRAME_BYTES = FRAME / 8 * BITRATE_KBPS * 1000 / RATE  # on the average: a frame is padded now and then
EDGE = 400  # samples left at each end, so that no consonant is cut
JOIN_LU = 0.35  # measured: so much the pauses' edges and the chimes take from the loudness of the whole
KEPT_UNUSED_DAYS = 180


@dataclass(frozen=True)
class Piece:
    """An MP3 without tags, and how long it sounds."""

    mp3: bytes
    seconds: float


@dataclass
class Pieces:
    """The sentences that were made already. ``folder`` None: nothing is kept."""

    folder: Path | None
    target: float = TARGET_LUFS  # LUFS
    made: int = 0  # sentences spoken anew
    _held: dict[str, Piece] = field(default_factory=dict)

    def all_of(
        self, sentences: Iterable[str], voice: Voice, progress: Callable[[int, int], None] | None = None
    ) -> dict[str, Piece]:
        """Every distinct sentence. Those that the voice did not speak are named in one VoiceSilent, with its reason;
        those it did are kept, so that the next try asks for the rest only."""
        wanted = list(dict.fromkeys(sentences))
        found: dict[str, Piece] = {}
        missing: list[str] = []
        stopped: VoiceSilent | None = None
        for number, sentence in enumerate(wanted, 1):
            try:
                found[sentence] = self.piece(sentence, voice, keep_only=isinstance(stopped, VoiceStopped))
            except VoiceSilent as error:
                stopped = stopped if isinstance(stopped, VoiceStopped) else error
                missing.append(sentence)
            if progress:
                progress(number, len(wanted))
        if stopped is not None:
            named = "; ".join(f"“{sentence}”" for sentence in missing[:5]) + ("; …" if len(missing) > 5 else "")
            raise type(stopped)(f"{stopped} Còn thiếu {len(missing)}/{len(wanted)} câu: {named}") from None
        return found

    def piece(self, sentence: str, voice: Voice, *, keep_only: bool = False) -> Piece:
        """One sentence, made now unless it was made before. ``keep_only``: the voice is not asked any more."""
        key = hashlib.sha256(f"{voice.key}\n{ARTICULATION:.0f}\n{sentence}".encode()).hexdigest()[:32]
        held = self._held.get(key) or self._kept(key)
        if held is None:
            raw, rate = self._spoken(key, sentence, voice, keep_only)
            held = encoded(master(raw, rate, self.target + JOIN_LU))
            self._write(f"{key}.{self.target:.0f}.mp3", held.mp3)
        self._held[key] = held
        return held

    def _kept(self, key: str) -> Piece | None:
        file = self.folder / f"{key}.{self.target:.0f}.mp3" if self.folder else None
        if file is None or not file.is_file():
            return None
        file.touch()
        return encoded(file.read_bytes())

    def _spoken(self, key: str, sentence: str, voice: Voice, keep_only: bool) -> tuple[Samples, int]:
        """As the voice said it, from its FLAC if there is one."""
        file = self.folder / f"{key}.flac" if self.folder else None
        if file is not None and file.is_file():
            file.touch()
            return soundfile.read(file, dtype="float32")
        if keep_only:
            raise VoiceSilent("Chưa hỏi đến câu này.")
        samples, rate = paced(sentence, voice)
        self.made += 1
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(f".{time.monotonic_ns()}.part")
            soundfile.write(part, samples, rate, format="FLAC", subtype="PCM_16")
            part.replace(file)
        return samples, rate

    def _write(self, name: str, content: bytes) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{name}.{time.monotonic_ns()}.part"
        part.write_bytes(content)
        part.replace(self.folder / name)

    def forget(self, before: float) -> int:
        """Remove sentences that no recording has used since ``before`` (seconds since 1970)."""
        old = [file for file in self.folder.iterdir() if file.stat().st_mtime < before] if self.folder else []
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)


def paced(sentence: str, voice: Voice) -> tuple[Samples, int]:
    """The sentence at about 215 syllables a minute, if the voice can be told; without silence at its ends."""
    samples, rate = voice.say(sentence)
    samples = trimmed(samples)
    count = count_syllables(sentence)
    for _ in range(2):
        factor = len(samples) / rate / (count / ARTICULATION * 60) if count else 1.0
        other = voice.paced(factor) if count >= JUDGED_FROM and abs(factor - 1) > PACE_TOLERANCE else voice
        if other is voice:
            break
        voice = other
        samples, rate = voice.say(sentence)
        samples = trimmed(samples)
    return samples, rate


def trimmed(samples: Samples) -> Samples:
    """Without the silence before and after."""
    loud = np.flatnonzero(np.abs(samples) > SILENT)
    if not len(loud):
        return samples
    return samples[max(loud[0] - EDGE, 0) : loud[-1] + EDGE]


def encoded(mp3: bytes) -> Piece:
    """At a constant bit rate the bytes tell the frames, and the frames the time: 1,152 samples each."""
    return Piece(mp3, round(len(mp3) / FRAME_BYTES) * FRAME / RATE)


@lru_cache(maxsize=256)
def silence(hundredths: int) -> Piece:
    """Encoded silence of about so many hundredths of a second (the encoder adds a frame or two)."""
    return encoded(encode(np.zeros(max(int(hundredths / 100 * RATE) - 2 * FRAME, FRAME), dtype=np.float32)))
