"""A list on its way in: columns → check → take in. Each step that reads the file runs outside the request
(console.list_tasks); ``/danh-sach/tep/<key>`` leads to the page that fits.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session, col, select

from console import list_report, uploads, words
from console.list_tasks import HALTED, begin, marked_copy, refuse_while_busy, task_of, what_it_became, where_it_stands
from console.running import Progress, running_of
from console.uploads import COLUMNS, TAKE_IN, Upload
from console.web import Missing, Seen, do, go, render, take_away
from register.aliases import IGNORED, MEANINGS
from register.audit import declare, note
from register.errors import BadInput
from register.habits import COLUMN_SETTING, OLD_CARDS_SETTING, allow_old_cards, remember_column
from register.tables import UnitSetting
from register.units import setting
from register.words import fold

router = APIRouter()
Doing = Annotated[Seen, Depends(do("lists"))]
HERE = "/danh-sach/tep/{key}"
MOST_ASKED = 80  # columns that one page lets correct
MARKING_WAIT = 8.0  # seconds that a browser waits for the marked copy before it is told to come back
STALE = "Sổ hoặc cách hiểu cột đã thay đổi sau lần kiểm tra trước, nên danh sách đã được kiểm tra lại. Xin xem lại."
CUT_OFF = "Hệ thống khởi động lại khi đang đọc tệp. Chưa lưu gì vào sổ. Tệp vẫn còn, có thể đọc lại."
CUT_OFF_TAKING = "Hệ thống khởi động lại khi đang nhận danh sách, nên việc nhận bị ngắt. Chưa lưu gì vào sổ."
declare("columns_learnt", "said", "forgotten")
declare("old_cards_allowed", "allowed")


# --- Whatever step it is at -----------------------------------------------------------------------------


def upload_here(seen: Doing, key: str) -> Upload:
    """The upload with this key, if it is of the commune looked at."""
    upload = uploads.load(seen.home, key)
    if upload is None or upload.commune != seen.here:
        raise Missing
    return upload


Mine = Annotated[Upload, Depends(upload_here)]


@router.get(HERE)
def hub(request: Request, seen: Doing, upload: Mine) -> Response:
    """Progress while something is at work; else on to the step that fits."""
    path = f"/danh-sach/tep/{upload.key}"
    stands, task = where_it_stands(request, upload)
    if stands == "working":
        return render(request, "list_work.html", seen, at="lists", upload=upload, task=task)
    if request.headers.get("hx-request"):  # the page that was watching goes on
        return Response(status_code=204, headers={"HX-Redirect": path})
    if upload.source is not None:
        return go(f"/danh-sach/{upload.source}" if upload.source else "/danh-sach", "nhan-danh-sach")
    if stands == "cut_off" and upload.doing == TAKE_IN:
        became = what_it_became(seen.home, upload)
        if became is not None:
            kept = list_report.for_keeping(upload.report) if upload.report else {}
            uploads.keep_report(seen.home, became, kept)
            uploads.taken_in(seen.home, upload, became)
            return go(f"/danh-sach/{became}", "nhan-danh-sach")
    if stands in ("columns", "check"):
        return go(f"{path}/{'cot' if stands == 'columns' else 'kiem-tra'}")
    text = upload.trouble or CUT_OFF  # CUT_OFF also where the process ended before it began
    if stands == "cut_off":
        text = CUT_OFF_TAKING if upload.doing == TAKE_IN else CUT_OFF
    return render(request, "list_work.html", seen, at="lists", upload=upload, task=None, text=text)


@router.post(HERE + "/dung")
def stop(request: Request, seen: Doing, upload: Mine) -> Response:
    """End what is at work on this upload. Nothing is stored."""
    if task_of(request, upload) is not None:
        running_of(request).stop(f"list:{upload.commune}")
    return go(f"/danh-sach/tep/{upload.key}")


@router.post(HERE + "/doc-lai")
def again(request: Request, seen: Doing, upload: Mine) -> Response:
    """Read the file once more, from the columns on."""
    begin(request, seen, upload, COLUMNS)
    return go(f"/danh-sach/tep/{upload.key}")


@router.post(HERE + "/bo")
def drop(request: Request, seen: Doing, upload: Mine) -> Response:
    """Let the file go. Nothing of it is in the register."""
    if task_of(request, upload) is not None:
        raise BadInput("Tệp này đang được đọc. Hãy dừng trước, rồi bỏ.")
    uploads.drop(seen.home, upload.key)
    return go("/danh-sach", "bo-tep")


# --- Step 2: columns -----------------------------------------------------------------------------------


@router.get(HERE + "/cot")
def columns_page(request: Request, seen: Doing, upload: Mine, dong: int = 0, trang: int = 0) -> Response:
    """What each column was taken for, with masked cells. ``dong``: another row as the heading of sheet ``trang``."""
    stands, _ = where_it_stands(request, upload)
    if stands not in ("columns", "check"):
        return go(f"/danh-sach/tep/{upload.key}")
    with seen.home.db.read() as session:
        kept = {key.removeprefix(COLUMN_SETTING) for key in _own_columns(session, seen.here)}
        old_cards = setting(session, seen.here, OLD_CARDS_SETTING) == "yes"
    found, lacks = list_report.wanting(upload.sheets, upload.nq418)
    tables = _tables(upload, dong, trang, kept)
    puzzling = {fold(heading) for heading in list_report.unknown_headings(upload.sheets)}
    page: dict[str, Any] = {"tables": tables, "found": found, "lacks": lacks}
    page |= {"upload": upload, "options": _options(), "old_cards": old_cards}
    page["unknown"] = [(c["field"], c["heading"]) for table in tables for c in table["columns"]
                       if c["field"] and fold(c["heading"]) in puzzling]  # fmt: skip
    return render(request, "list_columns.html", seen, at="lists", **page)


def _options() -> list[tuple[str, str]]:
    return [(said, label) for said, label in MEANINGS.items() if said != IGNORED]


def _own_columns(session: Session, commune: str) -> list[str]:
    own = select(UnitSetting.key).where(UnitSetting.unit == commune, col(UnitSetting.key).startswith(COLUMN_SETTING))
    return list(session.exec(own).all())


def _headings(upload: Upload) -> dict[str, dict[str, Any]]:
    """Every heading of the file once (folded → its column); a form names it by its place here."""
    found: dict[str, dict[str, Any]] = {}
    for sheet in upload.sheets:
        for choice in sheet["choices"]:
            for column in choice["columns"]:
                if fold(column["heading"]):
                    found.setdefault(fold(column["heading"]), column)
    return found


def _tables(upload: Upload, row: int, place: int, kept: set[str]) -> list[dict[str, Any]]:
    """The tables of the page. Sheets with the same columns are one; a heading is asked for once."""
    number = {heading: n for n, heading in enumerate(_headings(upload))}
    tables: dict[str, dict[str, Any]] = {}
    asked: set[str] = set()
    for at, sheet in enumerate(upload.sheets):
        choice = next((c for c in sheet["choices"] if at == place and c["row"] == row), sheet["choices"][0])
        alike = repr((sheet["table"], sheet["hidden"], [(c["letter"], c["heading"]) for c in choice["columns"]]))
        if alike in tables:
            tables[alike]["names"].append(sheet["name"])
            continue
        columns = []
        for column in choice["columns"]:
            folded = fold(column["heading"])
            again = folded in asked
            field = f"c{number[folded]}" if folded and not again and len(asked) < MOST_ASKED else ""
            asked |= {folded} - {""}
            columns.append({**column, "field": field, "again": again, "kept": folded in kept})
        rows = [other["row"] for other in sheet["choices"]] if not sheet["table"] else []
        about = {"names": [sheet["name"]], "at": at, "row": choice["row"], "columns": columns, "rows": sorted(rows)}
        tables[alike] = {**about, "table": sheet["table"], "hidden": sheet["hidden"]}
    return sorted(tables.values(), key=lambda table: (not table["table"], table["hidden"]))


@router.post(HERE + "/cot")
async def learn(request: Request, seen: Doing, upload: Mine) -> Response:
    """Remember what was corrected, forget what is to be forgotten, and read the file with it."""
    form = await request.form()
    refuse_while_busy(request, seen)
    headings = list(_headings(upload).values())
    forgotten = str(form.get("quen", ""))
    learnt = {}
    for n, column in enumerate(headings):
        said = str(form.get(f"c{n}", ""))
        if said not in ("", column["said"]):
            learnt[column["heading"]] = said

    def store(session: Session) -> None:
        if forgotten:
            if not forgotten.isdigit() or int(forgotten) >= len(headings):
                raise Missing
            remember_column(session, seen.here, headings[int(forgotten)]["heading"], "")
            note(session, seen.viewer.login, "columns_learnt", seen.here, seen.now, said=[], forgotten=1)
            return
        for heading, said in learnt.items():
            remember_column(session, seen.here, heading, said)
        if learnt:
            told = {"said": sorted(learnt.values()), "forgotten": 0}
            note(session, seen.viewer.login, "columns_learnt", seen.here, seen.now, **told)
        cards = form.get("cmnd") == "co"
        if cards != (setting(session, seen.here, OLD_CARDS_SETTING) == "yes"):
            allow_old_cards(session, seen.here, cards)
            note(session, seen.viewer.login, "old_cards_allowed", seen.here, seen.now, allowed=cards)

    await seen.home.db.awrite(store)
    begin(request, seen, upload, COLUMNS, settled=not forgotten)
    return go(f"/danh-sach/tep/{upload.key}")


# --- Step 3: check -------------------------------------------------------------------------------------


@router.get(HERE + "/kiem-tra")
def check_page(request: Request, seen: Doing, upload: Mine) -> Response:
    """Rows that cannot be taken, what would change, what is suspicious, and a few people, masked."""
    stands, _ = where_it_stands(request, upload)
    if stands != "check" or upload.report is None:
        return go(f"/danh-sach/tep/{upload.key}")
    _, lacks = list_report.wanting(upload.sheets, upload.nq418)
    page: dict[str, Any] = {"upload": upload, "found": upload.report, "lacks": lacks}
    used = {c["heading"] for s in upload.sheets if s["table"] for c in s["choices"][0]["columns"] if c["used"]}
    page["columns"] = len(used)
    page["same_day"] = upload.day == words.local(seen.now).date()
    return render(request, "list_check.html", seen, at="lists", **page)


@router.post(HERE + "/ban-danh-dau")
def marked(request: Request, seen: Doing, upload: Mine) -> Response:
    """The sheet with its bad cells marked. It is made now, handed over once, and left nowhere."""
    home, running, key = seen.home, running_of(request), f"marked:{upload.commune}"
    task = running.state(key)
    if task is None or task.about != upload.key or task.state in ("failed", "stopped"):

        def work(progress: Progress) -> bytes:
            return marked_copy(home, upload, progress)

        task = running.start(key, seen.viewer.name, seen.now, work, upload.key)
    if not task.wait(MARKING_WAIT):
        return render(request, "list_marking.html", seen, at="lists", upload=upload)
    body = task.result
    running.forget(key)
    if task.state != "done":
        raise BadInput(task.trouble or HALTED)
    rows = upload.report["rejected"] if upload.report else 0
    home.db.write(lambda s: note(s, seen.viewer.login, "list_exported", seen.here, seen.now, rows=rows))
    return take_away(body, "danh-sach-can-sua.xlsx")


# --- Step 4: take in -----------------------------------------------------------------------------------


@router.post(HERE + "/nhan")
def take_in(request: Request, seen: Doing, upload: Mine, chac: Annotated[str, Form()] = "") -> Response:
    """Begin to take in exactly what was shown; where the register has moved on since, check again instead."""
    path = f"/danh-sach/tep/{upload.key}"
    stands, _ = where_it_stands(request, upload)
    if stands != "check" or upload.report is None:
        return go(path)
    if upload.report["suspicious"] and chac != "co":
        raise BadInput("Danh sách này có điều đáng ngờ. Hãy đọc kỹ ô cảnh báo và đánh dấu xác nhận trước khi nhận.")
    if upload.report["standing"] != list_report.standing_of(seen.home, seen.here):
        begin(request, seen, upload, COLUMNS, notice=STALE)
        return go(path)
    begin(request, seen, upload, TAKE_IN)
    return go(path)
