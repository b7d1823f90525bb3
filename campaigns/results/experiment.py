"""Có tác dụng không: comparisons that are honest about chance. Pure: counts in, shares and 95 % intervals out.

What is compared was drawn by lot (campaigns.lots): in which order hamlets start (everybody is served inside the window;
those whose turn has not come are the comparison), and which wording a person gets.

Methods, all over whole arrays (the last axis of the clustered ones is the hamlet):

- one share: Wilson's score interval (Wilson 1927, JASA 22:209; Brown, Cai & DasGupta 2001, Stat. Sci. 16:101);
- the difference of two shares: Newcombe's hybrid score interval (Newcombe 1998, Stat. Med. 17:873, method 10);
- drawn by hamlet: people of one hamlet are alike, so each arm counts as the smaller number of people that would be
  as uncertain, after its design effect and with Student's t for few hamlets (Korn & Graubard 1998, Surv. Methodol.
  24:193). The design effect is the linearised variance of a ratio over hamlets ÷ that of a simple share;
- whether the lot gave each arm what it should: Pearson's chi-square (Fabijan et al. 2019, KDD, p. 2156).

scipy.special has the quantiles; its tests hold the intervals against scipy.stats (test_experiment.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from campaigns.results.figures import said

LEVEL = 0.95  # of every interval
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
LEAST = 50  # people of an arm, after the design effect: above the 30 of NCHS' standards for proportions (2017)
ALARM = 0.01  # sample ratio: one false alarm in a hundred sound campaigns
TOO_FEW = "Quá ít người để kết luận"
METHOD = "Khoảng tin cậy 95 %: Wilson (1927) cho một tỷ lệ, Newcombe (1998, cách 10) cho chênh lệch hai tỷ lệ"
METHOD_CLUSTERED = f"{METHOD}; gộp theo khu dân cư theo Korn và Graubard (1998)"

Numbers = NDArray[np.float64]


# --- Intervals --------------------------------------------------------------------------------------


def wilson(yes: ArrayLike, people: ArrayLike) -> tuple[Numbers, Numbers]:
    """Low and high end of a share. ``people`` may be effective, so not whole; nobody: 0 to 1."""
    n = np.asarray(people, dtype=float)
    p = np.divide(yes, n, out=np.zeros(np.broadcast(yes, n).shape), where=n > 0)
    middle = p * n + Z**2 / 2
    spread = Z * np.sqrt(p * (1 - p) * n + Z**2 / 4)
    return np.clip((middle - spread) / (n + Z**2), 0, 1), np.clip((middle + spread) / (n + Z**2), 0, 1)


def newcombe(yes: ArrayLike, people: ArrayLike, yes_other: ArrayLike, people_other: ArrayLike) -> tuple[Numbers, ...]:
    """(difference, low, high) of two shares, the first minus the other. ``people`` may be effective; not 0."""
    n, m = np.asarray(people, dtype=float), np.asarray(people_other, dtype=float)
    p, q = np.asarray(yes) / n, np.asarray(yes_other) / m
    (low, high), (low_other, high_other) = wilson(yes, n), wilson(yes_other, m)
    down = np.sqrt((p - low) ** 2 + (high_other - q) ** 2)
    up = np.sqrt((high - p) ** 2 + (q - low_other) ** 2)
    return p - q, p - q - down, p - q + up


def effective(yes: ArrayLike, people: ArrayLike) -> tuple[Numbers, Numbers]:
    """(yes, people) as if everybody had been drawn alone, from counts of hamlets along the last axis.

    At most as many people as there are. One hamlet alone tells nothing: 0 people.
    """
    from scipy.special import stdtrit

    x, n = np.asarray(yes, dtype=float), np.asarray(people, dtype=float)
    total, hamlets = n.sum(-1), (n > 0).sum(-1)
    share = np.divide(x.sum(-1), total, out=np.zeros_like(total), where=total > 0)
    between = ((x - share[..., None] * n) ** 2).sum(-1) * hamlets / np.maximum(hamlets - 1, 1)
    alone = share * (1 - share) * total  # the same sum if nobody were like their neighbours
    design = np.maximum(np.divide(between, alone, out=np.ones_like(total), where=alone > 0), 1)
    t = stdtrit(np.maximum(hamlets - 1, 1), (1 + LEVEL) / 2)
    fewer = np.where(hamlets > 1, total / design * (Z / t) ** 2, 0)
    return share * fewer, fewer


def sample_ratio(people: ArrayLike, expected: ArrayLike) -> Numbers:
    """How likely counts at least as uneven as these are, if the lot was sound. Arms along the last axis.

    ``expected``: the shares of the arms, adding up to 1. Below ALARM the comparison is not to be believed.
    """
    from scipy.special import chdtrc

    counts, shares = np.asarray(people, dtype=float), np.asarray(expected, dtype=float)
    wanted = counts.sum(-1, keepdims=True) * shares
    off = np.divide((counts - wanted) ** 2, wanted, out=np.zeros_like(wanted), where=wanted > 0).sum(-1)
    return np.asarray(chdtrc(shares.shape[-1] - 1, off))


# --- Told -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arm:
    """One side of a comparison: counts of people by hamlet, in any order; one hamlet: drawn person by person."""

    label: str
    yes: tuple[int, ...]
    people: tuple[int, ...]

    @property
    def totals(self) -> tuple[int, int]:
        return sum(self.yes), sum(self.people)

    @property
    def said(self) -> str:
        """180/600 = 30 %."""
        return said(*self.totals)


@dataclass(frozen=True)
class Comparison:
    """Two arms beside each other. ``difference``, ``low``, ``high``: shares; None: too few people to tell.

    ``sound``: whether the lot gave each side what it should.
    """

    arms: tuple[Arm, Arm]
    difference: float | None
    low: float | None
    high: float | None
    sound: bool
    method: str

    @property
    def said(self) -> str:
        """One sentence for the page."""
        if not self.sound:
            return "Số người hai bên lệch so với bốc thăm: phải tìm nguyên nhân trước, chưa so sánh được."
        if self.difference is None or self.low is None or self.high is None:
            return f"{TOO_FEW}."
        between = f"khoảng tin cậy 95 % từ {_points(self.low)} đến {_points(self.high)} điểm phần trăm"
        if self.low <= 0 <= self.high:
            return f"Chưa thấy khác nhau: chênh {_points(self.difference)}, {between}, có cả số 0."
        more, less = self.arms if self.difference > 0 else self.arms[::-1]
        return f"{more.label} hơn {less.label} {_points(abs(self.difference))} điểm phần trăm ({between})."


def compare(first: Arm, second: Arm, expected: Sequence[float] | None = None) -> Comparison:
    """The first arm minus the second. Several hamlets in an arm: they were drawn whole.

    ``expected``: the shares of people that the lot should have given, if it was drawn person by person.
    """
    clustered = len(first.people) > 1 or len(second.people) > 1
    totals = [arm.totals for arm in (first, second)]
    sound = True
    if expected is not None and not clustered:
        sound = bool(sample_ratio([people for _, people in totals], expected) >= ALARM)
    counted = [effective(arm.yes, arm.people) for arm in (first, second)] if clustered else totals
    (x, n), (y, m) = ((float(yes), float(people)) for yes, people in counted)
    method = METHOD_CLUSTERED if clustered else METHOD
    if min(n, m) < LEAST:
        return Comparison((first, second), None, None, None, sound, method)
    difference, low, high = (float(value) for value in newcombe(x, n, y, m))
    return Comparison((first, second), difference, low, high, sound, method)


def _points(share: float) -> str:
    return f"{100 * share:.1f}".replace(".", ",").replace("-", "−")
