"""Administrative units: 34 provinces and 3.321 communes, keyed by their official code.

Source: package ``vietnam-provinces`` (QĐ 19/2025/QĐ-TTg), overlaid with what changed since; hamlets have
no national code and get local ids.
"""

from __future__ import annotations

import unicodedata

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from database import Database, insert_new, upsert
from register.errors import BadInput
from register.tables import Person, Unit, UnitSetting

# Changes after the package's data, by code: new official name. NQ 30/2026/QH16: thành phố Đồng Nai from
# 30/4/2026. The ten communes that 237/NQ-UBTVQH16 made phường on that day keep their codes; their names
# are to be added here once the text is at hand.
RENAMED = {"75": "Thành phố Đồng Nai"}


def _name(code: str, name: str) -> str:
    """The official name: today's, without doubled spaces, NFC."""
    return RENAMED.get(code) or unicodedata.normalize("NFC", " ".join(name.split()))


def load_units(db: Database) -> int:
    """Store provinces and communes once. Returns how many units of these kinds stand now."""
    count = select(func.count()).select_from(Unit).where(col(Unit.kind).in_(["province", "commune"]))
    with db.read() as session:
        standing = session.exec(count).one()
    if standing >= 3_355:
        return standing
    from vietnam_provinces import Province, Ward

    provinces = [
        {"code": f"{p.code:02d}", "kind": "province", "name": _name(f"{p.code:02d}", p.name), "parent": None}
        for p in Province.iter_all()
    ]
    communes = [
        {
            "code": f"{w.code:05d}",
            "kind": "commune",
            "name": _name(f"{w.code:05d}", w.name),
            "parent": f"{w.province_code:02d}",
        }
        for w in Ward.iter_all()
    ]

    def store(session: Session) -> int:
        insert_new(session, Unit, provinces, ["code"])
        insert_new(session, Unit, communes, ["code"])
        return session.exec(count).one()

    return db.write(store)


def commune_of(session: Session, code: str) -> Unit:
    """The commune with this code, or BadInput."""
    unit = session.get(Unit, code)
    if unit is None or unit.kind != "commune":
        raise BadInput(f"Không có xã, phường nào mang mã {code}. Mã gồm 5 chữ số, ví dụ 22945.")
    return unit


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
    code = f"{commune}-{len(standing) + 1:02d}"
    session.add(Unit(code=code, kind="hamlet", name=wanted, parent=commune))
    session.flush()
    return code


def setting(session: Session, unit: str, key: str, default: str = "") -> str:
    """What the commune filled in under ``key``, e.g. ``landline``."""
    row = session.get(UnitSetting, (unit, key))
    return row.value if row else default


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
