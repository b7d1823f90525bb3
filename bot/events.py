"""What a turn of talk means for the register: data, applied by bot.service. No text of a citizen
travels here except a ticket's note, which is redacted and will be sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Claim:
    """The person says a fact of themselves. ``since``: before | during | unknown (asxh_account only)."""

    fact: str
    value: str
    since: str = ""


@dataclass(frozen=True)
class Stopped:
    """No more messages: to this phone, or for the one person only."""

    scope: Literal["phone", "person"]


@dataclass(frozen=True)
class Resumed:
    """Messages are welcome again: on this phone, or for the one person who had stopped alone.

    A stop of another person on the phone, or of one who has died, is not undone by either.
    """

    scope: Literal["phone", "person"] = "phone"


@dataclass(frozen=True)
class TicketWanted:
    """A person of the commune is needed. ``kind``: human | stuck | visit | scam | deceased | data | mismatch."""

    kind: str
    note: str = ""


@dataclass(frozen=True)
class TicketNote:
    """More words for the ticket that was just opened."""

    note: str


@dataclass(frozen=True)
class Holder:
    """Who holds the phone: self | helper."""

    who: str


@dataclass(frozen=True)
class NotMe:
    """The phone is not that person's."""


@dataclass(frozen=True)
class Deceased:
    """The person has died, says the phone."""


@dataclass(frozen=True)
class LinkWanted:
    """A one-time code from a visit sheet or letter."""

    code: str


@dataclass(frozen=True)
class PhoneShared:
    """The channel vouches that this phone number is the sender's own."""

    phone: str


@dataclass(frozen=True)
class PhoneTold:
    """Somebody says that this number is theirs, and nobody vouches for it."""

    phone: str


Event = (
    PhoneTold
    | Claim
    | Stopped
    | Resumed
    | TicketWanted
    | TicketNote
    | Holder
    | NotMe
    | Deceased
    | LinkWanted
    | PhoneShared
)
