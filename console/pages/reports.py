"""Báo cáo: look at a period, close it, take it away; and what a commune or a province sets for its reports."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from sqlmodel import Session

from campaigns.reports import closing
from campaigns.reports import form as forms
from campaigns.reports.figures import Report
from campaigns.reports.files import to_meeting_pdf
from campaigns.reports.periods import keys_until, period
from campaigns.reports.province import province_report
from campaigns.reports.reports import report, write
from campaigns.reports.rules import PARTS, ROUTED, province_words, rules_of, set_rules
from campaigns.tables import ReportForm
from console import words
from console.web import Missing, Seen, do, go, render, see, take_away
from register.apart import run_apart
from register.audit import declare, note
from register.errors import BadInput
from register.tables import Unit
from register.units import setting

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("reports"))]
Doing = Annotated[Seen, Depends(do("reports"))]
Province = Annotated[Seen, Depends(see("province"))]
Steering = Annotated[Seen, Depends(do("province"))]
Text = Annotated[str, Form()]
Upload = Annotated[UploadFile | None, File()]
CHOICES = {"month": 12, "half": 3, "year": 2}  # periods that can be chosen
FILES = {
    "docx": "Word",
    "pdf": "PDF",
    "xlsx": "Excel",
    "json": "dữ liệu JSON",
}
NAMED = re.compile(r"(20\d\d(?:-[H\d]\d)?)(?:-(btxh|ncc|asxh))?(?:-(hop|mau))?\.(docx|pdf|xlsx|json)")
declare("report_rules", "what")


@router.get("/bao-cao")
def reports(request: Request, seen: Viewing, thang: str = "", phan: str = "", tinh: str = "") -> Response:
    """One period (``thang``: 2026-11, 2026-H1, 2026; default this month) and part (``phan``), and the files.

    ``tinh=lai``: a closed period with what is known now, beside what was closed; files hold what was closed.
    """
    with seen.home.db.read() as session:
        rules = rules_of(session, seen.commune or Unit(code=seen.here, kind="commune", name=""))
        keys = _periods(seen, rules.closing_day)
        chosen = thang or keys[0][0]
        one = _checked(chosen)
        made = standing = report(session, seen.here, chosen, seen.now, _part(phan))
        if tinh == "lai" and standing.version:
            made = report(session, seen.here, chosen, seen.now, phan, anew=True)
        page: dict[str, Any] = {
            "standing": standing,
            "versions": closing.versions(session, seen.here, chosen),
            "over": closing.is_over(period(chosen, rules.closing_day), seen.now),
            "form": _form_of(session, seen.here),
        }
    page |= {"report": made, "chosen": chosen, "months": keys, "files": FILES, "one": one}
    page |= {"part": phan, "parts": [(key, part.label) for key, part in PARTS.items()]}
    return render(request, "reports.html", seen, at="reports", **page)


@router.get("/bao-cao/cai-dat")
def own_settings(request: Request, seen: Viewing) -> Response:
    """What this commune's reports go by."""
    return _settings(request, seen, seen.here, "/bao-cao/cai-dat")


@router.post("/bao-cao/cai-dat")
async def change_own(request: Request, seen: Doing) -> Response:
    return await _change(request, seen, seen.here, "/bao-cao/cai-dat")


@router.post("/bao-cao/mau")
def own_form(seen: Doing, tep: Upload = None, o: Text = "", bo: Text = "") -> Response:
    return _keep_form(seen, seen.here, tep, o, bo, "/bao-cao/cai-dat")


@router.post("/bao-cao/chot")
def close(seen: Doing, ky: Text = "", ly_do: Text = "") -> Response:
    """Close a period that is over; with a reason once more."""
    _checked(ky)
    seen.home.db.write(lambda s: closing.close(s, seen.here, ky, seen.viewer.login, seen.now, ly_do))
    return go("/bao-cao", "da-chot", thang=ky)


@router.get("/bao-cao/{name}")
def download(name: str, seen: Viewing) -> Response:
    """bao-cao/2026-11.docx, 2026-11-btxh.pdf, 2026-11-hop.pdf (the meeting), 2026-11-mau.xlsx (the province's form).

    The file's name says period and unit, nothing of a person. Who may close takes away closed figures.
    """
    key, part, how, suffix = _named(name)
    if seen.may("reports"):
        seen.home.db.write(lambda s: closing.close_if_over(s, seen.here, key, seen.viewer.login, seen.now))
    with seen.home.db.read() as session:
        made = report(session, seen.here, key, seen.now, part)
        form = _form_of(session, seen.here)
    return _file(seen, made, how, suffix, form)


# --- The province ---------------------------------------------------------------------------------


@router.get("/cac-xa/bao-cao")
def province_settings(request: Request, seen: Province) -> Response:
    """What the communes of a province go by that have set nothing, and the province's reports."""
    return _settings(request, seen, _province(seen), "/cac-xa/bao-cao")


@router.post("/cac-xa/bao-cao")
async def change_province(request: Request, seen: Steering) -> Response:
    return await _change(request, seen, _province(seen), "/cac-xa/bao-cao")


@router.post("/cac-xa/mau")
def province_form(seen: Steering, tep: Upload = None, o: Text = "", bo: Text = "") -> Response:
    return _keep_form(seen, _province(seen), tep, o, bo, "/cac-xa/bao-cao")


@router.get("/cac-xa/bao-cao/{name}")
def download_province(name: str, seen: Province) -> Response:
    """The same files for the whole province."""
    key, part, how, suffix = _named(name)
    with seen.home.db.read() as session:
        made = province_report(session, _province(seen), key, seen.now, part)
        form = session.get(ReportForm, made.commune)
    return _file(seen, made, how, suffix, form)


def _province(seen: Seen) -> str:
    """The viewer's own province, or that of the commune looked at."""
    code = seen.viewer.unit if seen.viewer.role == "province" else seen.commune and seen.commune.parent
    if not code:
        raise Missing
    return code


# --- Settings and forms ---------------------------------------------------------------------------


def _settings(request: Request, seen: Seen, unit: str, path: str) -> Response:
    of_province = len(unit) == 2
    with seen.home.db.read() as session:
        place = session.get(Unit, unit)
        if place is None:
            raise Missing
        keys = ("closing_day", "target", *(f"{what}_{part}" for part in ROUTED for what in ("quota", "to")))
        own = {key: setting(session, unit, f"report_{key}") for key in keys}
        rules, form = rules_of(session, place), session.get(ReportForm, unit)
        names = {} if of_province else forms.names(report(session, unit, _now(seen), seen.now))
    page = {"own": own, "rules": rules, "form": form, "names": names, "place": place, "path": path}
    page |= {"of_province": of_province, "may": seen.may("province" if of_province else "reports")}
    page |= {
        "parts": {key: PARTS[key].label for key in ROUTED},
        "files": FILES,
        "months": _periods(seen, rules.closing_day),
    }
    page["name"] = province_words(place.name) if of_province else words.inside(place.name)
    page |= {"form_path": "/cac-xa/mau" if of_province else "/bao-cao/mau"}
    return render(request, "report_settings.html", seen, at="province" if of_province else "reports", **page)


async def _change(request: Request, seen: Seen, unit: str, path: str) -> Response:
    said = {key: str(value) for key, value in (await request.form()).items()}
    quotas, to = ({part: said.get(f"{what}_{part}", "") for part in ROUTED} for what in ("chi_tieu", "noi_nhan"))

    def store(session: Session) -> None:
        set_rules(session, unit, said.get("ngay_chot", ""), said.get("phan_tram", ""), quotas, to)
        note(session, seen.viewer.login, "report_rules", unit, seen.now, what="rules")

    await seen.home.db.awrite(store)
    return go(path, "da-luu")


def _keep_form(seen: Seen, unit: str, file: UploadFile | None, cells: str, drop: str, path: str) -> Response:
    """Keep a form after it was filled once for trial; a wrong one is refused with the cell that is wrong."""
    template = file.file.read(forms.MOST_BYTES + 1) if file is not None else b""
    listed = forms.read_cells(cells[: 40 * forms.MOST_MAPPED])
    with seen.home.db.read() as session:
        standing = session.get(ReportForm, unit)
        template = template or (standing.template if standing else b"")
        if not drop and not template:
            raise BadInput("Hãy chọn tệp mẫu biểu .xlsx.")
        making = province_report if len(unit) == 2 else report
        made = None if drop else making(session, unit, _now(seen), seen.now)
    if made is not None:
        run_apart(forms.fill, template, listed, made)
    name = re.sub(r"[^\w .-]", "", (file.filename or "") if file is not None else "")[:60]

    def store(session: Session) -> None:
        row = session.get(ReportForm, unit)
        if drop:
            if row is not None:
                session.delete(row)
        else:
            kept = row or ReportForm(unit=unit, name="", template=b"", by="", at=seen.now)
            kept.name, kept.template, kept.cells = name or kept.name, template, listed
            kept.by, kept.at = seen.viewer.login, seen.now
            session.add(kept)
        note(session, seen.viewer.login, "report_rules", unit, seen.now, what="form")

    seen.home.db.write(store)
    return go(path, "da-luu")


def _form_of(session: Session, commune: str) -> ReportForm | None:
    """The commune's own form, else its province's."""
    unit = session.get(Unit, commune)
    return session.get(ReportForm, commune) or (session.get(ReportForm, unit.parent) if unit and unit.parent else None)


# --- Names and files ------------------------------------------------------------------------------


def _file(seen: Seen, made: Report, how: str, suffix: str, form: ReportForm | None) -> Response:
    what = "".join(f"-{piece}" for piece in (made.part, how) if piece)
    name = f"bao-cao-{made.commune}-{made.period}{what}.{suffix}"
    if how == "mau":
        if form is None or suffix != "xlsx":
            raise Missing
        return take_away(run_apart(forms.fill, form.template, form.cells, made), name)
    if how == "hop" and suffix != "pdf":
        raise Missing
    with TemporaryDirectory(dir=seen.home.path / "reports") as folder:
        file = Path(folder) / f"report.{suffix}"
        (to_meeting_pdf if how == "hop" else write)(made, file)
        return take_away(file.read_bytes(), name)


def _named(name: str) -> tuple[str, str, str, str]:
    """(period, part, how, suffix) of a file's name; Missing for another."""
    found = NAMED.fullmatch(name)
    if not found:
        raise Missing
    _checked(found[1])
    return found[1], found[2] or "", found[3] or "", found[4]


def _checked(key: str) -> Any:
    try:
        return period(key)
    except BadInput:
        raise Missing from None


def _part(key: str) -> str:
    if key not in PARTS:
        raise Missing
    return key


def _now(seen: Seen) -> str:
    return f"{words.local(seen.now):%Y-%m}"


def _periods(seen: Seen, closing_day: int) -> list[tuple[str, str]]:
    today = words.local(seen.now).date()
    keys = [key for kind, number in CHOICES.items() for key in keys_until(today, kind, number, closing_day)]
    return [(key, (label := period(key).label)[:1].upper() + label[1:]) for key in keys]
