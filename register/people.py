"""People: sealing who someone is, masking it, finding it again.

Name, citizen id, birth date, phone and address stand in no column. They are one sealed blob on the
person's row; the citizen id is found by its keyed hash, the phone by the hash on its contact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlmodel import Session, col, select

from register.cells import OLD_CARD_DIGITS
from register.errors import BadInput
from register.home import Home
from register.keys import Keyring
from register.tables import Contact, Person, PersonContact

SEALED_AS = "person"  # what the seal is bound to
PHONE_LANE = "phone"


@dataclass(frozen=True, repr=False)
class Identity:
    """Who someone is. Birth is "YYYY-MM-DD", "YYYY" or ""; phone is "0…" or "". Its repr shows nothing of it."""

    citizen_id: str
    full_name: str
    birth: str = ""
    phone: str = ""
    address: str = ""


def seal_identity(keys: Keyring, identity: Identity) -> bytes:
    """The identity as it is kept."""
    return keys.seal(identity, SEALED_AS)


def open_identity(keys: Keyring, sealed: bytes) -> Identity:
    """The identity back from its seal."""
    return Identity(**keys.open(sealed, SEALED_AS))


def open_name(keys: Keyring, sealed: bytes) -> str:
    """Only the full name of an identity."""
    return str(keys.open(sealed, SEALED_AS)["full_name"])


def identity_of(home: Home, person: Person) -> Identity | None:
    """Who this person is; None after erasure. Showing it to someone is an audit event (``identity_shown``)."""
    return open_identity(home.keys, person.sealed) if person.sealed else None


def citizen_lookup(keys: Keyring, citizen_id: str) -> bytes:
    """Keyed hash by which a citizen id is found, also among the tombstones."""
    return keys.lookup("citizen", citizen_id)


def contact_lookup(keys: Keyring, lane: str, address: str) -> bytes:
    """Keyed hash by which a channel user id or a phone is found, also among the tombstones."""
    return keys.lookup(f"contact:{lane}", address)


def masked(identity: Identity) -> Identity:
    """What may be shown before someone asks: "Lê V. Đ.", the last three digits, the year of birth."""
    words = identity.full_name.split()
    shown = words[:1] if len(words) > 1 else []
    initials = [f"{word[0].upper()}." for word in words[len(shown) :]]
    return Identity(
        citizen_id=_tail(identity.citizen_id),
        full_name=" ".join(shown + initials),
        birth=identity.birth[:4],
        phone=_tail(identity.phone),
        address="",
    )


def _tail(digits: str) -> str:
    return "•" * (len(digits) - 3) + digits[-3:] if digits else ""


def given_name(full_name: str) -> str:
    """The word by which a person is addressed: "NGUYỄN THỊ MAI" → "Mai"."""
    words = full_name.split()
    if not words:
        return ""
    last = words[-1]
    return last.capitalize() if last.isupper() or last.islower() else last


def find_person(session: Session, home: Home, ref: str, commune: str | None = None) -> Person:
    """The person meant by ``ref``: a person number, a citizen id (or the old card that stands for it) or a phone.

    Raises BadInput when there is none, or when several persons share the phone.
    """
    digits = re.sub(r"[\s.\-]", "", ref)
    if not digits.isascii() or not digits.isdigit():
        raise BadInput("Hãy ghi mã số người (ví dụ 12), số định danh 12 chữ số hoặc số điện thoại.")
    query = select(Person)
    if len(digits) in (OLD_CARD_DIGITS, 12):
        query = query.where(Person.lookup == citizen_lookup(home.keys, digits))
    elif len(digits) > OLD_CARD_DIGITS:
        wanted = contact_lookup(home.keys, PHONE_LANE, digits)
        persons = select(PersonContact.person).join(Contact, col(Contact.id) == PersonContact.contact)
        query = query.where(col(Person.id).in_(persons.where(Contact.lane == PHONE_LANE, Contact.lookup == wanted)))
    else:
        query = query.where(Person.id == int(digits))
    if commune is not None:
        query = query.where(Person.commune == commune)
    found = session.exec(query.order_by(col(Person.id))).all()
    if not found:
        raise BadInput("Không tìm thấy người này trong sổ. Hãy kiểm tra lại số, hoặc nhập danh sách mới nhất.")
    if len(found) > 1:
        numbers = ", ".join(str(person.id) for person in found[:10])
        raise BadInput(f"Có {len(found)} người ứng với số này. Hãy chọn theo mã số người: {numbers}.")
    return found[0]
