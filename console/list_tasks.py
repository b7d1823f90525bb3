"""A list on its way in, outside the requests: reading its columns, checking it, taking it in; and where it stands.

Where an upload stands follows from what is known of it: a task at work, else one that was cut off, else a trouble, a
report, columns.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog
from fastapi import Request

from console import list_report, uploads, words
from console.running import BROKEN, Progress, Stopped, Task, running_of
from console.uploads import CHECK, COLUMNS, TAKE_IN, Upload
from console.web import Seen
from register.apart import run_apart
from register.errors import BadInput
from register.glimpses import glimpse
from register.habits import habits
from register.home import Home
from register.importing import import_list
from register.marking import marked_list
from register.units import hamlets_of

log = structlog.get_logger(__name__)
HALTED = "Đã dừng. Chưa lưu gì vào sổ."


# --- Where an upload stands --------------------------------------------------------------------------


def task_of(request: Request, upload: Upload) -> Task | None:
    """The task at work on this upload."""
    task = running_of(request).state(f"list:{upload.commune}")
    return task if task is not None and task.live and task.about == upload.key else None


def where_it_stands(request: Request, upload: Upload) -> tuple[str, Task | None]:
    """(where it stands, the task at work on it): working, cut_off, check, columns or trouble."""
    task = task_of(request, upload)
    if task is not None:
        return "working", task
    if upload.doing:
        return "cut_off", None
    if upload.report is not None:
        return "check", None
    return ("columns" if upload.sheets else "trouble"), None


def refuse_while_busy(request: Request, seen: Seen) -> None:
    """One list at a time in a commune."""
    task = running_of(request).state(f"list:{seen.here}")
    if task is not None and task.live:
        raise BadInput(
            f"{task.by} đang xử lý một danh sách của xã, phường từ {words.moment(task.started_at)}. "
            "Hãy đợi xong, hoặc vào mục Danh sách để xem và dừng việc đó."
        )


def what_it_became(home: Home, upload: Upload) -> int | None:
    """The list that this file became just before the process ended; None: nothing was stored."""
    with uploads.laid_open(home, upload) as file, file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    with home.db.read() as session:
        return list_report.imported_since(session, upload.commune, digest, upload.begun)


# --- The work ----------------------------------------------------------------------------------------


def begin(request: Request, seen: Seen, upload: Upload, doing: str, **known: Any) -> None:
    """Go on with an upload: COLUMNS (where they raise no question, the check too) or TAKE_IN; ``known``: set on it.

    BadInput while another list of the commune is under way.
    """
    home, by = seen.home, seen.viewer.login

    def work(progress: Progress) -> None:
        _work(home, upload.key, by, doing, known, progress)

    refuse_while_busy(request, seen)
    running_of(request).start(f"list:{upload.commune}", seen.viewer.name, seen.now, work, upload.key)


def _work(home: Home, key: str, by: str, doing: str, known: dict[str, Any], progress: Progress) -> None:
    """One task on one upload. However it ends, what is kept of the upload says so."""
    upload = uploads.load(home, key)
    if upload is None:
        raise BadInput(uploads.GONE)
    upload.doing, upload.since, upload.trouble, upload.notice = doing, home.now().isoformat(), "", ""
    for name, value in known.items():
        setattr(upload, name, value)
    uploads.save(home, upload)
    try:
        with uploads.laid_open(home, upload) as file:
            if doing == TAKE_IN:
                _take_in(home, upload, file, by, progress)
                return
            if doing == COLUMNS:
                upload.report = None
                _look_at_columns(home, upload, file, progress)
            if _is_understood(upload):
                _check(home, upload, file, progress)
    except Stopped:
        upload.trouble = HALTED
        raise
    except BadInput as error:
        upload.trouble = str(error)
        raise
    except Exception:
        upload.trouble = BROKEN
        raise
    finally:
        if upload.source is None:
            upload.doing = ""
            uploads.save(home, upload)


def _look_at_columns(home: Home, upload: Upload, file: Path, progress: Progress) -> None:
    known = habits(home, upload.commune)
    upload.sheets = [asdict(sheet) for sheet in run_apart(glimpse, file, known, watch=lambda: progress(0, 0))]
    if not upload.sheets:
        raise BadInput("Tệp không có bảng nào. Hãy mở bằng Excel, kiểm tra lại rồi gửi lại.")


def _is_understood(upload: Upload) -> bool:
    """Whether the columns raise no question, or none that nobody has looked at."""
    found, _ = list_report.wanting(upload.sheets, upload.nq418)
    return found and (upload.settled or not list_report.unknown_headings(upload.sheets))


def _check(home: Home, upload: Upload, file: Path, progress: Progress) -> None:
    """Read it as a list and work out what it would change, without storing anything."""
    upload.doing = CHECK
    uploads.save(home, upload)
    standing = list_report.standing_of(home, upload.commune)
    imported = import_list(
        home, file, upload.commune, source=upload.info(), by=upload.by, dry_run=True, nq418=upload.nq418,
        progress=progress,
    )  # fmt: skip
    upload.report = list_report.report(imported, standing, upload.nq418)
    with home.db.read() as session:
        names = {unit.code: unit.name for unit in hamlets_of(session, upload.commune)}
    for change in upload.report["changes_of"]:
        if change["kind"] == "hamlet":
            for when in ("before", "after"):
                change[when] = names.get(change[when], "nơi mới" if change[when] else "")


def _take_in(home: Home, upload: Upload, file: Path, by: str, progress: Progress) -> None:
    imported = import_list(
        home, file, upload.commune, source=upload.info(), by=by, nq418=upload.nq418, progress=progress
    )
    found = list_report.report(imported, [], upload.nq418)
    try:
        if imported.source is not None:
            uploads.keep_report(home, imported.source, list_report.for_keeping(found))
        uploads.taken_in(home, upload, imported.source)
    except OSError as error:  # the list is in: a full disk does not make that untrue
        log.error("list.report_not_kept", error=type(error).__name__)
        upload.source = imported.source or 0


def marked_copy(home: Home, upload: Upload, progress: Progress) -> bytes:
    """The file as a workbook with its bad cells marked; what was laid open for it is gone afterwards."""
    year = words.local(home.now()).year
    with uploads.laid_open(home, upload) as file:
        out = file.with_name("marked.xlsx")
        known = habits(home, upload.commune)
        run_apart(marked_list, file, year, known, out, watch=lambda: progress(0, 0))
        return out.read_bytes()
