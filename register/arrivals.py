"""Vào bằng đường nào: a chat that comes from a QR on paper, or from a link, says so in what it brings along.

    payload("qr", "22945-01")                 # "qr-22945-01", in the QR's address
    note_arrival(session, contact, told, now) # the text after /start, or what the web chat's address held

Telegram brings it as the text after /start (t.me/<bot>?start=<payload>), the web chat in its address (?tu=<payload>).
Zalo tells nothing of the kind: there a code that is typed says what it was made for (``LinkCode.way``). Only a unit
stands in it, never a person: a poster hangs where everybody may scan it. It goes with the chat, and with the person.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from database import insert_new
from register.home import VIETNAM
from register.tables import Arrival, Unit

WAYS = {"qr": "mã QR trên giấy", "link": "đường dẫn"}
_PAYLOAD = re.compile(r"(qr|link)-(\d{5}(?:-\d{1,4})?)")


def payload(way: str, unit: str) -> str:
    """What the address has to bring along. ``unit``: the commune's code, or the hamlet's (22945-01)."""
    return f"{way}-{unit}"


def is_payload(told: str) -> bool:
    """Whether this is one; anybody can write anything into an address."""
    return _PAYLOAD.fullmatch(told) is not None


def note_arrival(session: Session, contact: int, told: str, now: datetime) -> None:
    """Keep which way this chat came, once a day and way. Whatever is no payload of ours changes nothing."""
    found = _PAYLOAD.fullmatch(told)
    if found is None or session.get(Unit, found[2]) is None:
        return
    row = {"contact": contact, "way": found[1], "day": now.astimezone(VIETNAM).date(), "unit": found[2], "at": now}
    insert_new(session, Arrival, [row], ["contact", "way", "day"])


def forget_arrivals(session: Session, contact: int) -> None:
    """The chat goes, and with it how it came."""
    session.execute(delete(Arrival).where(col(Arrival.contact) == contact))
