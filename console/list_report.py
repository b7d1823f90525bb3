"""What a reading of a list came to, small enough for a page however large the file: counts, groups, a few rows."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlmodel import Session, col, func, select

from register.errors import BadInput
from register.glimpses import NEEDED
from register.habits import habits
from register.home import Home
from register.importing import Imported
from register.listed import Remark
from register.tables import AuditEvent, Source

PREVIEW_PEOPLE = 20
CHANGES = 50  # of single persons
PLACES, EXAMPLES = 40, 10  # rows named per group; where each row has words of its own
GROUPS = 40
MISSING = (  # what a list may lack, and what follows
    (("asxh",), "Tài khoản ASXH", "sẽ để là chưa rõ"),
    (("eid", "eid_level"), "Định danh mức 2", "sẽ để là chưa rõ"),
    (("bank", "account", "bank_name"), "Tài khoản ngân hàng", "sẽ để là chưa rõ"),
    (("birth", "male", "female", "birth_year"), "Ngày, năm sinh", "sẽ lấy năm ghi trong số định danh"),
    (("phone",), "Số điện thoại", "sẽ không có số máy nào mới"),
    (("hamlet", "address"), "Thôn, khu phố", "sẽ lấy theo tên trang hoặc dòng nhóm, nếu có"),
)


def report(imported: Imported, standing: list[Any], nq418: bool) -> dict[str, Any]:
    """The page's figures. ``standing``: see ``standing_of``."""
    difference = asdict(imported.difference)
    suspicious = difference.pop("suspicious")
    doubted = {(doubt["code"], doubt["message"]) for doubt in suspicious}
    warnings = [remark for remark in imported.warnings if (remark.code, remark.message) not in doubted]
    preview = Imported(list(imported.people[:PREVIEW_PEOPLE]), [], []).to_json(reveal=False)["people"]
    return {
        "people": len(imported.people), "new": imported.new, "changed": imported.changed, "left": imported.left,
        "rejected": len(imported.rejected), "warned": len(warnings),
        "rejected_groups": grouped(imported.rejected), "warning_groups": grouped(warnings),
        "old_cards": sum(remark.code == "id_cmnd" for remark in imported.rejected),
        "suspicious": suspicious[:GROUPS], "difference": difference, "preview": preview,
        "changes_of": [asdict(change) for change in imported.changes_of[:CHANGES]], "standing": standing,
        "no_nq418": not nq418 and bool(imported.people) and all(p.nq418 is None for p in imported.people),
    }  # fmt: skip


def for_keeping(found: dict[str, Any]) -> dict[str, Any]:
    """A report without the people it shows."""
    return {name: value for name, value in found.items() if name not in ("preview", "changes_of", "standing")}


def grouped(remarks: Iterable[Remark]) -> list[dict[str, Any]]:
    """Remarks of one kind together, the most frequent first: what to do, how many rows, where."""
    by_code: dict[str, list[Remark]] = defaultdict(list)
    for remark in remarks:
        by_code[remark.code].append(remark)
    groups = []
    for code, found in sorted(by_code.items(), key=lambda pair: -len(pair[1]))[:GROUPS]:
        same = all(remark.message == found[0].message for remark in found)
        shown = found[: PLACES if same else EXAMPLES]
        groups.append(
            {
                "code": code, "count": len(found), "more": len(found) - len(shown),
                "message": found[0].message if same else "", "places": _places(shown) if same else [],
                "examples": [] if same else [remark.to_json() for remark in shown],
            }
        )  # fmt: skip
    return groups


def _places(remarks: list[Remark]) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for remark in remarks:
        rows[remark.sheet[:80], remark.column[:80]].append(remark.row)
    return [{"sheet": sheet, "column": column, "rows": found} for (sheet, column), found in rows.items()]


# --- Columns -----------------------------------------------------------------------------------------


def wanting(sheets: list[dict[str, Any]], nq418: bool) -> tuple[bool, list[tuple[str, str]]]:
    """(whether a list was found at all, what it lacks and what follows from it)."""
    said = {
        column["said"]
        for sheet in sheets
        if sheet["table"] and not sheet["hidden"]
        for column in sheet["choices"][0]["columns"]
        if column["used"]
    }
    found = all(any(meaning in said for meaning in either) for either in NEEDED)
    lacks = [(label, then) for meanings, label, then in MISSING if not said & set(meanings)]
    return found, lacks


def unknown_headings(sheets: list[dict[str, Any]]) -> list[str]:
    """Headings of the list's own sheets that nobody understands, with something below them."""
    return [
        column["heading"]
        for sheet in sheets
        if sheet["table"] and not sheet["hidden"]
        for column in sheet["choices"][0]["columns"]
        if column["heading"] and not column["said"] and column["samples"] and len(column["heading"]) > 1
    ]


# --- Whether what was shown still holds --------------------------------------------------------------


def standing_of(home: Home, commune: str) -> list[Any]:
    """What a comparison was made against: the newest list, what imports changed, how columns are understood."""
    try:
        told = habits(home, commune)
    except BadInput:
        told = None
    digest = hashlib.sha256(repr(told and (sorted(told.columns.items()), told.old_cards)).encode()).hexdigest()
    with home.db.read() as session:
        newest = session.exec(select(func.max(Source.id)).where(Source.commune == commune)).one()
        imports = select(func.max(AuditEvent.id)).where(
            AuditEvent.action == "list_imported", AuditEvent.subject == commune
        )
        return [newest, session.exec(imports).one(), digest]


def imported_since(session: Session, commune: str, file_hash: str, since: Any) -> int | None:
    """The list that this very file became at or after a moment; None when nothing of it was stored."""
    events = select(AuditEvent).where(AuditEvent.action == "list_imported", AuditEvent.subject == commune)
    for event in session.exec(events.where(col(AuditEvent.at) >= since).order_by(col(AuditEvent.id).desc())).all():
        source = session.get(Source, event.detail["source"])
        if source is not None and source.file_hash == file_hash:
            return source.id
    return None
