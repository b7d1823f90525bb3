"""Câu trả lời sẵn: what an officer may start an answer from. The commune's own come first, then those that ship."""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session

from bot.service import linked_persons, scene_of
from bot.tables import Ticket
from content.check import check_text
from content.guard import guard
from content.library import fields_of, library, render
from content.words import nfc
from register import audit
from register.errors import BadInput
from register.home import Home
from register.tables import Contact
from register.units import set_setting, setting

OWN = "ready_sentences"  # the commune's setting: sentences with an empty line between them
MOST_OWN, MOST_CHARS = 20, 500

audit.declare("ready_changed", "sentences")


def ready_for(session: Session, home: Home, ticket: Ticket, now: datetime) -> list[str]:
    """The sentences for this ticket, filled in with how its person is spoken to and what stands of the commune.

    One whose fields cannot all be filled (no landline, no session planned) is not offered.
    """
    contact = session.get_one(Contact, ticket.contact)
    scene = scene_of(session, home, contact, linked_persons(session, ticket.contact), now)
    values = fields_of(scene.addressee, scene.place)
    shipped = [one.lines for one in library().ready.sentences.values() if ticket.kind in one.kinds]
    filled = [render(lines, values) for lines in shipped if len(render(lines, values).splitlines()) == len(lines)]
    return own_sentences(session, ticket.commune or "") + filled


def own_sentences(session: Session, commune: str) -> list[str]:
    """What the commune's officers wrote for themselves."""
    return [part for part in setting(session, commune, OWN).split("\n\n") if part]


def set_own(session: Session, commune: str, text: str, by: str, now: datetime) -> None:
    """Replace the commune's own sentences; BadInput where one breaks a promise that the shipped ones keep."""
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n", nfc(text).replace("\r", "").strip())]
    parts = [part for part in parts if part]
    if len(parts) > MOST_OWN or any(len(part) > MOST_CHARS for part in parts):
        raise BadInput(f"Tối đa {MOST_OWN} câu, mỗi câu không quá {MOST_CHARS} ký tự. Giữa hai câu để một dòng trống.")
    for part in parts:
        if guard(part).secrets:
            raise BadInput(f"Câu “{part[:60]}” có đường link, mã hoặc số giấy tờ. Hãy bỏ ra rồi lưu lại.")
        for finding in check_text("", part):
            raise BadInput(f"Câu “{part[:60]}” chưa được: {finding.message}.")
    set_setting(session, commune, OWN, "\n\n".join(parts))
    audit.note(session, by, "ready_changed", commune, now, sentences=len(parts))
