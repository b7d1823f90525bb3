"""Lời văn: what messages and guides say, as a phone shows it; to try it, to reword it, and a second one who agrees."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session, select

from bot.engine import turn
from bot.state import Input, Scene, State
from campaigns.engine.texts import place_of
from channels.checking import reviews
from channels.transport import Transport
from console.forms import Faults
from console.web import Missing, Seen, do, go, names_of, render, see
from content import edits
from content.guard import guard
from content.library import FIELDS, fields_of, library, message
from content.message import Addressee, Message, Place
from content.tables import TextEdit
from content.zbs import PARAMETERS, TEMPLATES
from register.errors import BadInput
from register.tables import Unit

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("texts"))]
Doing = Annotated[Seen, Depends(do("texts"))]
EXAMPLE = Addressee("bà", "Mai")
MOST_TURNS = 60  # of one trial
STATES = {
    "waiting": ("chờ duyệt", "wait"),
    "approved": ("đang dùng", "yes"),
    "returned": ("trả lại để sửa", "no"),
    "replaced": ("đã thay bằng bản sau", ""),
    "withdrawn": ("đã bỏ", ""),
}
NO_NUMBER = ("chưa có số mẫu", "wait")
NOT_ASKED = ("chưa hỏi Zalo", "")
NO_ANSWER = ("Zalo chưa trả lời", "no")
REVIEW = {  # as channels.checking.reviews tells it
    "ENABLE": ("Zalo đã duyệt, gửi được", "yes"),
    "PENDING_REVIEW": ("Zalo đang duyệt", "wait"),
    "REJECT": ("Zalo từ chối", "no"),
    "DISABLE": ("Zalo đã khóa mẫu", "no"),
}


def unit_of(seen: Seen) -> str:
    """Whose words this viewer changes: the province's own, else the commune's that is looked at."""
    return seen.viewer.unit or "" if seen.viewer.role == "province" else seen.here


def _place(session: Session, seen: Seen, own: dict[str, tuple[str, ...]]) -> Place:
    place = place_of(session, seen.here, None, seen.now)
    return replace(place, wording=tuple((dict(place.wording) | own).items()))


@router.get("/loi-van")
def texts(request: Request, seen: Viewing) -> Response:
    """Every text, which of them are worded otherwise here, and what waits for approval."""
    with seen.home.db.read() as session:
        own = dict(edits.wording_of(session, seen.here))
        mine = select(TextEdit).where(TextEdit.unit == unit_of(seen), TextEdit.state == "waiting")
        waiting = {row.text: row for row in session.exec(mine).all()}
    known, every = library(), edits.editable()
    groups = [
        ("Tin của đợt vận động", sorted((one.key for one in known.messages.values()), key=lambda key: "-" in key)),
        *((guide.title, [step.key for step in guide.steps]) for guide in known.guides.values()),
        ("Câu trả lời", [answer.key for answer in known.faq.values()]),
    ]
    page = {"groups": groups, "every": every, "own": own, "waiting": waiting, "states": STATES}
    return render(request, "texts.html", seen, at="texts", **page)


@router.get("/loi-van/zbs")
async def zbs(request: Request, seen: Viewing, hoi: str = "") -> Response:
    """The templates for Zalo's reviewers, ready to be handed in. ``hoi``: ask Zalo what it decided of each."""
    settings, told = seen.home.settings, {}
    ids = (settings.zalo_template_id, settings.zalo_template_id_unnamed)
    if hoi and any(ids):
        transport = Transport()
        try:
            told = await reviews(seen.home, transport, filter(None, ids))
        finally:
            await transport.close()

    def state(number: str) -> tuple[tuple[str, str], str]:
        """Its tag, and Zalo's reason."""
        status, reason = told.get(number, ("", ""))
        if not number or not hoi:
            return (NOT_ASKED if number else NO_NUMBER), ""
        return REVIEW.get(status, NO_ANSWER), reason

    rows = [(template, number, *state(number)) for template, number in zip(TEMPLATES, ids, strict=True)]
    page = {"rows": rows, "parameters": PARAMETERS, "asked": bool(hoi), "askable": any(ids)}
    return render(request, "zbs.html", seen, at="texts", **page)


@router.get("/loi-van/thu")
def trial(request: Request, seen: Viewing) -> Response:
    """Try the conversation from its beginning; nothing is kept of it."""
    return _trial(request, seen, [])


@router.post("/loi-van/thu")
def go_on(
    request: Request,
    seen: Viewing,
    da: Annotated[list[str] | None, Form()] = None,
    nut: Annotated[str, Form()] = "",
    chu: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """``da``: the turns until now; ``nut`` or ``chu``: the next one."""
    said = [*(da or []), f"nut {nut}" if nut else f"chu {guard(chu).text}"][:MOST_TURNS]
    return _trial(request, seen, said)


def _trial(request: Request, seen: Seen, said: list[str]) -> Response:
    """The engine is pure: the whole talk is said anew from what was typed and pressed."""
    with seen.home.db.read() as session:
        scene = Scene(_place(session, seen, {}), channel="zalo")
    state, lines, buttons = State(), list[tuple[str, Message]](), {}
    for one in ("start", *said):
        kind, _, value = one.partition(" ")
        if kind == "nut" and value not in library().buttons:
            raise Missing
        if kind in ("nut", "chu"):
            heard = library().buttons.get(value, value) if kind == "nut" else value
            lines.append(("citizen", Message(heard)))
        inp = (
            Input("start")
            if kind == "start"
            else Input("button", button=value)
            if kind == "nut"
            else Input("text", value)
        )
        reply = turn(state, inp, seen.now, scene)
        state = reply.state
        lines += [("bot", answer) for answer in reply.messages]
        buttons = {button.id: button.title for answer in reply.messages for button in answer.buttons}
    page = {"lines": lines, "buttons": buttons, "said": said, "full": len(said) >= MOST_TURNS, "place": scene.place}
    return render(request, "text_try.html", seen, at="texts", **page)


@router.get("/loi-van/{key}")
def text(request: Request, key: str, seen: Viewing) -> Response:
    """One text as Zalo and Telegram show it, its history, and its form."""
    return _text(request, seen, key)


def _text(request: Request, seen: Seen, key: str, typed: str = "", faults: Faults | None = None) -> Response:
    try:
        title, shipped = edits.text_named(key)
    except BadInput:
        raise Missing from None
    with seen.home.db.read() as session:
        rows = edits.versions(session, unit_of(seen), key)
        own = dict(edits.wording_of(session, seen.here)).get(key)
        waiting = next((row for row in rows if row.state == "waiting"), None)
        trying = edits.read_lines(typed) if typed else tuple(waiting.lines) if waiting else ()
        standing = own or shipped.lines
        values = fields_of(EXAMPLE, _place(session, seen, {key: trying or standing}))
        shown = message(shipped, values)
        names = names_of(session, {row.by for row in rows} | {row.approver or "" for row in rows})
        whose = session.get(Unit, unit_of(seen))
    page = {
        "key": key,
        "title": title,
        "shipped": shipped,
        "changed": own is not None,
        "kept": edits.kept_lines(shipped),
        "typed": typed or "\n".join(trying or standing),
        "fills": [(name, values[name]) for name in FIELDS if f"{{{name}}}" in "\n".join(shipped.lines)],
        "findings": edits.findings(key, trying or standing),
        "shown": shown,
        "trying": bool(trying),
        "rows": rows,
        "waiting": waiting,
        "mine": waiting is not None and waiting.by == seen.viewer.login,
        "stale": own is not None
        and any(r.state == "approved" and r.shipped != edits.hash_of(shipped.lines) for r in rows),
        "names": names,
        "states": STATES,
        "whose": whose.name if whose else "",
        "faults": faults or Faults(),
    }
    return render(request, "text.html", seen, 422 if faults else 200, at="texts", **page)


@router.post("/loi-van/{key}")
def reword(
    request: Request, key: str, seen: Doing, loi: Annotated[str, Form(max_length=8_000)] = "", xem: str = Form("")
) -> Response:
    """Look at the words on a phone (``xem``), or hand them in for approval."""
    if xem:
        return _text(request, seen, key, loi)
    try:
        lines, unit, by = edits.read_lines(loi), unit_of(seen), seen.viewer.login
        seen.home.db.write(lambda s: edits.propose(s, unit, key, lines, by, seen.now))
    except BadInput as error:
        return _text(request, seen, key, loi, Faults(loi=str(error)))
    return go(f"/loi-van/{key}", "loi-cho-duyet")


@router.post("/loi-van/ban/{number}/{verb}")
def settle(number: int, verb: str, seen: Doing, loi_nhan: str = Form("")) -> Response:
    """Approve a version (duyet), give it back (tra-lai) or go back to the shipped words (bo)."""

    def store(session: Session) -> str:
        row = session.get(TextEdit, number)
        if row is None or row.unit != unit_of(seen):
            raise Missing
        by, now = seen.viewer.login, seen.now
        if verb == "duyet":
            edits.approve(session, row, by, now)
        elif verb == "tra-lai":
            edits.give_back(session, row, loi_nhan, by, now)
        elif verb == "bo":
            edits.withdraw(session, row, by, now)
        else:
            raise Missing
        return row.text

    return go(f"/loi-van/{seen.home.db.write(store)}", "da-luu")
