"""What became of one request to a provider. Four answers, no exceptions for expected trouble.

Accepted   the provider has the message, with its id and what it cost
Refused    it will never take it; the class says whose fault: recipient | payload | config | billing
Later      nothing was taken; ask again at ``until`` (429, night rule, daily quota)
Lost       the line died after the request left: it may have been sent, nobody knows
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ErrorClass = Literal["recipient", "payload", "config", "billing"]


@dataclass(frozen=True)
class Accepted:
    provider_id: str
    cost_vnd: int = 0


@dataclass(frozen=True)
class Refused:
    error_class: ErrorClass
    code: str


@dataclass(frozen=True)
class Later:
    until: datetime
    code: str
    whole_lane: bool = True  # False: only this recipient has to wait
    replies: bool = True  # False: a rule for campaigns (night, quota); who wrote to us is answered all the same


@dataclass(frozen=True)
class Lost:
    code: str


Outcome = Accepted | Refused | Later | Lost
