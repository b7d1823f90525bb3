"""Measures of a finished recording, taken from the decoded file: what the amplifier will really get.

Loudness after ITU-R BS.1770 (pyloudnorm), true peak by 4× oversampling, rate in syllables a minute over the whole
file, pauses included. Limits and their reasons: facts on loudspeakers, section 2.
"""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyloudnorm
import soundfile
import soxr

from audio.spoken import spoken
from audio.words import count_syllables
from register.errors import BadInput

Samples = npt.NDArray[np.float32]

TARGET_LUFS = -16.0  # mono speech for horns; other profiles: −18 (AES TD1008, speech), −23 (EBU R128)
PROFILES = (-16.0, -18.0, -23.0)
LUFS_TOLERANCE = 1.0
MAX_TRUE_PEAK_DBTP = -1.5
SLOWEST, FASTEST = 130.0, 210.0  # syllables a minute
MAX_SILENCE_S = 2.5  # people think the set is dead
SILENT_DBFS = -50.0
CLIPPED_RUN = 3  # so many samples in a row at full scale
LEAST_SYLLABLES = 12  # fewer say nothing about pace
CHIMES_TAG = "chimes_s"  # seconds of an MP3 that are no speech
EDGE = 256  # samples of silence that the oversampling sees around a file
LEAST_S = 0.5  # BS.1770 needs 0.4 s


@dataclass(frozen=True)
class AudioCheck:
    """What was measured. ``silence_s`` is the longest silent stretch; ``syllables_per_minute`` None: no text known."""

    lufs: float
    true_peak_dbtp: float
    duration_s: float
    syllables_per_minute: float | None
    clipped: bool
    silence_s: float
    ok: bool
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"problems": list(self.problems)}

    def summary(self) -> str:
        """One line for people."""
        pace = f", {self.syllables_per_minute:.0f} tiếng một phút" if self.syllables_per_minute else ""
        measures = f"{self.duration_s:.0f} giây, {self.lufs:.1f} LUFS, đỉnh {self.true_peak_dbtp:.1f} dBTP{pace}"
        return f"{measures}: đạt." if self.ok else f"{measures}: CHƯA ĐẠT. {' '.join(self.problems)}"


def profile(text: str) -> float:
    """The profile of this name: "-16", "-18" or "-23" LUFS."""
    try:
        target = -abs(float(text))
    except ValueError:
        target = 0.0
    if target not in PROFILES:
        raise BadInput(f"Không có mức độ to “{text}”. Hãy chọn: {', '.join(f'{one:.0f}' for one in PROFILES)}.")
    return target


def check(file: Path, text: str | None = None, target: float = TARGET_LUFS) -> AudioCheck:
    """Measure a sound file against a profile (LUFS). ``text``: what it says; else the text in the file's own tag."""
    try:
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    except (OSError, RuntimeError):
        raise BadInput(f"Không đọc được tệp âm thanh {Path(file).name}. Hãy đưa tệp MP3 hoặc WAV.") from None
    kept, chimes_s = kept_in(file)
    return measure(samples.mean(axis=1), rate, text if text is not None else kept, target, chimes_s)


def kept_in(file: Path) -> tuple[str | None, float]:
    """What an MP3's own tags hold: its words (None: nothing) and the seconds of chimes."""
    from mutagen._util import MutagenError
    from mutagen.id3 import ID3

    try:
        tags = ID3(file)
        lyrics, chimes = tags.getall("USLT"), tags.getall(f"TXXX:{CHIMES_TAG}")
        return (str(lyrics[0].text) if lyrics else None), (float(chimes[0].text[0]) if chimes else 0.0)
    except (MutagenError, OSError, ValueError):
        return None, 0.0


def measure(
    samples: Samples, rate: int, text: str | None = None, target: float = TARGET_LUFS, chimes_s: float = 0.0
) -> AudioCheck:
    """All measures of mono samples, and the list of what is out of bounds (Vietnamese). The pace leaves out chimes."""
    duration = len(samples) / rate
    lufs = loudness(samples, rate)
    peak = true_peak(samples, rate)
    pause = longest_silence(samples, rate)
    clipped = is_clipped(samples)
    count = syllables(text) if text else 0
    pace = round(count / max(duration - chimes_s, 0.1) * 60, 1) if count and duration else None
    problems = []
    if duration < LEAST_S or lufs == float("-inf"):
        problems.append("Tệp quá ngắn hoặc không có tiếng.")
    elif abs(lufs - target) > LUFS_TOLERANCE:
        problems.append(f"Độ lớn {lufs:.1f} LUFS, cần {target:.0f} ± {LUFS_TOLERANCE:.0f}.")
    if peak > MAX_TRUE_PEAK_DBTP:
        problems.append(f"Đỉnh {peak:.2f} dBTP, cần không quá {MAX_TRUE_PEAK_DBTP}.")
    if clipped:
        problems.append("Tiếng bị vỡ (chạm mức tối đa).")
    if pause > MAX_SILENCE_S:
        problems.append(f"Có đoạn im lặng {pause:.1f} giây, cần không quá {MAX_SILENCE_S}.")
    if pace is not None and count >= LEAST_SYLLABLES and not SLOWEST <= pace <= FASTEST:
        problems.append(f"Tốc độ {pace:.0f} tiếng một phút, cần từ {SLOWEST:.0f} đến {FASTEST:.0f}.")
    finite = lufs if np.isfinite(lufs) else -99.0  # JSON knows no infinity
    return AudioCheck(
        round(finite, 2),
        round(peak, 2),
        round(duration, 2),
        pace,
        clipped,
        round(pause, 2),
        not problems,
        tuple(problems),
    )


@lru_cache(maxsize=64)
def syllables(text: str) -> int:
    """Syllables of the spoken form of ``text``."""
    return count_syllables(spoken(text).text)


def loudness(samples: Samples, rate: int) -> float:
    """Integrated loudness in LUFS; −inf for silence or less than 0.5 s."""
    if len(samples) < LEAST_S * rate:
        return float("-inf")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # silence: log of zero
        return float(pyloudnorm.Meter(rate).integrated_loudness(samples.astype(np.float64)))


def true_peak(samples: Samples, rate: int) -> float:
    """True peak in dBTP: the highest point of the signal oversampled four times (BS.1770-4, annex 2)."""
    if not len(samples):
        return -99.0
    edged = np.pad(samples, EDGE)  # a file that begins in the middle of a wave begins with a jump from silence
    peak = max(float(np.max(np.abs(samples))), float(np.max(np.abs(soxr.resample(edged, rate, rate * 4, "MQ")))))
    return 20 * float(np.log10(max(peak, 1e-5)))


def is_clipped(samples: Samples) -> bool:
    """Whether the signal stays at full scale for a few samples in a row."""
    full = np.abs(samples) >= 0.999
    run = np.convolve(full.astype(np.int8), np.ones(CLIPPED_RUN, dtype=np.int8)) if full.any() else np.zeros(1)
    return bool(np.any(run >= CLIPPED_RUN))


def longest_silence(samples: Samples, rate: int) -> float:
    """The longest stretch below −50 dBFS (blocks of 10 ms), in seconds."""
    block = rate // 100
    count = len(samples) // block
    if not count:
        return 0.0
    level = np.sqrt(np.mean(samples[: count * block].reshape(count, block) ** 2, axis=1))
    edges = np.flatnonzero(np.concatenate(([True], level > 10 ** (SILENT_DBFS / 20), [True])))
    return float((np.max(np.diff(edges)) - 1) * block / rate)
