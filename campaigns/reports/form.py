"""A province's own spreadsheet, filled in: cells say themselves what they want ({{a.numerator}}), or a list does.

    {{a.numerator}} {{a.denominator}} {{a.percent}}        A, paid by account; b: the ASXH account
    {{group.ncc.paid}} {{category.htxh.people}}            by register.categories; small cells stay hidden
    {{hamlet.3.label}} {{hamlet.3.paid}}                   the third line of the report's table; empty beyond its end
    Biểu 1!C7,a.numerator                                   a line of a CSV or YAML, for forms not to be written in

Nothing in the form is executed or followed: macros are refused, formulas and everything else stay as they are, and a
name that there is none of is a sentence with its cell, not a wrong figure.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import asdict
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_from_string
from openpyxl.utils.exceptions import CellCoordinatesException, InvalidFileException

from campaigns.reports.blocks import number
from campaigns.reports.figures import Report
from campaigns.reports.pages import PAYOUT_LABELS
from campaigns.reports.small_cells import COLUMNS, Line
from campaigns.results.figures import Ratio
from register.errors import BadInput
from register.words import safe

MOST_BYTES, MOST_UNPACKED = 2 * 2**20, 8 * 2**20  # of a form; unpacked: a bomb is refused before it is opened
MOST_CELLS = 20_000
MOST_MAPPED = 2_000
_PLACE = re.compile(r"\{\{\s*([a-z0-9_.]{1,60})\s*\}\}")
_LISTED = re.compile(r"(hamlet|commune)\.[1-9]\d{0,2}\.([a-z_]+)")
NOT_A_FORM = "Mẫu biểu phải là tệp Excel .xlsx, không quá 2 MB, không có macro."


def names(made: Report) -> dict[str, Any]:
    """Every figure by its name: counts, shares (floats from 0 to 1), texts."""
    found: dict[str, Any] = {
        "unit": made.commune_name, "code": made.commune, "province": made.province_name, "period": made.label,
        "year": made.year, "month": made.month, "as_of": f"{made.as_of:%d/%m/%Y}", "people": made.people,
        "target.percent": made.target_percent, "target.missing": made.target_missing, "came_in": made.came_in,
        "left": sum(made.left.values()), "cannot_have": made.cannot_have,
        "delegated.people": made.delegated.people, "delegated.confirmed": made.delegated.confirmed,
        "delegated.denied": made.delegated.denied, "delegated.unasked": made.delegated.unasked,
        "visits": sum(made.visits.values()), "difficulties": sum(made.difficulties.values()),
    }  # fmt: skip
    for name, ratio in (("a", made.paid), ("b", made.asxh)):
        found |= _ratio(name, ratio)
        if made.before:
            found |= _ratio(f"before.{name}", made.before.paid if name == "a" else made.before.asxh)
    found |= {f"payout.{key}": made.payout.get(key, 0) for key in PAYOUT_LABELS}
    found |= {f"sessions.{key}": count for key, count in made.sessions.items()}
    found |= {f"air.{key}": count for key, count in made.air.items()}
    for quota in made.quotas:
        found |= {f"quota.{quota.part}.{key}": value for key, value in asdict(quota).items() if key != "part"}
    for key, classes in zip(("eid2", "bank", "asxh"), made.classes, strict=True):
        found |= {f"{key}.{name}": value for name, value in asdict(classes).items() if name != "label"}
    for kind, lines in (("group", made.groups), ("category", made.categories)):
        for line in lines:
            found |= _line(f"{kind}.{line.code}", line)
    for number_, line in enumerate(made.hamlets, 1):
        found |= _line(f"hamlet.{number_}", line)
    for number_, one in enumerate(made.communes, 1):
        parts = {"label": one.name, "code": one.code, "percent": one.share, "missing": one.missing}
        parts |= {name: getattr(one, name) for name in ("people", "paid", "asxh", "can_have", "unknown")}
        found |= {f"commune.{number_}.{name}": value for name, value in parts.items()}
    return found


def fill(template: bytes, cells: dict[str, str], made: Report) -> bytes:
    """The form with its figures. BadInput for what is no form, or wants a figure that there is none of.

    In a child (register.apart): one merged range of two kilobytes claims seventeen billion cells.
    """
    book = _open(template)
    figures, mapped = names(made), dict(cells)
    for sheet in book.worksheets:
        if sheet.max_row * sheet.max_column > MOST_CELLS:
            raise BadInput(f"Mẫu biểu: trang “{sheet.title}” quá lớn. Hãy xóa các dòng, cột trống.")
        for row in sheet.iter_rows():
            for cell in row:
                wanted = mapped.pop(f"{sheet.title}!{cell.coordinate}", None)
                if wanted is not None and cell.data_type != "f":
                    _put(cell, _figure(figures, wanted, f"{sheet.title}!{cell.coordinate}"))
                elif isinstance(cell.value, str) and cell.data_type != "f" and "{{" in cell.value:
                    _fill(cell, figures, f"{sheet.title}!{cell.coordinate}")
    for where, wanted in mapped.items():  # cells beyond what the form has used yet
        title, _, coordinate = where.rpartition("!")
        if title not in book.sheetnames:
            raise BadInput(f"Mẫu biểu không có trang “{title}” (dòng {where}).")
        _put(book[title][coordinate], _figure(figures, wanted, where))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_cells(text: str) -> dict[str, str]:
    """A list of cells: lines ``Biểu 1!C7,a.numerator`` (CSV), or ``Biểu 1!C7: a.numerator`` (YAML). Else BadInput.

    Read line by line: what else those formats could say (anchors, merges) makes gigabytes of a few lines.
    """
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.lstrip("\ufeff").splitlines())):
        at = max(line.rfind(","), line.rfind(":"), 0)
        where, name = (part.strip(" \"'") for part in (line[:at], line[at + 1 :]))
        title, _, coordinate = where.rpartition("!")
        if not title or not _PLACE.fullmatch("{{" + name + "}}") or len(found) == MOST_MAPPED:
            raise BadInput(f"Bảng ô: dòng “{line[:40]}” chưa đúng. Hãy ghi như Biểu 1!C7,a.numerator")
        try:
            coordinate_from_string(coordinate)
        except (CellCoordinatesException, ValueError):
            raise BadInput(f"Bảng ô: “{where[:40]}” không phải là một ô. Hãy ghi như Biểu 1!C7.") from None
        found[f"{title}!{coordinate.replace('$', '')}"] = name
    return found


def _open(template: bytes) -> Any:
    """The workbook, after its outside was looked at: size, bombs, macros."""
    if len(template) > MOST_BYTES:
        raise BadInput(NOT_A_FORM)
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as packed:
            inside = packed.infolist()
        too_large = sum(one.file_size for one in inside) > MOST_UNPACKED
        if too_large or any("vbaproject" in one.filename.lower() for one in inside):
            raise BadInput(NOT_A_FORM)
        return load_workbook(io.BytesIO(template), keep_links=False)
    except (
        OSError,
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        SyntaxError,
    ):
        raise BadInput(NOT_A_FORM) from None


def _fill(cell: Any, figures: dict[str, Any], where: str) -> None:
    whole = _PLACE.fullmatch(cell.value.strip())
    if whole:
        _put(cell, _figure(figures, whole[1], where))
        return
    _put(cell, _PLACE.sub(lambda found: number(_plain(_figure(figures, found[1], where))), cell.value))


def _put(cell: Any, value: Any) -> None:
    cell.value = safe(value) if isinstance(value, str) else value
    if isinstance(value, float) and cell.number_format == "General":
        cell.number_format = "0.0%"


def _plain(value: Any) -> Any:
    return "" if value is None else value


def _figure(figures: dict[str, Any], name: str, where: str) -> Any:
    if name in figures:
        return figures[name]
    if (listed := _LISTED.fullmatch(name)) and listed[2] in LISTED:
        return None  # fewer hamlets than the form has rows
    kind, _, rest = name.partition(".")
    if kind in ("group", "category", "before", "quota") and rest.rpartition(".")[2] in LISTED:
        return 0 if kind in ("group", "category") else None  # nobody of this kind; nothing to compare with
    raise BadInput(f"Mẫu biểu, ô {where}: không có số liệu nào tên “{name}”.")


LISTED = frozenset({*COLUMNS, "label", "code", "percent", "missing", "unknown", "numerator", "denominator", "done",
                    "quota", "managed"})  # fmt: skip


def _ratio(name: str, ratio: Ratio) -> dict[str, Any]:
    parts = {"numerator": ratio.numerator, "denominator": ratio.denominator, "percent": ratio.share}
    return {f"{name}.{key}": value for key, value in (parts | ratio.evidence).items()}


def _line(name: str, line: Line) -> dict[str, Any]:
    shown = {column: getattr(line, column) for column in COLUMNS}
    told = isinstance(line.paid, int) and isinstance(line.people, int) and line.people
    share = int(line.paid) / int(line.people) if told else None
    return {f"{name}.{key}": value for key, value in (shown | {"label": line.label, "percent": share}).items()}
