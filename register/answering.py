"""Trả lời: what an office writes into the sheet of an inquiry (asking.py) becomes facts, each answer one.

A row counts by its code alone. Facts, source and the log's note are one write; the same sheet again changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from database import batches
from register import facts
from register.asking import purpose_of
from register.audit import declare, note
from register.errors import BadInput
from register.facts import Evidence, Said
from register.home import VIETNAM, Home
from register.listed import Remark
from register.offices import OFFICES
from register.return_sheet import Answers, eid_of
from register.tables import Inquiry, InquiryRow, Source, Standing

YES_OR_NO = {
    "matched": "data_matched",
    "asxh": "asxh_account",
    "opened": "bank_account",
    "paid": "receipt_confirmed",
}  # question → fact
Fresh = dict[Evidence, list[tuple[Said, bool]]]  # what is new, by what it is worth

declare("answers_taken", "source", "rows", "changed", "rejected")


@dataclass(frozen=True)
class About:
    """The answer's own date and document number."""

    as_of: date
    document: str = ""


@dataclass
class TakenIn:
    """What a returned sheet says. ``rows``: answered by the sheet; ``changes``: (kind, value) → how many persons.

    ``denied``: claimed to have the account, and the answer says no. ``source``: None when nothing was stored.
    """

    rows: int = 0
    changed: int = 0
    changes: dict[tuple[str, str], int] = field(default_factory=dict)
    denied: int = 0
    rejected: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    source: int | None = None

    def to_json(self) -> dict[str, Any]:
        changes: dict[str, dict[str, int]] = {}
        for (kind, value), number in sorted(self.changes.items()):
            changes.setdefault(kind, {})[value] = number
        return {
            "rows": self.rows, "changed": self.changed, "changes": changes, "denied": self.denied,
            "rejected": [remark.to_json() for remark in self.rejected],
            "warnings": [remark.to_json() for remark in self.warnings],
        }  # fmt: skip


def take_in(
    home: Home, commune: str, answers: Answers, about: About, by: str, now: datetime, *, apply: bool = True
) -> TakenIn:
    """Record the answers as facts, in one write; without ``apply`` only work out what they would change.

    Nothing is taken from a sheet with rows of another commune, or without any row of ours (BadInput).
    """
    if about.as_of > now.astimezone(VIETNAM).date():
        raise BadInput("Ngày trả lời không thể sau hôm nay.")
    if apply:
        return home.db.write(lambda session: _store(session, commune, answers, about, by, now))
    with home.db.read() as session:
        return _compare(session, commune, answers, about, now)[0]


def _store(session: Session, commune: str, answers: Answers, about: About, by: str, now: datetime) -> TakenIn:
    taken, fresh, inquiries = _compare(session, commune, answers, about, now)
    first = [one for one in inquiries if one.answered_at is None]
    if not any(fresh.values()) and not first:
        return taken
    source = Source(
        commune=commune, kind="return", issuer="; ".join(sorted({one.office for one in inquiries})),
        document=" ".join(about.document.split()), as_of=about.as_of, by=by, at=now,
        purpose="; ".join(dict.fromkeys(purpose_of(one) for one in inquiries)),
    )  # fmt: skip
    session.add(source)
    session.flush()
    for weight, said in fresh.items():
        facts.add(session, said, weight, as_of=about.as_of, now=now, source=source.id, by=by)
    for one in inquiries:
        session.execute(update(Inquiry).where(col(Inquiry.id) == one.id).values(answered_at=now))
    note(
        session, by, "answers_taken", commune, now, source=source.id, rows=taken.rows, changed=taken.changed,
        rejected=len(taken.rejected),
    )  # fmt: skip
    taken.source = source.id
    return taken


def _compare(
    session: Session, commune: str, answers: Answers, about: About, now: datetime
) -> tuple[TakenIn, Fresh, list[Inquiry]]:
    """What would change, the statements that are new, and the inquiries that are answered."""
    taken = TakenIn(rejected=list(answers.rejected), warnings=list(answers.warnings))
    asked: dict[str, tuple[int, int]] = {}  # code → inquiry, person
    for batch in batches(sorted(answers.said)):
        rows = select(InquiryRow.code, InquiryRow.inquiry, InquiryRow.person).where(col(InquiryRow.code).in_(batch))
        asked |= {code: (inquiry, person) for code, inquiry, person in session.exec(rows).all()}
    numbers = sorted({inquiry for inquiry, _ in asked.values()})
    inquiries = {n: session.get_one(Inquiry, n) for n in numbers}
    if any(one.commune != commune for one in inquiries.values()):
        raise BadInput("Bảng này có dòng của xã, phường khác. Không nhận gì; hãy gửi đúng bảng của xã, phường mình.")
    said: dict[Evidence, dict[tuple[int, str], Said]] = {}  # evidence → statements
    answered: set[int] = set()
    for code in sorted(answers.said, key=lambda code: asked.get(code, (0, 0))):  # of two inquiries the newer one stands
        known = inquiries.get(asked[code][0]) if code in asked else None
        if known is None or known.expires_at <= now:
            taken.rejected.append(_not_ours(answers.where[code], known))
            continue
        if about.as_of < known.made_at.astimezone(VIETNAM).date():
            raise BadInput("Ngày trả lời không thể trước ngày lập đề nghị. Hãy xem lại ngày trên văn bản trả lời.")
        taken.rows += 1
        answered.add(asked[code][0])
        evidence = OFFICES[known.kind].evidence
        for one in _statements(asked[code][1], answers.said[code]):
            said.setdefault(evidence, {})[one.person, one.kind] = one
    if not taken.rows:
        raise BadInput(
            "Không có dòng nào thuộc đề nghị còn hiệu lực của xã, phường này. Không nhận gì; hãy xem lại tệp."
        )
    fresh: Fresh = {}
    for evidence, statements in said.items():
        known_facts = facts.facts_of(session, sorted({person for person, _ in statements}))
        fresh[evidence] = list(facts.news(statements.values(), known_facts, evidence, about.as_of))
    new = [one for some in fresh.values() for one, _ in some]
    claims = _claims(session, [one.person for one in new if (one.kind, one.value) == ("asxh_account", "no")])
    taken.changed = len({one.person for one in new})
    taken.changes = dict(Counter((one.kind, one.value) for one in new))
    taken.denied = len(claims)
    return taken, fresh, [inquiries[number] for number in sorted(answered)]


def _not_ours(where: tuple[str, int], inquiry: Inquiry | None) -> Remark:
    if inquiry is None:
        message = "Không có mã dòng này: mã sai, hoặc đề nghị đã hết hạn và mã đã được xóa. Dòng này không được nhận."
        return Remark(*where, "Mã dòng", "code_unknown", message)
    until = f"{inquiry.expires_at.astimezone(VIETNAM):%d/%m/%Y}"
    message = f"Đề nghị có mã dòng này đã hết hạn ngày {until}. Hãy lập đề nghị mới nếu còn cần."
    return Remark(*where, "Mã dòng", "code_expired", message)


def _statements(person: int, answers: dict[str, bool]) -> Iterable[Said]:
    """The facts that the answers state; what was left open states nothing."""
    level = eid_of(answers)
    if level and level != "?":
        yield Said(person, "eid_level", level)
    for question, kind in YES_OR_NO.items():
        if question in answers:
            yield Said(person, kind, "yes" if answers[question] else "no")
    for question, value in (("by_cash", "cash"), ("by_account", "own_account")):
        if answers.get(question):
            yield Said(person, "payout", value)


def _claims(session: Session, persons: Sequence[int]) -> list[int]:
    """Those of whom it stands that they have an ASXH account."""
    found: list[int] = []
    for batch in batches(persons):
        query = select(Standing.person).where(col(Standing.person).in_(batch), Standing.asxh_account == "yes")
        found += session.exec(query).all()
    return found
