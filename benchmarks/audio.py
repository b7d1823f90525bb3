"""Sound: a province's text in all its communes, beside making every bulletin anew; and one recording by itself.

With the voice in the box, so that nothing depends on a network. "Anew": the same program without a store, so that
each sentence of each bulletin, its repetition too, is spoken, mastered and encoded again, on the same two processes.
"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from vietnam_provinces import Ward

from audio.bulletins import render
from audio.measure import check
from audio.pieces import Pieces
from audio.province import record_all
from audio.recorder import joined, record, sentences
from audio.spoken import spoken
from audio.voices import Espeak
from benchmarks.run import Measured
from settings import Settings

PROVINCE, COMMUNES, COUNTRY = 68, 124, 3_321  # Lâm Đồng; communes of the country since 1/7/2025
WORKERS = 2
QUICK_COMMUNES = 30
ANEW, ANEW_QUICK = 8, 2  # bulletins made anew, from which the rest is computed
LOUDNESS_LUFS, TOLERANCE_LU = -16.0, 1.0
PEAK_DBTP = -1.5
FASTER = 5.0


def texts(count: int) -> dict[str, str]:
    """The province's warning and its steps, with each commune's own station, office and number."""
    wards = [ward for ward in Ward.iter_all() if ward.province_code == PROVINCE][:count]
    found = {}
    for number, ward in enumerate(wards):
        fields = {"phone": f"0252 3 8{number:02d} {number * 7 % 1000:03d}"}
        found[f"{ward.code:05d}"] = render("scam_warning", ward.name, fields)
    return found


def measure(quick: bool) -> Measured:
    """Seconds for all bulletins, for one, and what came out."""
    every = texts(QUICK_COMMUNES if quick else COMMUNES)
    settings = Settings.model_construct(voice="espeak", loudness="-16", piper_folder=None, gtts_base="")
    with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as name:
        folder = Path(name)
        start = time.perf_counter()
        found = record_all(every, "espeak", settings, folder / "out", kept=folder / "kept", workers=WORKERS)
        together = time.perf_counter() - start
        distinct = len(list((folder / "kept").glob("*.flac")))
        bad = sum(not made.ok for made in found.values())
        worst = max(abs(made.lufs - LOUDNESS_LUFS) for made in found.values())
        peak = max(made.true_peak_dbtp for made in found.values())
        weight = sum(file.stat().st_size for file in (folder / "out").glob("*.mp3"))
        again = check(folder / "out" / f"{next(iter(found))}.mp3")
        anew = _anew(list(every.values())[: ANEW_QUICK if quick else ANEW], folder) * len(every)
        start = time.perf_counter()
        one = record(next(iter(every.values())), Espeak(), folder / "one.mp3", title="Đo", chimes=True)
        alone = time.perf_counter() - start
    each = together / len(every)
    minutes = sum(made.duration_s for made in found.values()) / 60
    return Measured(
        figures={
            "communes": len(every),
            "audio_minutes": minutes,
            "mp3_kb_a_minute": weight / 1000 / minutes,
            "distinct_sentences": distinct,
            "total_s": together,
            "per_bulletin_s": each,
            "anew_total_s": anew,
            "country_minutes_computed": each * COUNTRY / 60,
            "one_bulletin_s": alone,
            "one_bulletin_audio_s": one.duration_s,
            "failed_checks": bad,
            "lufs": again.lufs,
            "loudness_off_lu": worst,
            "true_peak_dbtp": peak,
        },
        ratios={"faster_than_anew": anew / together, "faster_than_speech": one.duration_s / alone},
        targets={
            "faster_than_speech": ("least", 1),
            "loudness_off_lu": ("most", TOLERANCE_LU),
            "true_peak_dbtp": ("most", PEAK_DBTP),
            "failed_checks": ("most", 0),
        }
        | ({} if quick else {"faster_than_anew": ("least", FASTER)}),
    )


def _anew(bulletins: list[str], folder: Path) -> float:
    """Seconds a bulletin, when nothing is shared."""
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        list(pool.map(_warm, range(WORKERS)))  # starting the processes is not the work
        start = time.perf_counter()
        list(pool.map(_one_anew, bulletins, [folder / f"anew-{at}.mp3" for at in range(len(bulletins))]))
        return (time.perf_counter() - start) / len(bulletins)


def _warm(_: int) -> None:
    Espeak().say("Xin chào.")


def _one_anew(text: str, out: Path) -> None:
    """Every sentence as often as it is read, then the same join and check."""
    voice, made = Espeak(), {}
    parts = sentences(spoken(text).text)
    for part in parts:
        made[part] = Pieces(None).piece(part, voice)
    out.write_bytes(joined(parts, made, LOUDNESS_LUFS, chimes=True))
    check(out, text)
