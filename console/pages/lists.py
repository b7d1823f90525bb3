"""Danh sách: upload → look (nothing stored) → take in. What could not be read is shown row by row.

Between looking and taking in, the file waits sealed in the home's ``uploads`` folder, for a day at most.
"""

from __future__ import annotations

import base64
import secrets
import shutil
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import orjson
from cryptography.exceptions import InvalidTag
from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from sqlmodel import Session, col, select

from console import words
from console.web import Missing, Seen, as_day, do, go, own, render, see
from register.errors import BadInput
from register.home import Home
from register.importing import Imported, SourceInfo, import_list
from register.tables import AuditEvent, Source

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("lists"))]
Doing = Annotated[Seen, Depends(do("lists"))]
KEPT_FOR = timedelta(days=1)  # an upload that nobody took in
SUFFIXES = (".xlsx", ".xls", ".ods", ".csv", ".tsv")
PREVIEW_ROWS = 20


@dataclass(frozen=True)
class Upload:
    """A file that waits, and what its sender said of it."""

    commune: str
    by: str
    suffix: str
    as_of: date
    issuer: str
    document: str
    purpose: str
    nq418: bool
    body: bytes


@router.get("/danh-sach")
def lists(request: Request, seen: Viewing) -> Response:
    """The lists that were taken in, and the form for the next one."""
    with seen.home.db.read() as session:
        mine = select(Source).where(Source.commune == seen.here, Source.kind == "list").order_by(col(Source.id).desc())
        rows = session.exec(mine).all()
        counts = _counts(session, seen.here)
    page = {"rows": rows, "counts": counts, "suffixes": SUFFIXES}
    return render(request, "lists.html", seen, at="lists", **page)


@router.post("/danh-sach/xem-truoc")
def preview(
    request: Request,
    seen: Doing,
    tep: Annotated[UploadFile, File()],
    ngay_chot: str = Form(""),
    noi_gui: str = Form(""),
    so: str = Form(""),
    muc_dich: str = Form(""),
    nq418: str = Form(""),
) -> Response:
    """Read the file and work out what it would change, without storing anything of it but the sealed file."""
    suffix = Path(tep.filename or "").suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(f"Hãy chọn tệp Excel hoặc bảng tính ({', '.join(SUFFIXES)}).")
    as_of = as_day(ngay_chot, "Ngày chốt số liệu")
    if as_of > words.local(seen.now).date():
        raise BadInput("Ngày chốt số liệu không thể sau hôm nay.")
    issuer, document, purpose = (" ".join(text.split()) for text in (noi_gui, so, muc_dich))
    by, body = seen.viewer.login, tep.file.read()
    upload = Upload(seen.here, by, suffix, as_of, issuer, document, purpose, nq418 == "co", body)
    imported = _import(seen, upload, dry_run=True)
    key = _keep(seen.home, upload)
    found = imported.to_json(reveal=False)
    page: dict[str, Any] = {"found": found, "upload": upload, "key": key, "rows": PREVIEW_ROWS}
    page["no_nq418"] = bool(found["people"]) and all(person["nq418"] is None for person in found["people"])
    page["same_day"] = as_of == words.local(seen.now).date()
    return render(request, "list_preview.html", seen, at="lists", **page)


@router.post("/danh-sach/nhan")
def take_in(seen: Doing, khoa: str = Form("")) -> Response:
    """Take in the file that was looked at."""
    upload = _take(seen.home, khoa)
    if upload.commune != seen.here or upload.by != seen.viewer.login:
        raise Missing
    imported = _import(seen, upload, dry_run=False)
    _upload_file(seen.home, khoa).unlink(missing_ok=True)
    found = imported.to_json(reveal=False)
    found.pop("people")
    if imported.source is not None:
        _remarks_file(seen.home, imported.source).write_bytes(orjson.dumps(found))
        return go(f"/danh-sach/{imported.source}", "nhan-danh-sach")
    return go("/danh-sach", "nhan-danh-sach")


@router.get("/danh-sach/{number}")
def list_page(request: Request, number: int, seen: Viewing) -> Response:
    """One list: what it changed, and each row that was not taken in. Remarks name rows, never persons."""
    with seen.home.db.read() as session:
        source = own(seen, session.get(Source, number))
        if source.kind != "list":
            raise Missing
        counts = _counts(session, seen.here).get(number)
    file = _remarks_file(seen.home, number)
    found = orjson.loads(file.read_bytes()) if file.exists() else {"rejected": [], "warnings": []}
    return render(request, "list.html", seen, at="lists", source=source, counts=counts, found=found)


def _counts(session: Session, commune: str) -> dict[int, dict[str, int]]:
    """What each list brought, by its number. A file that came twice brought what both times brought together."""
    found: dict[int, dict[str, int]] = {}
    events = select(AuditEvent).where(AuditEvent.action == "list_imported", AuditEvent.subject == commune)
    for event in session.exec(events.order_by(col(AuditEvent.id))).all():
        counts = found.setdefault(event.detail["source"], {"new": 0, "changed": 0, "left": 0})
        for name in ("new", "changed", "left"):
            counts[name] += event.detail[name]
        counts["rejected"] = event.detail["rejected"]
    return found


# --- The file between looking and taking in --------------------------------------------------------


def _import(seen: Seen, upload: Upload, *, dry_run: bool) -> Imported:
    """The register's import wants a file; it stands for no longer than that, readable by this process alone."""
    info = SourceInfo(upload.as_of, upload.issuer, upload.document, upload.purpose)
    with TemporaryDirectory(dir=_uploads(seen.home)) as folder:
        file = Path(folder) / f"list{upload.suffix}"
        file.write_bytes(upload.body)
        return import_list(
            seen.home, file, upload.commune, source=info, by=upload.by, dry_run=dry_run, nq418=upload.nq418
        )


def _folder(home: Home, name: str) -> Path:
    path = home.path / name
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def forget_crashed_uploads(home: Home) -> None:
    """When `serve` starts: what a killed import had laid open to be read is removed at once."""
    for left in _uploads(home).iterdir():
        if left.is_dir():
            shutil.rmtree(left)


def _uploads(home: Home) -> Path:
    return _folder(home, "uploads")


def _upload_file(home: Home, key: str) -> Path:
    if len(key) != 32 or not set(key) <= set("0123456789abcdef"):  # as _keep makes them
        raise Missing
    return _uploads(home) / f"{key}.sealed"


def _remarks_file(home: Home, source: int) -> Path:
    return _folder(home, "lists") / f"{source}.json"


def _keep(home: Home, upload: Upload) -> str:
    """Seal the upload and keep it; throw away those that nobody took in."""
    for old in _uploads(home).iterdir():
        if old.stat().st_mtime < time.time() - KEPT_FOR.total_seconds():  # the files' clock, not the home's
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)  # a folder: a crash left it
    key = secrets.token_hex(16)
    value: dict[str, Any] = {**upload.__dict__, "body": base64.b64encode(upload.body).decode()}
    _upload_file(home, key).write_bytes(home.keys.seal(value, f"upload {key}"))
    return key


def _take(home: Home, key: str) -> Upload:
    file = _upload_file(home, key)
    if not file.exists():
        raise BadInput("Tệp này đã nhận rồi hoặc đã để quá một ngày. Hãy chọn lại tệp.")
    try:
        value = home.keys.open(file.read_bytes(), f"upload {key}")
    except InvalidTag:
        raise BadInput("Không mở lại được tệp đã gửi. Hãy chọn lại tệp.") from None
    as_of, body = date.fromisoformat(value["as_of"]), base64.b64decode(value["body"])
    return Upload(**{**value, "as_of": as_of, "body": body})
