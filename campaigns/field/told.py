"""Thông báo: in which hamlets it was told, and photos of it where it hangs.

A photo is drawn anew before it is kept: what is no picture does not come through, and where, when and by which camera
it was taken goes no further.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection
from datetime import date, datetime
from threading import Lock

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from campaigns.tables import Announcement, NoticePhoto, NoticeTold
from register.audit import declare, note
from register.errors import BadInput
from register.units import hamlets_of

MOST_PHOTOS = 12  # of one notice
MOST_BYTES = 12_000_000  # a phone's photo has 2 to 8 MB
MOST_PIXELS = 60_000_000  # of a picture as it comes; more would fill the memory
SIDE, QUALITY = 1_280, 78  # what is kept: about 200 kB
KINDS = ("JPEG", "PNG", "WEBP")
_one_at_a_time = Lock()  # half a gigabyte for the largest
UNREADABLE = "Không đọc được ảnh này. Hãy chọn ảnh JPG hoặc PNG, tối đa 12 MB (iPhone: chọn “Tương thích nhất”)."
declare("notice_told", "hamlets")
declare("notice_photo_added")
declare("notice_photo_removed")


def told_in(session: Session, announcement: int) -> dict[str, NoticeTold]:
    """The hamlets in which this notice was told, by code."""
    rows = session.exec(select(NoticeTold).where(NoticeTold.announcement == announcement)).all()
    return {row.hamlet: row for row in rows}


def note_told(
    session: Session, notice: Announcement, hamlets: Collection[str], day: date, by: str, now: datetime
) -> None:
    """These hamlets, and no others, were told. Who was noted before keeps day and name. BadInput: a day to come."""
    number, known = notice.id or 0, {unit.code for unit in hamlets_of(session, notice.commune)}
    if not set(hamlets) <= known:
        raise BadInput("Có khu dân cư không thuộc xã, phường của bạn. Hãy tải lại trang.")
    if day < notice.signed_on:
        raise BadInput("Ngày phổ biến: không thể trước ngày ký thông báo.")
    standing = told_in(session, number)
    gone = set(standing) - set(hamlets)
    mine = delete(NoticeTold).where(col(NoticeTold.announcement) == number)
    session.execute(mine.where(col(NoticeTold.hamlet).in_(gone)))
    for code in set(hamlets) - set(standing):
        session.add(NoticeTold(announcement=number, hamlet=code, told_on=day, by=by))
    notice.hamlets_told = len(set(hamlets))
    session.add(notice)
    note(session, by, "notice_told", str(number), now, hamlets=notice.hamlets_told)


def note_all_told(session: Session, notice: Announcement, day: date | None, by: str, now: datetime) -> None:
    """Every hamlet was told; None: not every one, so that what said so is taken back and what was told singly stays."""
    hamlets = [unit.code for unit in hamlets_of(session, notice.commune)]
    everywhere = notice.hamlets_told >= len(hamlets)
    if hamlets and everywhere != (day is not None):
        note_told(session, notice, hamlets if day else (), day or notice.signed_on, by, now)


def told_lately(session: Session, commune: str) -> dict[int, date]:
    """The newest day on which a hamlet was told, by notice."""
    newest = select(col(NoticeTold.announcement), func.max(NoticeTold.told_on)).join(
        Announcement, col(Announcement.id) == col(NoticeTold.announcement)
    )
    mine = newest.where(Announcement.commune == commune).group_by(col(NoticeTold.announcement))
    return dict(session.exec(mine).all())


# --- Photos ------------------------------------------------------------------------------------------


def redrawn(body: bytes) -> bytes:
    """The picture as a JPEG of at most SIDE, upright, with nothing beside its pixels. BadInput: it is none."""
    if not body or len(body) > MOST_BYTES:
        raise BadInput(UNREADABLE)
    try:
        with _one_at_a_time, Image.open(io.BytesIO(body), formats=KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise BadInput("Ảnh quá lớn. Hãy chụp lại ở cỡ nhỏ hơn.")
            picture.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BadInput(UNREADABLE) from None
    upright.thumbnail((SIDE, SIDE))
    clean, out = Image.new("RGB", upright.size), io.BytesIO()
    clean.paste(upright)
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def photos_of(session: Session, announcement: int) -> list[tuple[int, str | None, str, datetime]]:
    """(number, hamlet, by, at) of a notice's photos, the newest first; without the pictures."""
    columns = (col(NoticePhoto.id), col(NoticePhoto.hamlet), col(NoticePhoto.by), col(NoticePhoto.at))
    query = select(*columns).where(NoticePhoto.announcement == announcement).order_by(col(NoticePhoto.id).desc())
    return [(number or 0, hamlet, by, at) for number, hamlet, by, at in session.exec(query)]


def add_photo(
    session: Session, notice: Announcement, image: bytes, hamlet: str | None, by: str, now: datetime
) -> NoticePhoto:
    """Keep a redrawn picture; the same one again changes nothing. BadInput: too many, or a strange hamlet."""
    if hamlet is not None and hamlet not in {unit.code for unit in hamlets_of(session, notice.commune)}:
        raise BadInput("Khu dân cư này không thuộc xã, phường của bạn. Hãy tải lại trang.")
    digest = hashlib.sha256(image).hexdigest()
    mine = select(NoticePhoto).where(NoticePhoto.announcement == notice.id)
    if same := session.exec(mine.where(NoticePhoto.sha256 == digest)).first():
        return same
    if session.exec(select(func.count()).select_from(mine.subquery())).one() >= MOST_PHOTOS:
        raise BadInput(f"Mỗi thông báo giữ nhiều nhất {MOST_PHOTOS} ảnh. Hãy bỏ bớt ảnh cũ.")
    photo = NoticePhoto(announcement=notice.id or 0, hamlet=hamlet, image=image, sha256=digest, by=by, at=now)
    session.add(photo)
    session.flush()
    note(session, by, "notice_photo_added", str(notice.id), now)
    return photo


def remove_photo(session: Session, photo: NoticePhoto, by: str, now: datetime) -> None:
    """The picture is gone for good: somebody's face or house may be on it."""
    session.delete(photo)
    note(session, by, "notice_photo_removed", str(photo.announcement), now)
