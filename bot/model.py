"""The linear model behind the understanding: learned once by scikit-learn, then a file of plain numbers.

    learned = learn(pairs)            # (intent, normalised line): about a second, imports scikit-learn
    save(learned, file)
    model = load(file)                # some hundredths of a second, numpy only
    model.guess("lam sao de tao tai khoan")

What answers citizens never imports scikit-learn: it adds up the same numbers (a test compares the two).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Analyser = Callable[[str], list[str]]
Numbers = NDArray[np.float64]

SHARPNESS = 3.0  # turns margins into honest probabilities (fitted on held-out lines)
NEAR = 0.14  # from here on a guess is worth a button
OTHER = "other"
SEVERAL = 3  # lines with a word, until it counts as one that people write
LETTERS = (2, 5)  # the shortest and longest runs of letters
# How syllables sound alike to those who write by ear; folded, applied in order.
_BY_EAR = (("gi", "d"), ("z", "d"), ("r", "d"), ("tr", "ch"), ("x", "s"), ("ngh", "ng"), ("gh", "g"), ("l", "n"))
_SMALL = set(
    re.findall(
        r"\w+",
        """toi bac em minh ong ba con chau chu co cu noi ngoai nha nhe a da vay voi nghe nghen hong oi ne do di ay day
        thi ma la cai nay no cho gium dum ho lam qua het luon roi""",
    )
)


# --- What a text is made of -----------------------------------------------------------------------


def letters(text: str) -> list[str]:
    """Runs of letters inside each word, its edges as blanks: scikit-learn's ``char_wb``."""
    runs = []
    for word in text.split():
        word = f" {word} "
        for size in range(LETTERS[0], LETTERS[1] + 1):
            runs += [word[start : start + size] for start in range(max(len(word) - size, 0) + 1)]
            if size >= len(word):
                break
    return runs


def pieces(text: str) -> list[str]:
    """Runs of one to three words."""
    words = text.split()
    return [" ".join(words[i : i + size]) for size in (1, 2, 3) for i in range(len(words) - size + 1)]


def heard(text: str) -> list[str]:
    """The pieces as they sound."""
    for written, sound in _BY_EAR:
        text = re.sub(rf"\b{written}", sound, text)
    return pieces(text)


def bare(text: str) -> list[str]:
    """The pieces without the words for I, you and politeness: bà, bác, em, tui say the same thing."""
    return pieces(" ".join(word for word in text.split() if word not in _SMALL))


ANALYSERS: tuple[Analyser, ...] = (letters, pieces, heard, bare)


# --- What it weighs -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One analyser's share: the place of each term, its idf, and its weight for every intent."""

    analyse: Analyser
    places: dict[str, int]
    idf: Numbers  # (terms,)
    weights: Numbers  # (terms, intents)


@dataclass(frozen=True)
class Model:
    """What was learned. ``intents`` in the order of the weights' columns."""

    intents: tuple[str, ...]
    intercept: Numbers
    parts: tuple[Part, ...]

    @cached_property
    def rarity(self) -> dict[str, float]:
        """The idf of every run of words that was learned: the more often it is said, the smaller."""
        words = self.parts[ANALYSERS.index(pieces)]
        return dict(zip(words.places, map(float, words.idf), strict=False))

    @cached_property
    def rare(self) -> float:
        """The idf of what stands in fewer than ``SEVERAL`` lines."""
        return max(self.rarity.values(), default=0.0) - log((SEVERAL + 1) / 2) + 1e-9

    def guess(self, plain: str, but: str = "") -> tuple[str, float]:
        """The likeliest intent of a normalised text and how sure that is, 0 to 1. ``but``: one that it is not."""
        shares = self._shares(plain)
        if but in self.intents:
            shares[self.intents.index(but)] = 0
            shares /= shares.sum()
        best = int(np.argmax(shares))
        return self.intents[best], float(shares[best])

    def nearest(self, plain: str) -> tuple[str, ...]:
        """The two likeliest intents, () when the likeliest is "other" or nothing stands out."""
        shares = self._shares(plain)
        first, second = (int(place) for place in shares.argsort()[::-1][:2])
        if self.intents[first] == OTHER or shares[first] < NEAR:
            return ()
        return tuple(self.intents[place] for place in (first, second) if shares[place] >= NEAR / 2)

    def _shares(self, plain: str) -> Numbers:
        margins = self.margins(plain)
        weights = np.exp(SHARPNESS * (margins - margins.max()))
        shares: Numbers = weights / weights.sum()
        return shares

    def margins(self, plain: str) -> Numbers:
        """What the library's decision function says of one text. Added up term by term: for a single line that
        is several times faster than its way through sparse matrices, and the same (see the test).
        """
        total = self.intercept.copy()
        for part in self.parts:
            counted = Counter(term for term in part.analyse(plain) if term in part.places)
            if not counted:
                continue
            at = [part.places[term] for term in counted]
            weights = (1 + np.log(list(counted.values()))) * part.idf[at]
            total += (weights / np.sqrt(weights @ weights)) @ part.weights[at]
        return total


# --- Learning, keeping ----------------------------------------------------------------------------


def learn(pairs: Iterable[tuple[str, str]]) -> tuple[Any, Any]:
    """scikit-learn's features and classifier for (intent, normalised line) pairs."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union
    from sklearn.svm import LinearSVC

    intents, lines = zip(*pairs, strict=True)
    terms = partial(TfidfVectorizer, sublinear_tf=True)
    features = make_union(*(terms(analyzer=analyse) for analyse in ANALYSERS))
    classifier = LinearSVC(C=0.6, class_weight="balanced", random_state=418)
    return features, classifier.fit(features.fit_transform(lines), intents)


def save(learned: tuple[Any, Any], file: Path) -> None:
    """Keep what ``learn`` found in a new file, named ``….npz``."""
    features, classifier = learned
    kept = {"intents": classifier.classes_.astype(str), "intercept": classifier.intercept_}
    start = 0
    for number, (_, terms) in enumerate(features.transformer_list):
        end = start + len(terms.vocabulary_)
        names = "\n".join(sorted(terms.vocabulary_, key=terms.vocabulary_.__getitem__))
        kept[f"terms{number}"] = np.frombuffer(names.encode(), np.uint8)
        kept[f"idf{number}"], kept[f"weights{number}"] = terms.idf_, np.ascontiguousarray(classifier.coef_.T[start:end])
        start = end
    np.savez(file, **kept)


def load(file: Path) -> Model:
    """What ``save`` kept. Raises OSError, EOFError, ValueError, KeyError or BadZipFile for anything else."""
    with np.load(file, allow_pickle=False) as kept:
        parts = []
        for number, analyse in enumerate(ANALYSERS):
            names = bytes(kept[f"terms{number}"]).decode().split("\n")
            places = {name: place for place, name in enumerate(names)}
            parts.append(Part(analyse, places, kept[f"idf{number}"], kept[f"weights{number}"]))
        return Model(tuple(map(str, kept["intents"])), kept["intercept"], tuple(parts))
