"""Lời văn: what a commune, or its province, words otherwise than the shipped files. The files stay as they are.

    propose → waiting → approve (by a second person) → approved → replaced by the next one | withdrawn
                      → give_back                    → returned

There is one way to load: ``wording_of(session, commune)`` gives the approved words, a commune's before its province's;
they travel in ``Place.wording`` and ``content.library.message`` puts them in. A campaign's words are pinned when it is
approved (``pinned``), so that exactly what was looked at is sent, whatever is reworded meanwhile.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from content.check import Finding, check_lines
from content.library import Text, library
from content.message import Wording
from content.tables import TextEdit
from content.words import nfc
from register.audit import declare, note
from register.errors import BadInput, NotAllowed
from register.tables import Unit

MOST_LINES, MOST_LINE, MOST_NOTE = 20, 400, 300
# a line that keeps people safe, or says how to make sure, is not for rewording
_KEPT = re.compile(r"mật khẩu|otp|passcode|số tài khoản|đường link|chắc chắn|miễn phí", re.IGNORECASE)
declare("text_proposed", "version")
declare("text_approved", "version")
declare("text_returned", "version")
declare("text_withdrawn", "version")


def editable() -> dict[str, tuple[str, Text]]:
    """Every text that may be worded otherwise, by its key: what it is called, and the shipped text."""
    known, found = library(), dict[str, tuple[str, Text]]()
    for template in known.messages.values():
        found[template.key] = (template.title, template)
    for guide in known.guides.values():
        for number, step in enumerate(guide.steps, 1):
            found[step.key] = (f"{guide.title}, bước {number}", step)
    for answer in known.faq.values():
        found[answer.key] = (answer.title or answer.id, answer)
    return found


def hash_of(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def text_named(key: str) -> tuple[str, Text]:
    """The shipped text of this key; BadInput when there is none."""
    found = editable().get(key)
    if found is None:
        raise BadInput("Không có lời văn này.")
    return found


def kept_lines(text: Text) -> list[str]:
    """The lines that have to stay word for word."""
    return [line for line in text.lines if _KEPT.search(line)]


def read_lines(typed: str) -> tuple[str, ...]:
    """Lines as typed: one each, NFC, without empty ones."""
    return tuple(filter(None, (nfc(" ".join(line.split())) for line in typed.splitlines())))


def findings(key: str, lines: Sequence[str]) -> list[Finding]:
    """What `content check` says of the text with these lines, and what may not be left out."""
    _, text = text_named(key)
    if not lines or len(lines) > MOST_LINES or max(map(len, lines)) > MOST_LINE:
        return [Finding("error", key, f"cần từ 1 đến {MOST_LINES} dòng, mỗi dòng nhiều nhất {MOST_LINE} ký tự")]
    found = list(check_lines(key, text.model_copy(update={"lines": tuple(lines)}), library()))
    lost = [line for line in kept_lines(text) if line not in lines]
    return found + [Finding("error", key, f"phải giữ nguyên câu: “{line}”") for line in lost]


# --- What stands -------------------------------------------------------------------------------------


def wording_of(session: Session, commune: str) -> Wording:
    """The approved words of a commune, and of its province where the commune has none of its own."""
    unit = session.get(Unit, commune)
    units = [unit.parent, commune] if unit is not None and unit.parent else [commune]
    rows = session.exec(select(TextEdit).where(col(TextEdit.unit).in_(units), TextEdit.state == "approved")).all()
    said = {row.text: tuple(row.lines) for row in sorted(rows, key=lambda row: units.index(row.unit))}
    return tuple(sorted(said.items()))


def pinned(wording: Wording, names: Iterable[str]) -> dict[str, list[str]]:
    """The words of these texts as they stand now, for a campaign to keep."""
    said, shipped = dict(wording), library().messages
    return {name: list(said.get(name, shipped[name].lines)) for name in names if name in shipped}


def as_wording(texts: Mapping[str, Sequence[str]]) -> Wording:
    """Pinned words as a place carries them; those that are the shipped ones still have their recordings."""
    shipped = library().messages
    other = {k: tuple(v) for k, v in texts.items() if k not in shipped or tuple(v) != shipped[k].lines}
    return tuple(sorted(other.items()))


def versions(session: Session, unit: str, key: str) -> list[TextEdit]:
    """Every version that a unit ever proposed of a text, the newest first."""
    query = select(TextEdit).where(TextEdit.unit == unit, TextEdit.text == key)
    return list(session.exec(query.order_by(col(TextEdit.version).desc())).all())


# --- What is done ------------------------------------------------------------------------------------


def propose(session: Session, unit: str, key: str, lines: Sequence[str], by: str, now: datetime) -> TextEdit:
    """A new version, which waits for a second person. BadInput while the checks find an error."""
    _, text = text_named(key)
    wrong = [one.message for one in findings(key, lines) if one.level == "error"]
    if wrong:
        raise BadInput(f"Chưa nhận được: {'; '.join(wrong)}.")
    standing = versions(session, unit, key)
    if tuple(lines) == tuple(standing[0].lines if standing and standing[0].state == "approved" else text.lines):
        raise BadInput("Lời này đang dùng rồi, không có gì thay đổi.")
    for row in standing:
        if row.state == "waiting":
            _settle(session, row, "replaced", None, now)
    version = standing[0].version + 1 if standing else 1
    row = TextEdit(unit=unit, text=key, version=version, lines=list(lines), shipped=hash_of(text.lines), by=by, at=now)
    session.add(row)
    session.flush()
    note(session, by, "text_proposed", str(row.id), now, version=version)
    return row


def approve(session: Session, row: TextEdit, by: str, now: datetime) -> None:
    """From now on this version is said. NotAllowed for whoever wrote it."""
    _by_another(row, by)
    if any(one.level == "error" for one in findings(row.text, row.lines)):
        raise BadInput("Lời này không còn qua được phần kiểm tra. Hãy trả lại để sửa.")
    for other in versions(session, row.unit, row.text):
        if other.state == "approved":
            _settle(session, other, "replaced", None, now)
    _settle(session, row, "approved", by, now)
    note(session, by, "text_approved", str(row.id), now, version=row.version)


def give_back(session: Session, row: TextEdit, words: str, by: str, now: datetime) -> None:
    """Not like this: it goes back to its author with a few words."""
    _by_another(row, by)
    row.note = nfc(" ".join(words.split()))[:MOST_NOTE]
    _settle(session, row, "returned", by, now)
    note(session, by, "text_returned", str(row.id), now, version=row.version)


def withdraw(session: Session, row: TextEdit, by: str, now: datetime) -> None:
    """The shipped words (or the province's) are said again, at once: going back to them needs nobody else."""
    if row.state not in ("approved", "waiting"):
        raise BadInput("Bản này không còn dùng.")
    _settle(session, row, "withdrawn", by, now)
    note(session, by, "text_withdrawn", str(row.id), now, version=row.version)


def _by_another(row: TextEdit, by: str) -> None:
    if row.state != "waiting":
        raise BadInput("Bản này không còn chờ duyệt.")
    if row.by == by:
        raise NotAllowed("Người sửa lời không tự duyệt được; cần một người khác duyệt.")


def _settle(session: Session, row: TextEdit, state: str, by: str | None, now: datetime) -> None:
    row.state, row.approver, row.settled_at = state, by or row.approver, now
    session.add(row)
