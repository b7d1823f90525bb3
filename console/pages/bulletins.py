"""Bản tin: write from a template, record, listen, approve by a second person, plan when it is on air."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import FileResponse
from sqlmodel import Session, col, select

from audio.air_log import say_aired
from audio.airtime import MOST_REPEATS, hours_of, moments, next_free, on_air_s, over, plan_airings, plan_urgent
from audio.approval import approve_draft_voice, approve_recording, change_text, is_approved, may_air
from audio.bulletins import FEWEST_DONE, FIELDS, MOST_SESSIONS, produce, templates, write_bulletin
from audio.package import package
from audio.phrases import LANGUAGES
from audio.pronounce import own_words
from audio.script import SLOTS_MIN, lint, predicted_s
from audio.spoken import spoken
from audio.tables import Airing, Bulletin, Recording
from audio.uploads import SUFFIXES
from audio.voices import offered
from campaigns.tables import HelpSession
from console.forms import as_count, as_day, as_moment
from console.running import Progress, running_of
from console.web import Missing, Seen, do, go, own, render, see, take_away
from register.audit import declare, note
from register.errors import BadInput, NotAllowed
from register.ladder import ladder
from register.tables import Unit
from register.units import setting

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("bulletins"))]
Doing = Annotated[Seen, Depends(do("bulletins"))]
HINTS = {
    "phone": "Số máy bàn của cơ quan. Để trống thì không đọc số nào.",
    "done": f"Số người của cả xã, phường, ít nhất là {FEWEST_DONE}.",
}
SLOTS = [("", "Đủ mọi ý, đọc hai lần"), *((str(minutes), f"Trong {minutes} phút") for minutes in SLOTS_MIN)]
READ_OUT = 5  # sessions chosen beforehand: more than a listener remembers
declare("bulletin_written")
declare("bulletin_changed", "undone")
declare("recording_approved", "draft")
declare("airing_planned", "times")
declare("airing_urgent")


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
    fields = [(key, FIELDS[key]) for key in template.fields if key != "sessions"]
    page: dict[str, Any] = {"template": template, "fields": fields, "values": values, "coming": coming}
    page |= {"soonest": soonest, "most": MOST_SESSIONS, "hints": HINTS, "slots": SLOTS}
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
    wanted = str(form.get("phut", ""))
    minutes = int(wanted) if wanted in map(str, SLOTS_MIN) else 0

    def store(session: Session) -> int:
        if "sessions" in template.fields:
            fields["sessions"] = [
                {"hamlet": hamlet, "when": row.starts_at, "place": row.place}
                for row, hamlet in _coming(session, seen)
                if str(row.id) in chosen
            ]
        made = write_bulletin(session, seen.here, name, fields, seen.viewer.login, seen.now, minutes)
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
        planned = select(Airing, over()).where(col(Airing.recording).in_(ids), col(Airing.cancelled_at).is_(None))
        airings = session.exec(planned.order_by(col(Airing.planned_at))).all()
        page: dict[str, Any] = {"bulletin": bulletin, "recordings": recordings, "airings": airings}
        page |= {"most": MOST_REPEATS}
        page |= {"approved": {r.id for r in recordings if is_approved(r, bulletin)}}
        page |= {"ready": {r.id: _free(session, seen, r) for r in recordings if may_air(r, bulletin)}}
        page |= {"hours": hours_of(session, seen.here), "own_voice": setting(session, seen.here, "voice")}
        heard = spoken(bulletin.text, own_words(session, seen.here))
    page |= {"faults": lint(bulletin.text), "heard": heard.text, "seconds": predicted_s(heard.text)}
    page |= {"voices": offered(seen.home.settings, seen.here), "languages": LANGUAGES, "suffixes": ",".join(SUFFIXES)}
    page["task"] = task = running_of(request).state(f"recording:{number}")
    if request.headers.get("hx-request") and (task is None or not task.live):
        return Response(status_code=204, headers={"HX-Redirect": f"/ban-tin/{number}"})
    return render(request, "bulletin.html", seen, at="bulletins", **page)


def _free(session: Session, seen: Seen, recording: Recording) -> datetime:
    """From when this recording could be on air."""
    hours, tomorrow = hours_of(session, seen.here), seen.now + timedelta(days=1)
    return next_free(session, seen.here, hours, on_air_s(recording, 1), seen.now + timedelta(minutes=10)) or tomorrow


@router.post("/ban-tin/{number}/loi")
def change(number: int, seen: Doing, loi: Annotated[str, Form()] = "") -> Response:
    """Other words; every approval of the old ones is undone."""

    def store(session: Session) -> int:
        bulletin = own(seen, session.get(Bulletin, number))
        undone = change_text(session, bulletin, loi, seen.viewer.login)
        note(session, seen.viewer.login, "bulletin_changed", str(number), seen.now, undone=undone)
        return undone

    return go(f"/ban-tin/{number}", "bo-duyet" if seen.home.db.write(store) else "da-luu")


def _recordings(session: Session, bulletin: Bulletin) -> list[Recording]:
    mine = select(Recording).where(Recording.bulletin == bulletin.id).order_by(col(Recording.id).desc())
    return list(session.exec(mine).all())


def _own_recording(session: Session, seen: Seen, number: int) -> Recording:
    recording = session.get(Recording, number)
    own(seen, session.get(Bulletin, recording.bulletin) if recording else None)
    assert recording is not None
    return recording


@router.post("/ban-tin/{number}/ghi-am")
def record(request: Request, number: int, seen: Doing, giong: Annotated[str, Form()] = "") -> Response:
    """Begin to read it aloud with the voice that was chosen, else that of the settings; takes some ten seconds."""
    home = seen.home
    with home.db.read() as session:
        own(seen, session.get(Bulletin, number))

    def work(progress: Progress) -> None:
        produce(home, number, giong or home.settings.voice, home.now())

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
def packed(number: int, seen: Viewing) -> Response:
    """The package for a USB stick or the broadcast platform."""
    with seen.home.db.read() as session:
        _own_recording(session, seen, number)
    with TemporaryDirectory(dir=seen.home.path / "reports") as folder:
        file = Path(folder) / "ban-tin.zip"
        package(seen.home, [number], file)
        body = file.read_bytes()
    return take_away(body, f"ban-tin-{number}.zip")


@router.post("/ban-ghi/{number}/duyet")
def approve(number: int, seen: Doing) -> Response:
    """Approve text and audio for air, by somebody else than whoever wrote them."""
    return _approve(number, seen, draft=False)


@router.post("/ban-ghi/{number}/duyet-giong")
def approve_voice(number: int, seen: Doing, giong_nhap: Annotated[str, Form()] = "") -> Response:
    """The second approval that a draft voice needs."""
    if giong_nhap != "co":
        raise BadInput("Hãy nghe lại từ đầu đến cuối, đánh dấu ô bên cạnh, rồi duyệt giọng nháp.")
    return _approve(number, seen, draft=True)


def _approve(number: int, seen: Seen, *, draft: bool) -> Response:
    if seen.viewer.role == "radio":
        raise NotAllowed("Người phụ trách truyền thanh không duyệt bản ghi. Hãy nhờ lãnh đạo xã, phường duyệt.")

    def store(session: Session) -> int:
        _own_recording(session, seen, number)
        step = approve_draft_voice if draft else approve_recording
        row = step(session, number, seen.viewer.login, seen.now)
        note(session, seen.viewer.login, "recording_approved", str(number), seen.now, draft=draft)
        return row.bulletin

    return go(f"/ban-tin/{seen.home.db.write(store)}", "duyet-ghi")


@router.post("/ban-ghi/{number}/lich")
def plan(
    number: int,
    seen: Doing,
    ngay: Annotated[str, Form()] = "",
    den_ngay: Annotated[str, Form()] = "",
    thu: Annotated[list[str], Form()] = [],  # noqa: B006 FastAPI's way of a list of ticks
    gio: Annotated[str, Form()] = "",
    lan: Annotated[str, Form()] = "1",
) -> Response:
    """Plan airings: once, or on chosen weekdays from a day to another; read once or several times."""
    first = as_moment(ngay, gio)
    last = as_day(den_ngay, "Đến ngày") if den_ngay.strip() else first.date()
    weekdays = [int(day) for day in thu if day in "0123456" and day]
    times = moments(first.date(), last, weekdays, time(first.hour, first.minute))
    repeats = as_count(lan, "Số lần đọc")

    def store(session: Session) -> int:
        recording = _own_recording(session, seen, number)
        plan_airings(session, number, times, seen.viewer.login, seen.now, repeats)
        note(session, seen.viewer.login, "airing_planned", str(number), seen.now, times=len(times))
        return recording.bulletin

    return go(f"/ban-tin/{seen.home.db.write(store)}", "da-xep")


@router.post("/ban-ghi/{number}/khan-cap")
def urgent(number: int, seen: Doing, chac: Annotated[str, Form()] = "") -> Response:
    """Khẩn cấp: on air as soon as the radio page hears of it; what is in its way moves."""
    if chac != "co":
        raise BadInput("Tin khẩn cấp ngắt mọi bài đang phát. Hãy đánh dấu ô bên cạnh, rồi bấm lại.")

    def store(session: Session) -> int:
        recording = _own_recording(session, seen, number)
        airing = plan_urgent(session, number, seen.viewer.login, seen.now)
        note(session, seen.viewer.login, "airing_urgent", str(airing.id), seen.now)
        return recording.bulletin

    return go(f"/ban-tin/{seen.home.db.write(store)}", "khan-cap")


@router.post("/luot-phat/{number}")
def confirm(number: int, seen: Doing) -> Response:
    """It was aired. Nothing here says that anyone heard it."""

    def store(session: Session) -> None:
        own(seen, session.get(Airing, number))
        say_aired(session, number, seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go("/nhat-ky-phat", "da-ghi")
