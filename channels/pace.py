"""How fast may it go? A bucket without burst (GCRA): requests are spread evenly, never bunched.

Times are seconds of a monotonic clock and always given by the caller; nothing here sleeps.
GCRA is the "virtual scheduling" form of ITU-T I.371: one number, the time the next one is expected.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field

ROUNDING_S = 1e-9  # what floats lose must not look like a wait
KEYS_KEPT = 10_000  # chats remembered before those that may go again are forgotten


@dataclass
class Pace:
    """At most ``per_second``; ``burst`` of them may come at once after a rest (1: none).

    A burst between 1 and 2 lets none come at once, but makes up for that part of a place: a timer wakes a
    little late each time, and what is late would be lost for good.
    """

    per_second: float
    burst: float = 1
    _expected: float = field(default=-math.inf, repr=False)

    def wait(self, at: float) -> float:
        """Seconds until the next one may go; nothing is taken."""
        wait = self._expected - (self.burst - 1) / self.per_second - at
        return wait if wait > ROUNDING_S else 0.0

    def take(self, at: float) -> float:
        """Take the next place and return how many seconds to wait for it."""
        wait = self.wait(at)
        self._expected = max(at, self._expected) + 1 / self.per_second
        return wait


@dataclass
class PaceByKey:
    """One pace for each key, e.g. for each chat."""

    per_second: float
    burst: float = 1
    _paces: dict[Hashable, Pace] = field(default_factory=dict, repr=False)

    def __getitem__(self, key: Hashable) -> Pace:
        return self._paces.setdefault(key, Pace(self.per_second, self.burst))

    def forget(self, at: float) -> None:
        """Drop keys that may go again at once, when many have gathered."""
        if len(self._paces) > KEYS_KEPT:
            self._paces = {key: pace for key, pace in self._paces.items() if pace._expected > at}
