"""Giọng đọc: which voices are there, how a word is said here, and the bank of phrases that a local speaker reads."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from sqlmodel import Session, select

from audio.phrases import LANGUAGES, Bank, plain_words
from audio.pronounce import own_words, teach
from audio.reading_list import Page, reading_list
from audio.tables import Bulletin
from audio.uploads import SUFFIXES, Samples, read_sound, take_recording
from audio.voices import offered
from campaigns.tables import HelpSession
from console.forms import as_count
from console.web import Seen, do, go, own, render, see
from register.apart import run_apart
from register.audit import declare, note
from register.errors import BadInput
from register.scratch import scratch
from register.units import commune_of, hamlets_of

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("bulletins"))]
Doing = Annotated[Seen, Depends(do("bulletins"))]
declare("word_taught")
declare("phrases_recorded", "phrases")
declare("reading_uploaded")
_reading = threading.Lock()  # one file at a time is decoded, whoever sends it
BUSY = "Máy đang đọc một tệp âm thanh khác. Hãy thử lại sau ít giây."
MOST_PLACES = 40


@router.get("/giong-doc")
def voices(request: Request, seen: Viewing, tieng: str = "vi", trang: str = "1") -> Response:
    """Voices, words of one's own, and one page of the list to read."""
    language = tieng if tieng in LANGUAGES else "vi"
    with seen.home.db.read() as session:
        pages = _pages(session, seen)
        own_ones = sorted(own_words(session, seen.here).items())
    recorded = Bank(seen.home.audio, seen.here, language).recorded()
    number = int(trang) if trang.isdecimal() and 1 <= int(trang) <= len(pages) else 1
    done = {page.number: sum(_key(phrase) in recorded for phrase in page.phrases) for page in pages}
    page: dict[str, Any] = {"pages": pages, "read": done, "recorded": len(recorded), "languages": LANGUAGES}
    page |= {"page": pages[number - 1], "language": language, "suffixes": ",".join(SUFFIXES)}
    page |= {"voices": offered(seen.home.settings, seen.here), "own_words": own_ones}
    return render(request, "voices.html", seen, at="bulletins", **page)


def _key(phrase: str) -> str:
    return " ".join(plain_words(phrase))


def _pages(session: Session, seen: Seen) -> list[Page]:
    places = select(HelpSession.place).where(HelpSession.commune == seen.here).distinct().order_by(HelpSession.place)
    hamlets = [unit.name for unit in hamlets_of(session, seen.here)]
    return reading_list(commune_of(session, seen.here).name, hamlets, session.exec(places.limit(MOST_PLACES)).all())


@router.post("/giong-doc/chu")
def word(seen: Doing, chu: Annotated[str, Form()] = "", doc_la: Annotated[str, Form()] = "") -> Response:
    """Teach how a word is said here; an empty answer forgets it."""

    def store(session: Session) -> None:
        teach(session, seen.here, chu, doc_la, seen.viewer.login, seen.now)
        note(session, seen.viewer.login, "word_taught", seen.here, seen.now)

    seen.home.db.write(store)
    return go("/giong-doc", "da-luu")


@router.post("/giong-doc/cau")
def phrases(
    seen: Doing,
    tep: Annotated[UploadFile, File()],
    trang: Annotated[str, Form()] = "",
    tieng: Annotated[str, Form()] = "vi",
) -> Response:
    """One recording of one page: cut at its silences, kept if all its lines are there."""
    if tieng not in LANGUAGES:
        raise BadInput("Hãy chọn một ngôn ngữ trong danh sách.")
    with seen.home.db.read() as session:
        pages = _pages(session, seen)
    number = as_count(trang, "Trang")
    if not 1 <= number <= len(pages):
        raise BadInput(f"Hãy chọn một trang từ 1 đến {len(pages)}.")
    page = pages[number - 1]
    Bank(seen.home.audio, seen.here, tieng).take_page(list(page.phrases), *_sound(seen, tep))

    def store(session: Session) -> None:
        note(session, seen.viewer.login, "phrases_recorded", seen.here, seen.now, phrases=len(page.phrases))

    seen.home.db.write(store)
    return go("/giong-doc", "da-ghi-cau", tieng=tieng, trang=str(min(number + 1, len(pages))))


@router.post("/giong-doc/tai-len")
def reading(
    seen: Doing,
    tep: Annotated[UploadFile, File()],
    ban_tin: Annotated[str, Form()] = "",
    tieng: Annotated[str, Form()] = "vi",
) -> Response:
    """A person's reading of a whole bulletin, in any language."""
    with seen.home.db.read() as session:
        number = own(seen, session.get(Bulletin, int(ban_tin)) if ban_tin.isdecimal() else None).id
    take_recording(seen.home, number, *_sound(seen, tep), seen.now, tieng)
    seen.home.db.write(lambda s: note(s, seen.viewer.login, "reading_uploaded", str(number), seen.now))
    return go(f"/ban-tin/{number}", "da-ghi-am")


def _sound(seen: Seen, file: UploadFile) -> tuple[Samples, int]:
    """Samples of what was sent, decoded in a process of its own."""
    suffix = Path(file.filename or "").suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(f"Hãy chọn tệp âm thanh ({', '.join(SUFFIXES)}).")
    if not _reading.acquire(blocking=False):
        raise BadInput(BUSY)
    try:
        with scratch(seen.home) as place:
            kept = place / f"nghe{suffix}"
            kept.write_bytes(file.file.read())
            samples, rate = run_apart(read_sound, kept)
    finally:
        _reading.release()
    return samples, rate
