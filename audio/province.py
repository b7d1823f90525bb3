"""One text for many communes: what they share is spoken, mastered and encoded once.

    record_all({"22945": "Đây là Đài truyền thanh phường …", …}, "espeak", settings, out)

First every distinct sentence over all texts is made, on as many processes as there are cores; then each file is
joined at its pauses and measured like any other. Files: ``<out>/<commune>.mp3``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from audio.measure import AudioCheck
from audio.pieces import Pieces
from audio.recorder import record, sentences
from audio.spoken import spoken
from audio.voices import VoiceSilent, choose_voice
from settings import Settings

SHARE = 8  # sentences, and bulletins, that a process takes at a time


@dataclass(frozen=True)
class Job:
    """What every process is told once."""

    settings: Settings
    voice: str
    kept: Path  # finished sentences
    out: Path
    title: str
    target: float


def record_all(
    texts: Mapping[str, str],
    voice: str,
    settings: Settings,
    out: Path,
    *,
    kept: Path,
    own: Mapping[str, Mapping[str, str]] | None = None,
    title: str = "Thông báo",
    workers: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, AudioCheck]:
    """Commune code → what its file measures. A VoiceSilent names every sentence that is missing; then no file is
    written. ``own``: how a commune says its own words, by code. ``workers``: 0: one a core."""
    chosen = choose_voice(settings, voice)
    job = Job(settings, chosen.name, kept, out, title, float(settings.loudness))
    own = own or {}
    said = [spoken(text, own.get(code)).text for code, text in texts.items()]
    wanted = list(dict.fromkeys(part for text in said for part in sentences(text)))
    out.mkdir(parents=True, exist_ok=True)
    count = workers or os.cpu_count() or 1
    if chosen.name == "gtts":  # one line to one server: asking twice at once only brings its refusal nearer
        Pieces(kept, job.target).all_of(wanted, chosen)
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin, initargs=(job,)) as pool:
        missing = [line for part in _spread(pool, _make, wanted) for line in part]
        if missing:
            named = "; ".join(f"“{line}”" for line in missing[:5])
            raise VoiceSilent(f"Giọng {chosen.label} còn thiếu {len(missing)}/{len(wanted)} câu: {named}")
        found: dict[str, AudioCheck] = {}
        for part in _spread(pool, _join, [(code, text, own.get(code, {})) for code, text in texts.items()]):
            found |= part
            if progress:
                progress(len(found), len(texts))
    return found


def _spread(pool: Executor, work: Callable[[list[Any]], Any], items: list[Any]) -> Iterable[Any]:
    share = min(SHARE, 1 + len(items) // 16)  # few items: small shares, so that no process waits for another
    shares = [items[at : at + share] for at in range(0, len(items), share)]
    waiting: list[Future[Any]] = [pool.submit(work, share) for share in shares]
    return (done.result() for done in as_completed(waiting))


_job: Job | None = None


def _begin(job: Job) -> None:
    global _job
    _job = job


def _make(lines: list[str]) -> list[str]:
    """Make these sentences; returns those that the voice could not say."""
    assert _job is not None
    pieces, voice, missing = Pieces(_job.kept, _job.target), choose_voice(_job.settings, _job.voice), []
    for line in lines:
        try:
            pieces.piece(line, voice)
        except VoiceSilent:
            missing.append(line)
    return missing


_held: Pieces | None = None  # a process reads a shared sentence from the disk once


def _join(items: list[tuple[str, str, Mapping[str, str]]]) -> dict[str, AudioCheck]:
    global _held
    assert _job is not None
    _held = _held or Pieces(_job.kept, _job.target)
    voice = choose_voice(_job.settings, _job.voice)
    return {
        code: record(text, voice, _job.out / f"{code}.mp3", title=_job.title, chimes=True, own_words=own, pieces=_held)
        for code, text, own in items
    }
