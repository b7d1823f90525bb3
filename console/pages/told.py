"""Thông báo, one of them: in which hamlets it was told, and photos of it where it hangs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from sqlmodel import Session

from campaigns.field import told as work
from campaigns.tables import Announcement, NoticePhoto
from console import words
from console.forms import Faults, as_day
from console.web import Missing, Seen, do, go, names_of, own, render, see
from register.errors import BadInput
from register.units import hamlets_of, setting

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("campaigns"))]
Doing = Annotated[Seen, Depends(do("campaigns"))]


@router.get("/thong-bao/{number:int}")
def notice_page(request: Request, number: int, seen: Viewing) -> Response:
    """Who has been told, with day and name, and the photos."""
    return _page(request, seen, number, Faults())


def _page(request: Request, seen: Seen, number: int, faults: Faults) -> Response:
    with seen.home.db.read() as session:
        notice = own(seen, session.get(Announcement, number))
        hamlets, told = hamlets_of(session, seen.here), work.told_in(session, number)
        photos = work.photos_of(session, number)
        page = {
            "notice": notice,
            "hamlets": hamlets,
            "told": told,
            "photos": photos,
            "place_of": {unit.code: unit.name for unit in hamlets},
            "names": names_of(session, {row.by for row in told.values()} | {by for _, _, by, _ in photos}),
            "landline": setting(session, seen.here, "landline"),
            "today": words.local(seen.now).date(),
            "most": work.MOST_PHOTOS,
            "faults": faults,
        }
    return render(request, "notice.html", seen, 422 if faults else 200, at="campaigns", **page)


@router.post("/thong-bao/{number:int}/pho-bien")
def tell(
    request: Request,
    number: int,
    seen: Doing,
    khu: Annotated[list[str] | None, Form()] = None,
    ngay: Annotated[str, Form()] = "",
) -> Response:
    """The hamlets that are ticked were told; the day is that of the newly ticked ones."""

    def store(session: Session) -> None:
        notice = own(seen, session.get(Announcement, number))
        day = as_day(ngay, "Ngày phổ biến")
        if day > words.local(seen.now).date():
            raise BadInput("Ngày phổ biến: không thể là ngày chưa tới.")
        work.note_told(session, notice, khu or [], day, seen.viewer.login, seen.now)

    try:
        seen.home.db.write(store)
    except BadInput as error:
        return _page(request, seen, number, Faults(ngay=str(error)))
    return go(f"/thong-bao/{number}", "da-luu")


@router.post("/thong-bao/anh")
def add_photo(
    request: Request,
    seen: Doing,
    anh: Annotated[UploadFile, File()],
    thong_bao: Annotated[int, Form()],
    khu: Annotated[str, Form()] = "",
) -> Response:
    """A photo from a phone; it is drawn anew before anything is kept."""
    try:
        image = work.redrawn(anh.file.read(work.MOST_BYTES + 1))

        def store(session: Session) -> None:
            notice = own(seen, session.get(Announcement, thong_bao))
            work.add_photo(session, notice, image, khu or None, seen.viewer.login, seen.now)

        seen.home.db.write(store)
    except BadInput as error:
        return _page(request, seen, thong_bao, Faults(anh=str(error)))
    return go(f"/thong-bao/{thong_bao}", "da-luu")


def _photo(seen: Seen, session: Session, number: int) -> NoticePhoto:
    photo = session.get(NoticePhoto, number)
    if photo is None:
        raise Missing
    own(seen, session.get(Announcement, photo.announcement))
    return photo


@router.get("/thong-bao/anh/{number}.jpg")
def picture(number: int, seen: Viewing) -> Response:
    """The photo itself."""
    with seen.home.db.read() as session:
        return Response(_photo(seen, session, number).image, media_type="image/jpeg")


@router.post("/thong-bao/anh/{number}/bo")
def remove(number: int, seen: Doing) -> Response:
    """Throw a photo away."""

    def store(session: Session) -> int:
        photo = _photo(seen, session, number)
        work.remove_photo(session, photo, seen.viewer.login, seen.now)
        return photo.announcement

    return go(f"/thong-bao/{seen.home.db.write(store)}", "da-luu")
