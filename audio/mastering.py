"""From raw sentences to an MP3 fit for horns: even, loud enough, never over-driven.

resample 44.1 kHz → high-pass 120 Hz → light compression → −16, −18 or −23 LUFS → limiter → MP3 128 kbit/s CBR → tags.
All in mono.
The encoder changes level and peak (LAME scales by 0.95), so loudness and true peak are measured on the *decoded*
MP3 and corrected until both are right. Light mastering gets nearly all of the gain in intelligibility.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

import lameenc
import numpy as np
import soundfile
import soxr
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import butter, sosfilt

from audio.measure import CHIMES_TAG, MAX_TRUE_PEAK_DBTP, TARGET_LUFS, Samples, loudness, true_peak
from register.errors import BadInput

RATE = 44_100
BITRATE_KBPS = 128
HIGH_PASS_HZ = 120  # horns cannot carry less, and it eats headroom
RATIO = 2.5
THRESHOLD_DB = -26.0
ATTACK_S, RELEASE_S = 0.005, 0.12
BLOCK_S = 0.004
LOOK_AHEAD_S = 0.004
ROUNDS = 5
CLOSE_ENOUGH_LU = 0.25
LAME_DB = 0.45  # so much quieter the decoded file is: LAME scales by 0.95


@dataclass(frozen=True)
class Tags:
    """What the MP3 says of itself (ID3 v2.3, Vietnamese)."""

    title: str
    artist: str
    text: str
    comment: str = ""
    at: datetime | None = None
    chimes_s: float = 0.0  # not speech: left out where the pace is measured


def master(samples: Samples, rate: int, target: float = TARGET_LUFS) -> bytes:
    """Master mono samples; the bytes of an MP3 whose decoded measures are in bounds. Silence raises BadInput.

    ``target``: LUFS of the profile. A sentence of a word or two is measured as if it were said again and again
    (BS.1770 needs 0.4 s).
    """
    level = _compress(_high_pass(_resample(samples, rate)))
    before = _loud(level)
    if not np.isfinite(before):
        raise BadInput("Đoạn tiếng quá ngắn hoặc không có tiếng. Hãy kiểm tra lại bản tin.")
    gain, ceiling = target - before + LAME_DB, MAX_TRUE_PEAK_DBTP - 0.6
    for _ in range(ROUNDS):  # what the limiter takes away is given back before the slow part, the encoding
        off = target + LAME_DB - _loud(_limit(level * 10 ** (gain / 20), ceiling))
        gain += off
        if abs(off) <= CLOSE_ENOUGH_LU / 5:
            break
    mp3 = b""
    for _ in range(ROUNDS):
        mp3 = encode(_limit(level * 10 ** (gain / 20), ceiling))
        decoded = decode(mp3)
        off, over = target - _loud(decoded), true_peak(decoded, RATE) - MAX_TRUE_PEAK_DBTP
        if abs(off) <= CLOSE_ENOUGH_LU and over <= 0:
            break
        gain += off
        if over > 0:
            ceiling -= over + 0.1
    return mp3


def _loud(samples: Samples) -> float:
    return loudness(np.tile(samples, max(1, -(-RATE // max(len(samples), 1)))), RATE)


def _resample(samples: Samples, rate: int) -> Samples:
    quiet = samples.astype(np.float32) * 0.5  # espeak peaks at 0 dBFS: resampling would overshoot
    return quiet if rate == RATE else soxr.resample(quiet, rate, RATE).astype(np.float32)


def _high_pass(samples: Samples) -> Samples:
    return sosfilt(butter(2, HIGH_PASS_HZ, "highpass", fs=RATE, output="sos"), samples).astype(np.float32)


def _compress(samples: Samples) -> Samples:
    """Feed-forward compression 2.5:1, relative to the speech's own level, by blocks of 4 ms."""
    block = int(BLOCK_S * RATE)
    padded = np.pad(samples, (0, -len(samples) % block))
    power = np.mean(padded.reshape(-1, block) ** 2, axis=1)
    levels = 10 * np.log10(power + 1e-10)
    threshold = max(float(np.percentile(levels, 95)) - 12, THRESHOLD_DB - 20)
    wanted = np.minimum(0.0, (threshold - levels) * (1 - 1 / RATIO))
    attack, release = (float(np.exp(-BLOCK_S / seconds)) for seconds in (ATTACK_S, RELEASE_S))
    smooth, gain = np.empty_like(wanted), 0.0
    for at, target in enumerate(wanted):
        keep = attack if target < gain else release
        gain = keep * gain + (1 - keep) * float(target)
        smooth[at] = gain
    times = (np.arange(len(smooth)) + 0.5) * block
    curve = np.interp(np.arange(len(samples)), times, smooth)
    return (samples * 10 ** (curve / 20)).astype(np.float32)


def _limit(samples: Samples, ceiling_db: float) -> Samples:
    """Look-ahead limiter: the gain is the running minimum of what each sample needs, smoothed; no peak gets over."""
    ceiling = 10 ** (ceiling_db / 20)
    window = int(LOOK_AHEAD_S * RATE) | 1
    needed = np.minimum(1.0, ceiling / np.maximum(np.abs(samples), 1e-9))
    gain = uniform_filter1d(minimum_filter1d(needed, 2 * window - 1), window)
    return np.clip(samples * gain, -ceiling, ceiling).astype(np.float32)


def encode(samples: Samples) -> bytes:
    """MP3, constant bit rate, mono, 44.1 kHz."""
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(BITRATE_KBPS)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(1)
    encoder.set_quality(2)
    encoder.silence()
    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2")
    return bytes(encoder.encode(pcm.tobytes())) + bytes(encoder.flush())


def decode(mp3: bytes) -> Samples:
    """Mono samples of an MP3."""
    samples, _ = soundfile.read(io.BytesIO(mp3), dtype="float32", always_2d=True)
    return samples.mean(axis=1).astype(np.float32)


def tagged(mp3: bytes, tags: Tags) -> bytes:
    """The same MP3 with ID3 v2.3 tags: title, station, words, date, language."""
    from mutagen.id3 import COMM, ID3, TCON, TIT2, TLAN, TPE1, TXXX, TYER, USLT, Encoding

    utf16 = Encoding.UTF16  # v2.3 knows no UTF-8
    id3 = ID3()
    id3.add(TIT2(encoding=utf16, text=tags.title))
    id3.add(TPE1(encoding=utf16, text=tags.artist))
    id3.add(TCON(encoding=utf16, text="Truyền thanh"))
    id3.add(TLAN(encoding=utf16, text="vie"))
    id3.add(USLT(encoding=utf16, lang="vie", desc="", text=tags.text))
    if tags.comment:
        id3.add(COMM(encoding=utf16, lang="vie", desc="", text=tags.comment))
    if tags.chimes_s:
        id3.add(TXXX(encoding=Encoding.LATIN1, desc=CHIMES_TAG, text=f"{tags.chimes_s:.2f}"))
    if tags.at:
        id3.add(TYER(encoding=Encoding.LATIN1, text=str(tags.at.year)))
    out = io.BytesIO(mp3)
    id3.save(out, v1=0, v2_version=3)
    return out.getvalue()
