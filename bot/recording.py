"""What came into a chat, kept redacted and sealed beside its state, so that an officer can make a golden file of it.

    conversation.sealed = add(home, conversation.sealed, begins, turns)     # each turn (bot.service)
    text = export(session, home, contact, by, now)                          # YAML for tests/bot/conversations

Only what the engine was given is kept: the button or the words without their secrets, the time, and how many people
share the phone. Answers are not kept, the engine says them again. It goes when the conversation goes (retention,
erasure, withdrawal). In the exported file names become "Mai", numbers and codes become invented ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.golden import PLACE, play, written
from bot.state import Input, Reply, Scene, State
from bot.tables import Conversation
from content.words import fold, nfc
from register import audit
from register.errors import BadInput
from register.home import Home
from register.people import identity_of
from register.tables import Contact, Person, PersonContact
from register.words import begins_with_family

SEALED_AS = "conversation"
HEARD = "heard"  # the record's place in what is sealed; the web chat's own lines lie beside it
TURNS = 40  # of one record; then a new one begins where the chat stands
SAID_OTHERWISE = ("telegram", "web")  # where some texts are not Zalo's
PHONE, CODE, NAME, FULL_NAME = "0900000000", "ABCD-EFGH", "Mai", "Nguyễn Thị Mai"
SESSION = "8 giờ thứ Ba 01/12/2026, nhà văn hóa khu phố 1"

audit.declare("chat_exported", "turns")

_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[\d .-]{6,}\d)(?!\w)")
_CODE = re.compile(r"\b[2-9A-HJ-KM-NP-Z]{4}-?[2-9A-HJ-KM-NP-Z]{4}\b")
_HOUSE = re.compile(r"(?i)\b(số nhà|nhà số|hẻm|ngõ|kiệt|ngách)\s+\d[\d/]*")
_WORD = r"[^\W\d_]+"
_CAPITAL = r"[A-ZĐÀ-Ỹ][^\W\d_]*"
_CALLED = re.compile(rf"(?i)\b(tên(?: là)?|ten(?: la)?|họ tên|ho ten)\s+({_WORD}(?:\s+{_WORD}){{0,3}})")
_NOT_A_NAME = {"gi", "ai", "nguoi", "toi", "that", "trong", "tren", "do", "nay", "khac", "sai", "dung", "la", "khong"}
_TITLED = re.compile(
    rf"\b((?i:ông|bà|cụ|bác|cô|chú|dì|cậu|anh|chị|em|cháu|con|má|mẹ|ba|bố|thầy))\s+({_CAPITAL}(?:\s+{_CAPITAL}){{0,3}})"
)
_CAPITALS = re.compile(rf"\b{_CAPITAL}(?:\s+{_CAPITAL}){{1,3}}")


@dataclass(frozen=True)
class Heard:
    """One turn: what the engine was given, and what it made of it."""

    inp: Input
    at: datetime
    scene: Scene
    reply: Reply


def add(home: Home, sealed: bytes | None, begins: State, turns: Sequence[Heard]) -> bytes:
    """The record with these turns more."""
    kept: dict[str, Any] = home.keys.open(sealed, SEALED_AS) if sealed else {}
    heard = kept.get(HEARD)
    if heard is None or len(heard["turns"]) + len(turns) > TURNS:
        heard = {"begins": begins.to_dict(), "turns": []}
    heard["turns"] += [_raw(one) for one in turns]
    return home.keys.seal(kept | {HEARD: heard}, SEALED_AS)


def _raw(heard: Heard) -> dict[str, Any]:
    inp, scene = heard.inp, heard.scene
    told: dict[str, Any] = {"kind": inp.kind, "at": heard.at.isoformat(timespec="seconds")}
    told |= {"text": heard.reply.heard, "button": inp.button, "secrets": heard.reply.secrets}
    around = {
        "addressee": [scene.addressee.title, NAME] if scene.addressee else None,
        "people": scene.people,
        "known": scene.known,
        "waiting": scene.waiting,
        "usual_hours": scene.usually.total_seconds() / 3600 if scene.usually else None,
        "session": SESSION if scene.place.session else "",
        "channel": scene.channel if scene.channel in SAID_OTHERWISE else "",
        "receipt": scene.receipt,
    }
    told["scene"] = {key: value for key, value in around.items() if value}
    told |= {"intent": heard.reply.intent, "step": heard.reply.state.place}
    return {key: value for key, value in told.items() if value}


def export(session: Session, home: Home, contact: int, by: str, now: datetime) -> str:
    """The chat as a golden file, without anybody's name, number or code; logged. BadInput: nothing was recorded."""
    chat, whose = session.get(Conversation, contact), session.get(Contact, contact)
    sealed = home.keys.open(chat.sealed, SEALED_AS) if chat is not None and chat.sealed is not None else {}
    kept = sealed.get(HEARD, {})
    if whose is None or not kept.get("turns"):
        raise BadInput("Cuộc trò chuyện này không còn bản ghi để xuất.")
    hide = Hiding(_names(session, home, contact))
    talk: dict[str, Any] = {"name": f"Chat thật qua {whose.channel}, đã che tên và số"}
    begins = {name: value for name, value in kept["begins"].items() if value != State().to_dict().get(name)}
    talk["now"] = kept["turns"][0]["at"]
    if begins:
        talk["begins"] = begins
    turns, scene, last = [], None, datetime.fromisoformat(talk["now"])
    for raw in kept["turns"]:
        at = datetime.fromisoformat(raw["at"])
        told: dict[str, Any] = {"after_hours": round((at - last).total_seconds() / 3600, 4)} if at > last else {}
        last = at
        around = raw.get("scene", {})
        if around != scene:
            told["scene"], scene = around, around
        turns.append(told | _told(raw, hide))
    talk["scene"] = turns[0].pop("scene", {})
    talk["turns"] = play(talk | {"turns": turns}, PLACE)
    other = [
        number
        for number, (raw, told) in enumerate(zip(kept["turns"], talk["turns"], strict=True), 1)
        if (raw["intent"], raw["step"]) != (told["intent"], told["step"])
    ]
    if other:
        talk["name"] += f" (hiểu khác lúc chat thật ở lượt {', '.join(map(str, other))})"
    audit.note(session, by, "chat_exported", str(contact), now, turns=len(turns))
    return written(talk)


def _told(raw: dict[str, Any], hide: Hiding) -> dict[str, Any]:
    kind, text = raw["kind"], hide.text(raw.get("text", ""))
    secrets = {"secrets": raw["secrets"]} if raw.get("secrets") else {}
    if kind == "button":
        return {"press": raw.get("button", "")} | secrets
    if kind == "text":
        return {"say": text} | secrets
    text = PHONE if kind in ("contact", "phone_told") else text
    return {"send": kind} | ({"with": text} if text else {}) | secrets


def _names(session: Session, home: Home, contact: int) -> list[str]:
    query = select(Person).join(PersonContact, col(PersonContact.person) == col(Person.id))
    found = [identity_of(home, person) for person in session.exec(query.where(PersonContact.contact == contact))]
    return [identity.full_name for identity in found if identity]


class Hiding:
    """Takes out of a citizen's words what tells who they are: linked names, whatever else looks like a name, numbers.

    It would rather hide a word too many. Whoever keeps the file reads it before.
    """

    def __init__(self, names: Sequence[str]) -> None:
        whole = sorted({fold(nfc(name)) for name in names}, key=len, reverse=True)
        self._whole = [re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in whole if name]
        self._given = {name.split()[-1] for name in whole if name}

    def text(self, text: str) -> str:
        """The same words without them."""
        text = nfc(text)
        for name in self._whole:  # as they are listed, in any case, with or without accents
            while found := name.search(fold(text)):
                text = text[: found.start()] + "\0" + text[found.end() :]
        text = " ".join(NAME if self._is_given(word) else word for word in text.split(" "))
        text = _CALLED.sub(self._called, text)
        text = _TITLED.sub(lambda m: f"{m[1]} {NAME}", text)
        text = _CAPITALS.sub(lambda m: FULL_NAME if begins_with_family(m[0]) else m[0], text)
        text = _HOUSE.sub(lambda m: f"{m[1]} 1", text)
        text = _CODE.sub(lambda m: CODE if any(char.isdigit() or char == "-" for char in m[0]) else m[0], text)
        return _NUMBER.sub(PHONE, text).replace("\0", FULL_NAME)

    def _is_given(self, word: str) -> bool:
        """A linked person's given name, written as a name: "hoa" alone is a flower."""
        bare = word.strip(".,;:!?")
        return bare[:1].isupper() and fold(bare) in self._given

    @staticmethod
    def _called(found: re.Match[str]) -> str:
        first = fold(found[2].split()[0])
        return found[0] if first in _NOT_A_NAME else f"{found[1]} {NAME}"
