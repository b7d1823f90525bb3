"""Small writers of .xls (BIFF8 in a compound file), .ods and Excel 2003's XML, for the test lists."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Sheets = Mapping[str, Sequence[Sequence[Any]]]
SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
DATE_FORMAT = 1  # index of the cell format (XF) that shows a date


def write_xls(file: Path, sheets: Sheets) -> None:
    """Write sheets as Excel 97 did. Cells: text, number, date, None."""
    bodies = [_sheet(rows) for rows in sheets.values()]
    head = _bof(0x0005) + _record(0x0042, struct.pack("<H", 1200))
    formats = b"".join(
        _record(0x00E0, struct.pack("<HHHBBBBIIH", 0, form, 1, 32, 0, 0, 0, 0, 0, 0)) for form in (0, 14)
    )
    names = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name in sheets]
    at = len(head) + len(formats) + sum(4 + 6 + len(name) for name in names) + 4
    book = head + formats
    for name, body in zip(names, bodies, strict=True):
        book += _record(0x0085, struct.pack("<IBB", at, 0, 0) + name)
        at += len(body)
    _compound(file, book + _record(0x000A, b"") + b"".join(bodies))


def write_locked_xls(file: Path) -> None:
    """Write what an .xls behind a password begins with: all after FILEPASS is scrambled."""
    scrambled = _bof(0x0005) + _record(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(48)) + bytes(range(256)) * 20
    _compound(file, scrambled)


def write_locked_xlsx(file: Path) -> None:
    """Write an .xlsx behind a password: a compound file around an encrypted package."""
    _compound(file, bytes(range(256)) * 20, "EncryptedPackage")


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _bof(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    width = max((len(row) for row in rows), default=0)
    cells = _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, date):
                days = float((value - date(1899, 12, 30)).days)
                cells += _record(0x0203, struct.pack("<HHHd", r, c, DATE_FORMAT, days))
            elif isinstance(value, (int, float)):
                cells += _record(0x0203, struct.pack("<HHHd", r, c, 0, float(value)))
            elif value:
                text = str(value).encode("utf-16-le")
                cells += _record(0x0204, struct.pack("<HHHHB", r, c, 0, len(text) // 2, 1) + text)
    return _bof(0x0010) + cells + _record(0x000A, b"")


def _compound(file: Path, stream: bytes, name: str = "Workbook") -> None:
    """One stream in a compound file: header, allocation table, directory, data."""
    stream += b"\0" * max(0, 4096 - len(stream))
    stream += b"\0" * (-len(stream) % SECTOR)
    sectors = len(stream) // SECTOR
    assert sectors + 2 <= SECTOR // 4, "a test list is small"
    table = [FAT, END, *range(3, sectors + 2), END]
    table += [FREE] * (SECTOR // 4 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    directory = _entry("Root Entry", 5, END, 0, child=1) + _entry(name, 2, 2, len(stream))
    directory += bytes(SECTOR - len(directory))
    file.write_bytes(header + struct.pack("<128I", *table) + directory + stream)


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    return (
        text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, FREE, FREE, child)
        + bytes(36) + struct.pack("<IQ", start, size)
    )  # fmt: skip


def write_ods(file: Path, sheets: Sheets) -> None:
    """Write sheets as LibreOffice does. Cells: text, number, date, None."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join(f"<table:table-row>{''.join(_ods_cell(cell) for cell in row)}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    with zipfile.ZipFile(file, "w") as parts:
        for name, text in (("mimetype", kind), ("content.xml", content), ("META-INF/manifest.xml", manifest)):
            parts.writestr(zipfile.ZipInfo(name, (2026, 11, 23, 8, 0, 0)), text)


def _ods_cell(value: Any) -> str:
    if value in (None, ""):
        return "<table:table-cell/>"
    if isinstance(value, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
    if isinstance(value, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'


def write_xml(file: Path, sheets: Sheets, hidden: str = "") -> None:
    """Write sheets as Excel 2003's XML. An empty cell and an empty row are left out, what follows has an index."""
    parts = [
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel">'
        "<DocumentProperties><Title>Danh sách</Title></DocumentProperties>"
    ]
    for name, rows in sheets.items():
        parts.append(f"<Worksheet ss:Name={quoteattr(name)}><Table>")
        for r, row in enumerate(rows, 1):
            cells = "".join(_xml_cell(c, value) for c, value in enumerate(row, 1) if value not in (None, ""))
            parts.append(f'<Row ss:Index="{r}">{cells}</Row>' if cells else "")
        seen = "SheetHidden" if name == hidden else "SheetVisible"
        parts.append(f"</Table><WorksheetOptions><x:Visible>{seen}</x:Visible></WorksheetOptions></Worksheet>")
    file.write_text("".join([*parts, "</Workbook>"]), encoding="utf-8")


def _xml_cell(column: int, value: Any) -> str:
    if isinstance(value, date):
        kind, text = "DateTime", f"{value.isoformat()}T00:00:00.000"
    elif isinstance(value, (int, float)):
        kind, text = "Number", repr(value)
    else:
        kind, text = "String", escape(str(value))
    return f'<Cell ss:Index="{column}"><Data ss:Type="{kind}">{text}</Data></Cell>'
