"""Two thousand populations of 20.000 with known effects: the intervals hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from campaigns.lots import PRIME, arm_of, percentile, start_order
from campaigns.results import experiment
from campaigns.results.experiment import TOO_FEW, Arm, compare, effective, newcombe, wilson

LOTS = np.random.default_rng(418).integers(0, PRIME, (2_000, 3, 8)).tolist()  # as secrets.randbelow draws them
RUNS, PEOPLE, HAMLETS = 2_000, 20_000, 80
FALSE, SILENT = 0.08, 0.02  # of claims: not true; of those who say nothing: have it all the same
CLAIM = {"message": 0.14, "visit": 0.20, "loudspeaker": 0.06}  # by how much each makes more people say "done"
TRUTH = {name: more * (1 - FALSE - SILENT) for name, more in CLAIM.items()}  # by how much more have the account


class Worlds:
    """RUNS populations. Of each hamlet: people, those who say "done", who of them is wrong, who has the account."""

    def __init__(self) -> None:
        rng = np.random.default_rng(20_261_122)
        weights = rng.dirichlet(np.full(HAMLETS, 4.0))
        self.people = rng.multinomial(PEOPLE, weights)
        names = [f"22945-{number:02d}" for number in range(HAMLETS)]
        place = {name: number for number, name in enumerate(names)}
        self.early = {}  # (run, hamlet): was its turn drawn into the first half?
        for kind, what in enumerate(CLAIM):
            first = np.zeros((RUNS, HAMLETS), dtype=bool)
            for run in range(RUNS):
                half = start_order(LOTS[run][kind], names)[: HAMLETS // 2]
                first[run, [place[name] for name in half]] = True
            self.early[what] = first
        alike = rng.normal(0, 0.03, (RUNS, HAMLETS)).clip(-0.08, 0.08)  # a hamlet's people are alike
        says = 0.10 + alike + sum(more * self.early[what] for what, more in CLAIM.items())
        wrong = FALSE + rng.normal(0, 0.02, (RUNS, HAMLETS)).clip(-0.06, 0.06)
        self.claims = rng.binomial(self.people, says)
        self.false = rng.binomial(self.claims, wrong)
        self.has = self.claims - self.false + rng.binomial(self.people - self.claims, SILENT)

    def interval(self, yes: np.ndarray, what: str) -> tuple[np.ndarray, np.ndarray]:
        """Of the difference between hamlets whose turn came early and the others, in each run."""
        counted = []
        for arm in (self.early[what], ~self.early[what]):
            counted += effective(yes * arm, self.people * arm)
        _, low, high = newcombe(*counted)
        return low, high


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    return Worlds()


def holds(low: np.ndarray, high: np.ndarray, truth: float) -> float:
    return float(((low <= truth) & (truth <= high)).mean())


# --- The must-show figures --------------------------------------------------------------------------


@pytest.mark.parametrize("what", CLAIM)
def test_intervals_hold_the_true_effect_of(worlds: Worlds, what: str) -> None:
    low, high = worlds.interval(worlds.has, what)
    assert 0.93 <= holds(low, high, TRUTH[what]) <= 0.97
    assert float((high - low).mean()) < 0.16  # and they say something


def test_intervals_hold_the_true_share_of_false_claims(worlds: Worlds) -> None:
    low, high = wilson(*effective(worlds.false, worlds.claims))
    assert 0.93 <= holds(low, high, FALSE) <= 0.97


def test_claims_alone_would_promise_too_much(worlds: Worlds) -> None:
    """Why levels of evidence are never put in each other's place: what people say is not what the list says."""
    low, high = worlds.interval(worlds.claims, "visit")
    assert holds(low, high, CLAIM["visit"]) >= 0.93
    assert float(((low + high) / 2).mean()) > TRUTH["visit"] + 0.01


def test_people_of_a_hamlet_are_alike_and_passing_over_it_would_be_wrong(worlds: Worlds) -> None:
    early = worlds.early["message"]
    counted = []
    for arm in (early, ~early):
        counted += [(worlds.has * arm).sum(-1), (worlds.people * arm).sum(-1)]
    _, low, high = newcombe(*counted)
    assert holds(low, high, TRUTH["message"]) < 0.6


@pytest.mark.parametrize("arms", [2, 3])
@pytest.mark.parametrize("level", [0.01, 0.05])
def test_the_sample_ratio_alarms_as_often_as_it_says(arms: int, level: float) -> None:
    """The real lot of 2.000 campaigns over 20.000 people; bounds: 4 standard errors of a count of alarms."""
    people = np.arange(1, PEOPLE + 1, dtype=np.int64)
    counts = np.array([np.bincount(arm_of(people, LOTS[run][0], arms), minlength=arms) for run in range(RUNS)])
    alarms = int((experiment.sample_ratio(counts, np.full(arms, 1 / arms)) < level).sum())
    assert abs(alarms - RUNS * level) <= 4 * (RUNS * level * (1 - level)) ** 0.5


def test_a_lot_that_loses_people_is_found() -> None:
    halves = (0.5, 0.5)
    assert experiment.sample_ratio([9_700, 10_300], halves) < experiment.ALARM
    made = compare(Arm("Cách viết 1", (900,), (9_700,)), Arm("Cách viết 2", (900,), (10_300,)), halves)
    assert not made.sound
    assert "tìm nguyên nhân" in made.said


def test_a_commune_of_60_is_too_few_whatever_came_out() -> None:
    for yes in range(31):
        alone = compare(Arm("đợt đầu", (yes,), (30,)), Arm("đợt sau", (0,), (30,)), (0.5, 0.5))
        hamlets = compare(Arm("đợt đầu", (yes // 2, yes - yes // 2), (15, 15)), Arm("đợt sau", (0, 0), (15, 15)))
        assert alone.said == hamlets.said == "Quá ít người để kết luận."
        assert (alone.difference, hamlets.low) == (None, None)


# --- Held against scipy -----------------------------------------------------------------------------


@pytest.mark.parametrize(("yes", "people"), [(0, 37), (37, 37), (141, 150), (141, 410), (1, 3)])
def test_wilson_is_scipys(yes: int, people: int) -> None:
    theirs = binomtest(yes, people).proportion_ci(method="wilson")
    assert np.allclose(wilson(yes, people), (theirs.low, theirs.high))


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),  # Newcombe 1998, table II, rows (a) to (f), method 10
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe_is_the_papers(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    found = newcombe(*counts)
    assert np.allclose(found[1:], (low, high), atol=6e-5)


def test_the_sample_ratio_is_scipys() -> None:
    for counts in ([50, 50], [40, 61], [300, 350, 320]):
        assert np.isclose(experiment.sample_ratio(counts, np.full(len(counts), 1 / len(counts))), chisquare(counts)[1])


# --- The lot ----------------------------------------------------------------------------------------


def test_the_order_is_the_keys_and_not_the_names() -> None:
    names = [f"22945-{number:02d}" for number in range(20)]
    order = start_order(LOTS[0][0], names)
    assert sorted(order) == names
    assert start_order(LOTS[0][0], names[::-1]) == order
    assert order != start_order(LOTS[1][0], names)


def test_neighbours_in_the_list_are_drawn_apart() -> None:
    """Of 2.000 lots two neighbours share their arm in half of them; what is secret decides."""
    same = sum(arm_of(57, lots[0], 2) == arm_of(58, lots[0], 2) for lots in LOTS)
    assert abs(same - RUNS / 2) <= 4 * (RUNS / 4) ** 0.5


def test_the_holdout_has_nothing_to_do_with_the_wording() -> None:
    out = [arm_of(57, lots[0], 2) for lots in LOTS if percentile(57, lots[0]) < 20]
    assert abs(len(out) - RUNS / 5) <= 4 * (RUNS * 0.16) ** 0.5
    assert abs(sum(out) - len(out) / 2) <= 4 * (len(out) / 4) ** 0.5


# --- Told in words ----------------------------------------------------------------------------------


def test_a_difference_is_told_with_its_interval_or_not_at_all() -> None:
    clear = compare(Arm("Cách viết 1", (400,), (1_000,)), Arm("Cách viết 2", (300,), (1_000,)), (0.5, 0.5))
    assert clear.said == (
        "Cách viết 1 hơn Cách viết 2 10,0 điểm phần trăm (khoảng tin cậy 95 % từ 5,8 đến 14,1 điểm phần trăm)."
    )
    same = compare(Arm("Cách viết 1", (300,), (1_000,)), Arm("Cách viết 2", (305,), (1_000,)), (0.5, 0.5))
    assert same.said.startswith("Chưa thấy khác nhau: chênh −0,5, khoảng tin cậy 95 %")
    assert "Newcombe" in clear.method


def test_one_hamlet_on_a_side_tells_nothing() -> None:
    made = compare(Arm("đợt đầu", (90, 95), (200, 200)), Arm("đợt sau", (10,), (400,)))
    assert made.said == f"{TOO_FEW}."
