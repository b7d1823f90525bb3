"""Administrative units: 34 provinces and 3.321 communes, keyed by their official code, never by a name.

Source: package ``vietnam-provinces`` (QĐ 19/2025/QĐ-TTg), overlaid with what changed since: ``units.yaml`` beside this
file, and one of the same form that IT may put into the home. A change renames or reclassifies a unit from its day on;
the code stays, and with it hamlets, people and figures. Hamlets have no national code and get local ids.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from database import Database, insert_new, upsert
from register.errors import BadInput
from register.tables import Person, Source, Unit, UnitSetting
from register.words import fold

UNITS = 34 + 3_321
SHIPPED = Path(__file__).with_name("units.yaml")
_COMMUNE_NAME = re.compile(r"(Xã|Phường|Đặc khu) \S")


@dataclass(frozen=True)
class Change:
    """A unit's official name from a day on, and the document that says so."""

    code: str
    name: str
    day: date
    document: str


def read_changes(file: Path) -> list[Change]:
    """The changes of an overlay file, the oldest first. BadInput with one sentence when it is not of the form."""
    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8")) or []
    except (OSError, ValueError, yaml.YAMLError):
        raise _wrong(file, "không đọc được, hãy ghi theo mẫu register/units.yaml") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _wrong(file, "phải là một danh sách các mục from, document, names")
    changes = [change for entry in entries for change in _changes(file, entry)]
    return sorted(changes, key=lambda change: change.day)


def _changes(file: Path, entry: dict[str, Any]) -> Iterable[Change]:
    day, names = entry.get("from"), entry.get("names")
    if type(day) is not date:
        raise _wrong(file, "mỗi mục phải có from là ngày có hiệu lực, ví dụ 2026-04-30")
    if not isinstance(names, dict) or not names:
        raise _wrong(file, "mỗi mục phải có names: mã trong dấu ngoặc kép và tên mới")
    for code, name in names.items():
        if not isinstance(code, str) or not re.fullmatch(r"\d{2}|\d{5}", code):
            raise _wrong(file, f"mã {code} phải là 2 hoặc 5 chữ số, đặt trong dấu ngoặc kép")
        if not isinstance(name, str) or not name.strip():
            raise _wrong(file, f"mã {code} chưa có tên mới")
        name = _clean(name)
        if len(code) == 5 and not _COMMUNE_NAME.match(name):
            raise _wrong(file, f"tên của mã {code} phải bắt đầu bằng Xã, Phường hoặc Đặc khu")
        yield Change(code, name, day, str(entry.get("document") or ""))


def _wrong(file: Path, what: str) -> BadInput:
    return BadInput(f"Tệp đơn vị hành chính {file.name}: {what}.")


def _clean(name: str) -> str:
    """The name without doubled spaces, NFC."""
    return unicodedata.normalize("NFC", " ".join(name.split()))


def names_on(day: date, changes: Iterable[Change]) -> dict[str, str]:
    """The names that these changes had brought by this day, by code."""
    return {change.code: change.name for change in changes if change.day <= day}


def load_units(db: Database, day: date, own: Path | None = None) -> int:
    """Store provinces and communes once, and give them the names of this day. Returns how many stand.

    ``own``: the overlay file of this home, if there is one; it speaks after the shipped one.
    """
    changes = read_changes(SHIPPED)
    if own is not None and own.exists():
        changes += read_changes(own)
    names = names_on(day, changes)
    count = select(func.count()).select_from(Unit).where(col(Unit.kind).in_(["province", "commune"]))
    with db.read() as session:
        standing = session.exec(count).one()
        known = dict(session.exec(select(Unit.code, Unit.name).where(col(Unit.code).in_(names))).all())
    if standing < UNITS:
        return db.write(lambda session: _store_all(session, names))
    if strange := sorted(set(names) - set(known)):
        raise BadInput(f"Tệp đơn vị hành chính units.yaml: không có đơn vị nào mang mã {strange[0]}.")
    renamed = {code: name for code, name in names.items() if known[code] != name}
    if renamed:
        db.write(lambda session: _rename(session, renamed))
    return standing


def _shipped() -> list[tuple[str, str, str, str | None]]:
    """(code, kind, name, parent) of the package, provinces first."""
    from vietnam_provinces import Province, Ward  # slow to load, and needed once

    provinces = [(f"{p.code:02d}", "province", p.name, None) for p in Province.iter_all()]
    return provinces + [(f"{w.code:05d}", "commune", w.name, f"{w.province_code:02d}") for w in Ward.iter_all()]


def look_up(words: str, day: date) -> list[tuple[str, str]]:
    """(code, "Phường Phan Thiết, Tỉnh Lâm Đồng") of the communes whose name and province hold all these words.

    Accents and letter case do not matter. No database is asked: it is the first question of a new installation.
    """
    names = names_on(day, read_changes(SHIPPED))
    units = {code: (kind, names.get(code) or _clean(name), parent) for code, kind, name, parent in _shipped()}
    full = {
        code: f"{name}, {units[parent][1]}"
        for code, (kind, name, parent) in units.items()
        if kind == "commune" and parent
    }
    wanted = fold(words).split()
    return sorted((code, name) for code, name in full.items() if set(wanted) <= set(fold(name).split()))


def _store_all(session: Session, names: dict[str, str]) -> int:
    units = _shipped()
    if strange := sorted(set(names) - {code for code, *_ in units}):
        raise BadInput(f"Tệp đơn vị hành chính units.yaml: không có đơn vị nào mang mã {strange[0]}.")
    rows = [
        {"code": code, "kind": kind, "name": names.get(code) or _clean(name), "parent": parent}
        for code, kind, name, parent in units
    ]
    insert_new(session, Unit, rows, ["code"])  # provinces first: communes refer to them
    return len(rows)


def _rename(session: Session, names: dict[str, str]) -> None:
    for code, name in names.items():
        session.execute(update(Unit).where(col(Unit.code) == code).values(name=name))


def commune_of(session: Session, code: str) -> Unit:
    """The commune with this code, or BadInput."""
    unit = session.get(Unit, code)
    if unit is None or unit.kind != "commune":
        raise BadInput(f"Không có xã, phường nào mang mã {code}. Tìm mã: tungnha register communes TÊN")
    return unit


def newest_lists(session: Session, communes: Iterable[str]) -> dict[str, date]:
    """The as-of day of each commune's newest list; a commune without one is not there."""
    lists = select(Source.commune, func.max(Source.as_of)).where(Source.kind == "list")
    rows = session.exec(lists.where(col(Source.commune).in_(list(communes))).group_by(col(Source.commune)))
    return {str(commune): day for commune, day in rows}


def hamlets_of(session: Session, commune: str) -> list[Unit]:
    """The commune's hamlets in the order of their ids."""
    return list(
        session.exec(select(Unit).where(Unit.parent == commune, Unit.kind == "hamlet").order_by(col(Unit.code))).all()
    )


def hamlet_named(session: Session, commune: str, name: str) -> str:
    """The id of the hamlet with this name (letter case and spaces do not matter), made when new: 22945-01."""
    wanted = " ".join(name.split())
    standing = hamlets_of(session, commune)
    for unit in standing:
        if unit.name.casefold() == wanted.casefold():
            return unit.code
    mine = Unit.metadata.tables["unit"]  # also those that come with a list just now and are not seen yet
    below = session.execute(select(func.count()).select_from(mine).where(mine.c.parent == commune)).scalar_one()
    code = f"{commune}-{below + 1:02d}"
    session.add(Unit(code=code, kind="hamlet", name=wanted, parent=commune))
    session.flush()
    return code


def add_hamlets(session: Session, commune: str, hamlets: Mapping[str, str], kind: str = "hamlet") -> None:
    """The new hamlets of a list (code → name), by the codes that were drawn when it began to come in.

    BadInput: somebody made one of these codes since.
    """
    unit = Unit.metadata.tables["unit"]
    if session.execute(select(unit.c.code).where(unit.c.code.in_(list(hamlets))).limit(1)).first():
        raise BadInput("Có người vừa thêm khu dân cư ở đây. Chưa lưu gì; hãy nhập lại danh sách.")
    rows = [{"code": code, "kind": kind, "name": name, "parent": commune} for code, name in hamlets.items()]
    session.execute(unit.insert(), rows)


def setting(session: Session, unit: str, key: str, default: str = "") -> str:
    """What the commune filled in under ``key``, e.g. ``landline``."""
    row = session.get(UnitSetting, (unit, key))
    return row.value if row else default


def settings_of(session: Session, unit: str, *keys: str) -> dict[str, str]:
    """Several of them at once; what was not filled in is not there."""
    mine = select(UnitSetting.key, UnitSetting.value).where(UnitSetting.unit == unit, col(UnitSetting.key).in_(keys))
    return dict(session.exec(mine).all())


@dataclass(frozen=True)
class Office:
    """Where help is found. Each is "" while it is not filled in."""

    address: str  # "12 đường Trần Hưng Đạo"
    hours: str  # "7 giờ 30 đến 17 giờ, thứ Hai đến thứ Sáu"
    phone: str  # the landline
    hamlet_head: str

    @property
    def at(self) -> str:
        """What follows the name of the office: " (12 đường Trần Hưng Đạo)"."""
        return f" ({self.address})" if self.address else ""

    @property
    def lines(self) -> str:
        """ " Giờ tiếp dân: … Điện thoại: …", each only where it is known."""
        hours = f" Giờ tiếp dân: {self.hours}." if self.hours else ""
        return hours + (f" Điện thoại: {self.phone}." if self.phone else "")


def office_of(session: Session, commune: str) -> Office:
    """Where a citizen asks, calls back, goes to; who is told on the spot."""
    own = settings_of(session, commune, "office_address", "office_hours", "landline", "hamlet_head")
    return Office(
        own.get("office_address", ""),
        own.get("office_hours", ""),
        own.get("landline", ""),
        own.get("hamlet_head", "trưởng khu dân cư"),
    )


def set_setting(session: Session, unit: str, key: str, value: str) -> None:
    """Fill in, or replace, a commune's own value; an empty one takes it away."""
    if not value:
        session.execute(delete(UnitSetting).where(col(UnitSetting.unit) == unit, col(UnitSetting.key) == key))
        return
    upsert(session, UnitSetting, [{"unit": unit, "key": key, "value": value}], ["unit", "key"])


def the_commune(session: Session, code: str | None) -> str:
    """The commune that is meant: the given code, or the only one that has people. BadInput else."""
    if code is not None:
        return commune_of(session, code).code
    with_people = list(session.exec(select(Person.commune).distinct().limit(2)).all())
    if len(with_people) != 1:
        raise BadInput("Hãy thêm --commune MÃ (5 chữ số): dữ liệu chưa có người, hoặc có nhiều xã.")
    return with_people[0]
