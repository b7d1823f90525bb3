"""Bản tin: write from a template, record, listen, approve by a second person, plan and confirm what was aired."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import FileResponse
from sqlmodel import Session, col, select

from audio.airing import approve_recording, confirm_airing, package, plan_airing
from audio.bulletins import FEWEST_DONE, MOST_SESSIONS, produce, templates, write_bulletin
from audio.tables import Airing, Bulletin, Recording
from campaigns.tables import HelpSession
from console import words
from console.pages.sessions import moment_of
from console.running import Progress, running_of
from console.web import Missing, Seen, do, go, own, render, see
from register.audit import declare, note
from register.errors import NotAllowed
from register.ladder import ladder
from register.tables import Unit
from register.units import setting

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("bulletins"))]
Doing = Annotated[Seen, Depends(do("bulletins"))]
FIELD_WORDS = {
    "station": "Tên đài",
    "office": "Tên cơ quan",
    "hamlet_head": "Người đứng đầu khu dân cư gọi là gì",
    "phone": "Số máy bàn để gọi lại",
    "done": "Số người đã làm xong",
}
HINTS = {
    "phone": "Số máy bàn của cơ quan. Để trống thì không đọc số nào.",
    "done": f"Số người của cả xã, phường, ít nhất là {FEWEST_DONE}.",
}
READ_OUT = 5  # sessions chosen beforehand: more than a listener remembers
declare("bulletin_written")
declare("recording_approved", "draft")
declare("airing_confirmed")


@router.get("/ban-tin")
def bulletins(request: Request, seen: Viewing) -> Response:
    """All bulletins of this commune, and the templates for a new one."""
    with seen.home.db.read() as session:
        mine = select(Bulletin).where(Bulletin.commune == seen.here).order_by(col(Bulletin.id).desc())
        rows = [(row, _recordings(session, row)) for row in session.exec(mine).all()]
    return render(request, "bulletins.html", seen, at="bulletins", rows=rows, templates=templates())


@router.get("/ban-tin/moi/{name}")
def new_form(request: Request, name: str, seen: Doing) -> Response:
    """The live fields of one template."""
    template = templates().get(name)
    if template is None:
        raise Missing
    with seen.home.db.read() as session:
        values = {
            "phone": setting(session, seen.here, "landline"),
            "hamlet_head": setting(session, seen.here, "hamlet_head"),
        }
        if "done" in template.fields:
            done = next(rung.yes for rung in ladder(session, seen.here) if rung.key == "asxh")
            values["done"] = str(done) if done >= FEWEST_DONE else ""
        coming = _coming(session, seen)
    first = {row.hamlet: row.id for row, _ in reversed(coming)}  # the next session of each hamlet
    soonest = [row.id for row, _ in coming if row.id in first.values()][:READ_OUT]
    fields = [(key, FIELD_WORDS.get(key, key)) for key in template.fields if key != "sessions"]
    page: dict[str, Any] = {"template": template, "fields": fields, "values": values, "coming": coming}
    page |= {"soonest": soonest, "most": MOST_SESSIONS, "hints": HINTS}
    return render(request, "bulletin_new.html", seen, at="bulletins", **page)


def _coming(session: Session, seen: Seen) -> list[tuple[HelpSession, str]]:
    query = select(HelpSession, Unit.name).join(Unit, col(Unit.code) == HelpSession.hamlet)
    query = query.where(HelpSession.commune == seen.here, col(HelpSession.starts_at) > seen.now)
    return [(row, name) for row, name in session.exec(query.order_by(col(HelpSession.starts_at))).all()]


@router.post("/ban-tin/moi/{name}")
async def create(request: Request, name: str, seen: Doing) -> Response:
    """Write the text from the template and what was filled in."""
    template = templates().get(name)
    if template is None:
        raise Missing
    form = await request.form()
    fields: dict[str, Any] = {key: str(form.get(key, "")).strip() for key in template.fields if key != "sessions"}
    fields = {key: value for key, value in fields.items() if value}
    chosen = {str(value) for value in form.getlist("buoi")}

    def store(session: Session) -> int:
        if "sessions" in template.fields:
            fields["sessions"] = [
                {"hamlet": hamlet, "when": row.starts_at, "place": row.place}
                for row, hamlet in _coming(session, seen)
                if str(row.id) in chosen
            ]
        made = write_bulletin(session, seen.home, seen.here, name, fields, seen.viewer.login, seen.now)
        note(session, seen.viewer.login, "bulletin_written", str(made.id), seen.now)
        return made.id or 0

    return go(f"/ban-tin/{await seen.home.db.awrite(store)}", "da-luu")


@router.get("/ban-tin/{number}")
def bulletin_page(request: Request, number: int, seen: Viewing) -> Response:
    """Text, recordings with their measures, airings; while it is being recorded, that."""
    with seen.home.db.read() as session:
        bulletin = own(seen, session.get(Bulletin, number))
        recordings = _recordings(session, bulletin)
        ids = [recording.id for recording in recordings]
        airings = session.exec(select(Airing).where(col(Airing.recording).in_(ids)).order_by(col(Airing.planned_at)))
        page = {"bulletin": bulletin, "recordings": recordings, "airings": airings.all()}
    page["tomorrow"] = words.local(seen.now).date()
    page["task"] = task = running_of(request).state(f"recording:{number}")
    if request.headers.get("hx-request") and (task is None or not task.live):
        return Response(status_code=204, headers={"HX-Redirect": f"/ban-tin/{number}"})
    return render(request, "bulletin.html", seen, at="bulletins", **page)


def _recordings(session: Session, bulletin: Bulletin) -> list[Recording]:
    mine = select(Recording).where(Recording.bulletin == bulletin.id).order_by(col(Recording.id).desc())
    return list(session.exec(mine).all())


def _own_recording(session: Session, seen: Seen, number: int) -> Recording:
    recording = session.get(Recording, number)
    own(seen, session.get(Bulletin, recording.bulletin) if recording else None)
    assert recording is not None
    return recording


@router.post("/ban-tin/{number}/ghi-am")
def record(request: Request, number: int, seen: Doing) -> Response:
    """Begin to read it aloud with the voice of the settings; takes some ten seconds."""
    home = seen.home
    with home.db.read() as session:
        own(seen, session.get(Bulletin, number))

    def work(progress: Progress) -> None:
        produce(home, number, home.settings.voice, home.now())

    running_of(request).start(f"recording:{number}", seen.viewer.name, seen.now, work)
    return go(f"/ban-tin/{number}")


@router.get("/ban-ghi/{number}.mp3")
def listen(number: int, seen: Viewing) -> Response:
    """The MP3 (ranges are answered, so that the player can jump)."""
    with seen.home.db.read() as session:
        file = seen.home.audio / Path(_own_recording(session, seen, number).file).name
    if not file.exists():
        raise Missing
    return FileResponse(file, media_type="audio/mpeg")


@router.get("/ban-ghi/{number}.zip")
def take_away(number: int, seen: Viewing) -> Response:
    """The package for a USB stick or the broadcast platform."""
    with seen.home.db.read() as session:
        _own_recording(session, seen, number)
    with TemporaryDirectory(dir=seen.home.path / "reports") as folder:
        file = Path(folder) / "ban-tin.zip"
        package(seen.home, [number], file)
        body = file.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="ban-tin-{number}.zip"'}
    return Response(body, media_type="application/zip", headers=headers)


@router.post("/ban-ghi/{number}/duyet")
def approve(number: int, seen: Doing, giong_nhap: Annotated[str, Form()] = "") -> Response:
    """Approve for air, by somebody else than the author; a draft voice only by saying so."""
    if seen.viewer.role == "radio":
        raise NotAllowed("Người phụ trách truyền thanh không duyệt bản ghi. Hãy nhờ lãnh đạo xã, phường duyệt.")

    def store(session: Session) -> int:
        draft = _own_recording(session, seen, number).draft
        row = approve_recording(session, number, seen.viewer.login, seen.now, draft_too=giong_nhap == "co")
        note(session, seen.viewer.login, "recording_approved", str(number), seen.now, draft=draft)
        return row.bulletin

    return go(f"/ban-tin/{seen.home.db.write(store)}", "da-duyet")


@router.post("/ban-ghi/{number}/lich")
def plan(number: int, seen: Doing, ngay: Annotated[str, Form()] = "", gio: Annotated[str, Form()] = "") -> Response:
    """Plan one airing."""
    at: datetime = moment_of(ngay, gio)

    def store(session: Session) -> int:
        recording = _own_recording(session, seen, number)
        plan_airing(session, number, at)
        return recording.bulletin

    return go(f"/ban-tin/{seen.home.db.write(store)}", "da-luu")


@router.post("/luot-phat/{number}")
def confirm(number: int, seen: Doing) -> Response:
    """It was aired. Nothing here says that anyone heard it."""

    def store(session: Session) -> int:
        airing = session.get(Airing, number)
        if airing is None:
            raise Missing
        recording = _own_recording(session, seen, airing.recording)
        confirm_airing(session, number, seen.viewer.login, seen.now)
        note(session, seen.viewer.login, "airing_confirmed", str(number), seen.now)
        return recording.bulletin

    return go(f"/ban-tin/{seen.home.db.write(store)}", "da-ghi")
