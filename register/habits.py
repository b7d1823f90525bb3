"""Habits: how one commune keeps its lists, learnt once and heeded ever after.

Three places add wording to the built-in aliases, the last one wins:
1. ``columns.yaml`` in the home, for the commune's IT: a meaning and the headings that have it
   (``asxh: ["Ví an sinh", "TK hưởng trợ cấp"]``), for every commune of this installation;
2. the province's and 3. the commune's own settings ``column:<heading>``, which a corrected guess writes.
The setting ``old_cards`` (``yes``) lets a CMND of nine digits stand for the citizen id.
"""

from __future__ import annotations

import yaml
from sqlmodel import Session, col, select

from register.aliases import MEANINGS
from register.errors import BadInput
from register.home import Home
from register.listed import Habits
from register.tables import UnitSetting
from register.units import commune_of, set_setting, setting
from register.words import fold

COLUMNS_FILE = "columns.yaml"
COLUMN_SETTING = "column:"
OLD_CARDS_SETTING = "old_cards"


def habits(home: Home, commune: str) -> Habits:
    """How this commune keeps its lists. BadInput when the home's file cannot be read or the commune is none."""
    own = _of_the_home(home)
    with home.db.read() as session:
        parent = commune_of(session, commune).parent
        for unit in (parent, commune):
            rows = select(UnitSetting).where(UnitSetting.unit == unit, col(UnitSetting.key).startswith(COLUMN_SETTING))
            own |= {row.key.removeprefix(COLUMN_SETTING): row.value for row in session.exec(rows).all()}
        return Habits(own, setting(session, commune, OLD_CARDS_SETTING) == "yes")


def remember_column(session: Session, commune: str, heading: str, said: str) -> None:
    """Remember what a heading means in this commune's lists; "" forgets it, "ignored" leaves the column out."""
    if said and said not in MEANINGS:
        raise BadInput(f"Không có loại cột “{said}”. Hãy chọn một loại trong danh sách.")
    if not fold(heading):
        raise BadInput("Cột không có tiêu đề thì không ghi nhớ được. Hãy đặt tiêu đề cho cột rồi nhập lại.")
    set_setting(session, commune, COLUMN_SETTING + fold(heading), said)


def allow_old_cards(session: Session, commune: str, allowed: bool) -> None:
    """Whether a CMND of nine digits may stand for the citizen id in this commune's lists."""
    set_setting(session, commune, OLD_CARDS_SETTING, "yes" if allowed else "")


def _of_the_home(home: Home) -> dict[str, str]:
    """The headings of the home's own file, folded, and what they mean."""
    file = home.path / COLUMNS_FILE
    if not file.is_file():
        return {}
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        pairs = [(str(heading), str(said)) for said, headings in told.items() for heading in headings]
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, TypeError):
        raise BadInput(f'Tệp {COLUMNS_FILE} chưa đúng. Mẫu một dòng: asxh: ["Ví an sinh"]') from None
    wrong = {said for _, said in pairs} - set(MEANINGS)
    if wrong:
        raise BadInput(f"Tệp {COLUMNS_FILE} có loại cột không biết: {', '.join(sorted(wrong))}.")
    return {fold(heading): said for heading, said in pairs}
