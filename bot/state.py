"""What the engine takes and gives: state, input, scene and reply, all plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from bot.events import Event
from content.message import Addressee, Message, Place

InputKind = Literal[
    "text", "button", "start", "contact", "media", "follow", "linked", "link_failed", "phone_linked", "phone_unknown",
    "phone_told", "nudge",
]  # fmt: skip


@dataclass(frozen=True)
class State:
    """Where a contact is in its conversation. Nothing that a citizen typed is ever in it.

    ``at``: "" before the first word, else rest | who | guide | check | since | human | stopped | mourning;
    ``guide``/``step``: the guide in hand; ``back``: the place in the main guide to return to after a
    problem (-1: none); ``then``: what was wanted when "who holds the phone?" came between.
    """

    at: str = ""
    who: str = ""  # "" | self | helper
    guide: str = ""
    step: int = 0
    back: int = -1
    then: str = ""
    lost: int = 0  # how many turns in a row were not understood
    stopped: bool = False
    alone: bool = False  # the stop was for one person, not for the phone
    claimed: bool = False
    nudged: bool = False  # a talk left in the middle is nudged once
    language: str = ""  # in which the steps are wanted to be heard; "": Vietnamese
    last: int = 0  # when the citizen's last turn was, seconds since 1970

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data."""
        return dict(vars(self))

    @classmethod
    def of(cls, data: dict[str, Any] | None) -> State:
        """From stored data; fields unknown to this version are passed over."""
        return cls(**{key: value for key, value in (data or {}).items() if key in cls.__dataclass_fields__})

    @property
    def place(self) -> str:
        """One word for logs, tests and `bot chat`: asxh.passcode, check, stopped …"""
        if self.at != "guide":
            return self.at or "new"
        from content.library import library

        guide = library().guides.get(self.guide)
        steps = guide.steps if guide else ()
        name = steps[self.step].name if self.step < len(steps) else "end"
        return f"{self.guide}.{name}"


@dataclass(frozen=True)
class Input:
    """One thing that came in. ``text`` is redacted already; ``secrets`` the kinds taken out of it."""

    kind: InputKind
    text: str = ""
    button: str = ""
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    """What the engine may know of the world around the chat, given anew for each turn."""

    place: Place = field(default_factory=lambda: Place("xã", "Ủy ban nhân dân xã"))
    addressee: Addressee | None = None  # only where the contact is linked to exactly one person
    people: int = 0  # persons linked to this contact
    known: bool = False  # it is clear which one of them speaks, or is spoken for
    waiting: int = 0  # open tickets before this one
    usually: timedelta | None = None  # how long people waited of late, in office hours; None: too few to tell
    channel: str = ""  # telegram | zalo | zalo_bot | web, "" in a terminal
    receipt: bool = False  # a campaign asks this person whether the money arrived
    languages: tuple[str, ...] = ()  # in which somebody has recorded something, beside Vietnamese


@dataclass(frozen=True)
class Reply:
    """The outcome of a turn."""

    state: State
    messages: tuple[Message, ...]
    events: tuple[Event, ...] = ()
    intent: str = ""
    heard: str = ""  # the input's words without their secrets; never a phone number
    secrets: tuple[str, ...] = ()  # the kinds taken out of them

    @property
    def redacted(self) -> bool:
        """Whether there was a secret."""
        return bool(self.secrets)
