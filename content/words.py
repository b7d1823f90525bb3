"""Vietnamese text as data: folding accents, counting syllables. Pure, no imports of ours."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPECIAL = str.maketrans({"đ": "d", "Đ": "D"})
_SYLLABLE = re.compile(r"[^\W_]+(?:[.,][0-9]+)*")
_LABEL = re.compile(r'"[^"]*"|“[^”]*”')
_SENTENCE_END = re.compile(r"(?<=[.!?:;…])\s+|\n+")


def nfc(text: str) -> str:
    """The composed form in which every text of ours is kept."""
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=4_096)
def fold_char(char: str) -> str:
    """One letter without its accents, lower case; always exactly one character."""
    base = unicodedata.normalize("NFD", char.translate(_SPECIAL).lower())
    return base[0] if base else char


def fold(text: str) -> str:
    """``text`` without accents, lower case, and of the same length as its composed form."""
    return "".join(map(fold_char, nfc(text)))


def sentences(text: str) -> list[str]:
    """The sentences of a message: split at full stops, colons, semicolons and line ends."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def syllables(sentence: str) -> int:
    """Syllables a reader has to take in. A screen label in quotes is looked at, not read: it counts as one."""
    return len(_SYLLABLE.findall(_LABEL.sub(" nhãn ", sentence)))
