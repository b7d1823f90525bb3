"""The invented people of the sandbox, what their phones show, and every message that was accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from register.home import VIETNAM

Buttons = list[tuple[str, str]]  # (id, title)

FIRST_TELEGRAM_ID = 7_000_000_001  # beyond 32 bits, as real ids are
FIRST_ZALO_ID = 2_512_523_625_412_515_001  # beyond 2^53: only safe as a string


@dataclass
class Line:
    """One line on a phone's screen. ``who``: bot | user; ``kind``: text | template | button | media.

    ``file``: the picture or sound that came with it, an id of ``World.files`` or the address it was given as;
    ``shows``: picture | sound, when it is one of those files.
    """

    id: str
    who: str
    text: str
    at: datetime
    kind: str = "text"
    buttons: Buttons = field(default_factory=list)
    lane: str = ""
    seen: bool = False
    file: str = ""
    shows: str = ""


@dataclass
class User:
    """One citizen's account in one channel. ``phone``: 84…, or empty."""

    uid: str
    channel: str  # telegram | zalo | zalo_bot | phone
    name: str
    phone: str = ""
    started: set[str] = field(default_factory=set)  # Telegram bots; "oa" for a follower
    blocked: bool = False
    deactivated: bool = False
    refuses_templates: bool = False
    interacted_at: datetime | None = None
    inactive_since: datetime | None = None
    chat: list[Line] = field(default_factory=list)

    def line(self, line_id: str) -> Line | None:
        """The line with this id."""
        return next((line for line in reversed(self.chat) if line.id == line_id), None)

    def button(self, button_id: str) -> Line:
        """The newest line that carries the button; ValueError when the phone shows none."""
        for line in reversed(self.chat):
            if line.who == "bot" and any(id_ == button_id for id_, _ in line.buttons):
                return line
        raise ValueError(f"no button {button_id} on this phone")


@dataclass(frozen=True)
class Arrival:
    """A message that a provider accepted. ``route``: sendMessage, cs, template_uid, template_phone …"""

    channel: str
    route: str
    to: str
    text: str
    buttons: Buttons
    at: datetime
    id: str
    bot: str = "main"


@dataclass
class Fault:
    """The next ``left`` sends of a channel go wrong. ``channel`` "": any."""

    kind: str
    channel: str
    left: int
    seconds: float
    code: int = 0  # for "code": the provider's number
    text: str = ""  # and its words


STRANGE = (AttributeError, KeyError, TypeError, ValueError)  # met in bodies of a shape that the service refuses
FAULTS = ("429", "500", "html502", "drop_before", "drop_after", "slow", "token_expired", "code")


class World:
    """State shared by all simulators. ``now`` decides windows and nights, ``ticks`` (s) the rates."""

    def __init__(self, now: Callable[[], datetime], ticks: Callable[[], float], limits: bool) -> None:
        self.now, self.ticks, self.limits = now, ticks, limits
        self.users: dict[str, User] = {}
        self.by_phone: dict[str, User] = {}  # Zalo accounts only
        self.accepted: list[Arrival] = []
        self.faults: list[Fault] = []
        self.files: dict[str, bytes] = {}  # what was uploaded, by the id that the provider gave
        self._serial = 0

    def serial(self) -> int:
        """The next number; all ids are made of it, so that a run can be repeated."""
        self._serial += 1
        return self._serial

    def hex_id(self) -> str:
        """A message id as Zalo's look: 20 hex digits."""
        return f"{self.serial() * 0x9E3779B97F4A7C15 % 16**20:020x}"

    def millis(self) -> str:
        """The time as Zalo writes it."""
        return str(int(self.now().timestamp() * 1000))

    def local(self) -> datetime:
        """The time in Viet Nam."""
        return self.now().astimezone(VIETNAM)

    def night(self) -> bool:
        """22:00–06:00 in Viet Nam."""
        return not 6 <= self.local().hour < 22

    def since(self, moment: datetime | None) -> timedelta | None:
        """How long ago."""
        return None if moment is None else self.now() - moment

    def add(self, channel: str, name: str, phone: str) -> User:
        """A new account."""
        if channel not in ("telegram", "zalo", "zalo_bot", "phone"):
            raise ValueError(f"unknown channel {channel}")
        first = FIRST_TELEGRAM_ID if channel == "telegram" else FIRST_ZALO_ID
        uid = f"{self.hex_id()}" if channel == "zalo_bot" else str(first + len(self.users))
        user = self.users[uid] = User(uid, channel, name, phone)
        if channel == "zalo" and phone:
            self.by_phone[phone] = user
        return user

    def user(self, uid: str) -> User:
        """The user, or ValueError."""
        if uid not in self.users:
            raise ValueError("no such user")
        return self.users[uid]

    def accept(self, arrival: Arrival, user: User | None, kind: str = "text", file: str = "") -> None:
        """Keep an accepted message and show it on the phone."""
        self.accepted.append(arrival)
        if user is not None:
            line = Line(arrival.id, "bot", arrival.text, arrival.at, kind, arrival.buttons, arrival.bot, file=file)
            if file in self.files:
                line.shows = "sound" if arrival.route in ("sendVoice", "sendAudio") else "picture"
            user.chat.append(line)

    def said(self, user: User, text: str, kind: str = "text", lane: str = "main") -> Line:
        """Show what the user typed, pressed or sent."""
        user.interacted_at = self.now()
        line = Line(str(self.serial()), "user", text, self.now(), kind, lane=lane)
        user.chat.append(line)
        return line


def kind_of(data: bytes) -> str:
    """The media type of an uploaded picture or sound, by its first bytes."""
    heads = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"OggS": "audio/ogg"}
    found = next((kind for head, kind in heads.items() if data.startswith(head)), "")
    return found or (
        "audio/mpeg" if data.startswith((b"ID3", b"\xff\xfb", b"\xff\xf3")) else "application/octet-stream"
    )


def as_json(items: Iterable[Line | Arrival]) -> list[dict[str, Any]]:
    """Plain dicts: buttons as {"id","title"}, times as ISO text."""
    return [
        {
            **asdict(item),
            "at": item.at.isoformat(),
            "buttons": [{"id": id_, "title": title} for id_, title in item.buttons],
        }
        for item in items
    ]
