"""Tờ in và bài đăng nhóm: the notice, posters and leaflets to be stamped, and what is posted in groups by hand."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from campaigns.field.papers import (
    facts_of,
    family_text,
    group_text,
    link_address,
    newest_notice,
    note_posted,
    notice_pdf,
    paper,
    posts_of,
    qr_address,
    text_key,
)
from console.web import Missing, Seen, do, go, names_of, render, see, take_away
from register.audit import declare, note
from register.units import hamlets_of

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("papers"))]
Doing = Annotated[Seen, Depends(do("papers"))]
declare("group_posted")


def _hamlets(session: Session, seen: Seen) -> dict[str, str]:
    """The hamlets that this viewer works for: a volunteer's own, or all."""
    found = {unit.code: unit.name for unit in hamlets_of(session, seen.here)}
    return {code: name for code, name in found.items() if seen.hamlet in (None, code)}


def _chosen(session: Session, seen: Seen, khu: str) -> str | None:
    """The hamlet that is meant; None: the whole commune. Missing when it is not theirs."""
    mine = _hamlets(session, seen)
    if khu and khu not in mine:
        raise Missing
    return khu or seen.hamlet


@router.get("/to-in")
def papers(request: Request, seen: Viewing, khu: str = "") -> Response:
    """What can be printed and posted, for one hamlet or the commune, and which groups have it."""
    with seen.home.db.read() as session:
        mine, chosen = _hamlets(session, seen), _chosen(session, seen, khu)
        facts = facts_of(session, seen.here, chosen, seen.now)
        posts, rows = posts_of(session, seen.here), []
        for code, name in mine.items():
            row = posts.get((code, text_key(group_text(facts_of(session, seen.here, code, seen.now)))))
            rows.append((code, name, row))
        page: dict[str, Any] = {"hamlets": mine, "chosen": chosen or "", "facts": facts, "rows": rows}
        page |= {"names": names_of(session, [row.by for _, _, row in rows if row])}
        page |= {"signed": newest_notice(session, seen.here), "group": group_text(facts), "family": family_text(facts)}
    page["link"] = link_address(seen.home.settings, seen.here)
    page["qr"] = bool(qr_address(seen.home.settings, seen.here, chosen))
    page["posted"] = next((row for code, _, row in rows if code == chosen), None)
    return render(request, "papers.html", seen, at="papers", **page)


@router.post("/to-in/da-dang")
def posted(seen: Doing, khu: Annotated[str, Form()] = "") -> Response:
    """The hamlet head (or somebody for them) put the text into the group."""

    def store(session: Session) -> str:
        hamlet = _chosen(session, seen, khu)
        if hamlet is None:
            raise Missing
        note_posted(session, seen.here, hamlet, seen.viewer.login, seen.now)
        note(session, seen.viewer.login, "group_posted", hamlet, seen.now)
        return hamlet

    return go("/to-in", "da-dang", khu=seen.home.db.write(store))


def _file(seen: Seen, kind: str, khu: str, name: str) -> Response:
    with TemporaryDirectory() as folder, seen.home.db.read() as session:
        out = Path(folder) / name
        chosen = _chosen(session, seen, khu)
        if kind == "notice":
            notice_pdf(seen.home, session, seen.here, out)
        else:
            all_of_them: list[str | None] = list(_hamlets(session, seen)) if khu == "" and kind != "picture" else []
            paper(seen.home, session, kind, seen.here, all_of_them or [chosen], out)
        body = out.read_bytes()
    return take_away(body, name)


@router.get("/to-in/thong-bao.pdf")
def as_notice(seen: Viewing) -> Response:
    """The notice, A4."""
    return _file(seen, "notice", "", "thong-bao.pdf")


@router.get("/to-in/ap-phich.pdf")
def as_poster(seen: Viewing, khu: str = "") -> Response:
    """Posters, A4: one hamlet's, or a page for each."""
    return _file(seen, "poster", khu, "ap-phich.pdf")


@router.get("/to-in/to-roi.pdf")
def as_leaflet(seen: Viewing, khu: str = "") -> Response:
    """Leaflets, A5: one hamlet's, or a page for each."""
    return _file(seen, "leaflet", khu, "to-roi.pdf")


@router.get("/to-in/hinh-nhom.png")
def as_picture(seen: Viewing, khu: str = "") -> Response:
    """The picture that goes with the text in a group: no QR, no name."""
    return _file(seen, "picture", khu, "hinh-nhom.png")
