"""What is sent to a citizen, whatever the channel: a text, buttons, perhaps a picture or a voice."""

from __future__ import annotations

from dataclasses import dataclass

Wording = tuple[tuple[str, tuple[str, ...]], ...]  # (key of a text, its lines) of those worded otherwise here
VIETNAMESE = "vi"  # the folder of people's recordings in it


@dataclass(frozen=True)
class Button:
    """A button. ``id`` is what comes back when it is pressed: ≤ 64 bytes (Telegram callback_data)."""

    id: str
    title: str


@dataclass(frozen=True)
class Message:
    """One message. ``voice``: it can be heard too. ``picture``: name of a guide picture, or empty.

    ``reading``: the name under which people's recordings of it lie ("asxh.open"); ``language``: in which it is
    wanted to be heard, "" Vietnamese.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    voice: bool = False
    picture: str = ""
    reading: str = ""
    language: str = ""


@dataclass(frozen=True)
class Addressee:
    """How a person is spoken to: "bà", "Mai". Never more than the given name goes into a chat."""

    title: str  # ông | bà | ông/bà | anh | chị | anh/chị
    name: str


@dataclass(frozen=True)
class Place:
    """What a text may say of the commune. ``phone``: the landline to call back, "" when not set."""

    commune: str  # "phường Phan Thiết"
    office: str  # "UBND phường Phan Thiết"
    service_centre: str = "Trung tâm Phục vụ hành chính công"
    hamlet_head: str = "trưởng khu phố"
    phone: str = ""
    session: str = ""  # "8 giờ thứ Ba 01/12/2026, nhà văn hóa khu phố 1", "" when none is planned
    wording: Wording = ()  # content.edits
