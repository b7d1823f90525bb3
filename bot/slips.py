"""Slips of the thumb: "lam xobg roi" → "lam xong roi". Pure.

Only what can be no Vietnamese syllable and stands in no line of the training is touched: one letter beside the
meant one, two swapped, one too many or one missing. Of what it could have been, the word that people say most
here, beside its neighbours, is taken. So nothing that is a word, a name or a loan known here is ever changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from audio.words import is_syllable

LEAST_LETTERS, MOST_LETTERS = 3, 12
MOST_SLIPS = 8  # in one text; more is no slip, and work for nothing
BESIDE_A_NEIGHBOUR, NOT_BY_A_KEY = 2.5, 2.0  # in units of idf, that is of e-fold frequency
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LOANS = frozenset(
    re.findall(
        r"\w+",
        """done lag bus home web video clip face call shop link file menu code login logout scan zoom live fan pro free
        sale share send user phone smart touch error loading update reset online offline mail the and you""",
    )
)
_LETTERS = "abcdeghiklmnopqrstuvxy"


def _around(row: int, place: int) -> Iterator[str]:
    """The keys that touch one: left and right, and the two in the row above and below (rows lean to the right)."""
    for other, places in ((row, (-1, 1)), (row - 1, (0, 1)), (row + 1, (-1, 0))):
        if 0 <= other < len(_ROWS):
            yield from (_ROWS[other][place + step] for step in places if 0 <= place + step < len(_ROWS[other]))


_BESIDE = {key: tuple(_around(number, place)) for number, row in enumerate(_ROWS) for place, key in enumerate(row)}


def _meant(word: str) -> Iterator[tuple[str, float]]:
    """All that the word could have been, with what it costs to believe so."""
    for at, letter in enumerate(word):
        before, after = word[:at], word[at + 1 :]
        yield before + after, 0.0 if before.endswith(letter) or letter in _BESIDE.get(before[-1:], ()) else NOT_BY_A_KEY
        if after:
            yield before + after[0] + letter + after[1:], 0.0
        for key in _BESIDE.get(letter, ()):
            yield before + key + after, 0.0
    for at in range(len(word) + 1):
        for letter in _LETTERS:
            yield word[:at] + letter + word[at:], 0.0 if word[at - 1 : at] == letter else NOT_BY_A_KEY


def _is_slip(word: str, known: Mapping[str, float]) -> bool:
    if not LEAST_LETTERS <= len(word) <= MOST_LETTERS or not word.isalpha():
        return False
    return not (word in known or word in _LOANS or is_syllable(word))


def mend(plain: str, forms: Mapping[str, str], rarity: Mapping[str, float], rare: float) -> str:
    """The normalised text with its slips mended.

    ``forms``: short and regional form → plain word. ``rarity``: idf of the words and pairs of words that are known;
    a word rarer than ``rare`` is nobody's meaning.
    """
    words = plain.split()
    slips = [at for at, word in enumerate(words) if _is_slip(word, rarity)]
    for at in slips[:MOST_SLIPS]:
        before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
        costs: dict[str, float] = {}
        for said, price in _meant(words[at]):
            word = forms.get(said, said) if is_syllable(said) else said
            if rarity.get(word, rare) < rare:
                beside = (f"{before} {word}" in rarity) + (f"{word} {after}" in rarity)
                cost = rarity[word] + price - BESIDE_A_NEIGHBOUR * beside
                costs[word] = min(cost, costs.get(word, cost))
        if costs:
            words[at] = min(costs, key=costs.__getitem__)
    return " ".join(words)
