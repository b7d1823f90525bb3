"""Bốc thăm: who is in which arm, and which hamlet begins when. Drawn under a campaign's own secret; nobody can choose.

``Campaign.lot`` are eight secret numbers below PRIME: four draw the wordings, four the holdout, all the order.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

PRIME = 2**31 - 1


def new_lot() -> list[int]:
    """Eight secret numbers."""
    return [secrets.randbelow(PRIME) for _ in range(8)]


def arm_of(person: Any, lot: Sequence[int], arms: int) -> Any:
    """Which of ``arms`` equal arms a person is in, from 0: always the same."""
    return drawn(person, lot[:4]) % arms


def percentile(person: Any, lot: Sequence[int]) -> Any:
    """From 0 to 99; says nothing about the person's arm."""
    return drawn(person, lot[4:]) % 100


def drawn(person: Any, secret: Sequence[int]) -> Any:
    """A number from 0 to PRIME - 1 for this person; of any four people independent.

    A keyed hash: a polynomial over a prime field (Wegman & Carter 1981, J. Comput. Syst. Sci. 22:265). ``person``:
    a number, an array of int64, or a BigInteger column; nothing in it grows past 2⁶².
    """
    a, b, c, d = secret
    return (((a * person + b) % PRIME * person + c) % PRIME * person + d) % PRIME


def start_order(lot: Sequence[int], names: Sequence[str]) -> list[str]:
    """These names (codes of hamlets) in an order drawn by lot, whatever order they come in."""
    key = b"".join(number.to_bytes(8, "big") for number in lot)
    return sorted(names, key=lambda name: hashlib.blake2b(name.encode(), key=key).digest())
