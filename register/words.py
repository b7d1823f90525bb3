"""Vietnamese text as people type it in lists: one form for keeping, one for comparing."""

from __future__ import annotations

import re
import unicodedata

# Cc (controls), Cf (zero-width marks, BOM) and Co never belong to a word of a list.
_INVISIBLE = {"Cc", "Cf", "Co"}


def clean(value: object) -> str:
    """Text for keeping: NFC, no invisible characters, every run of spaces (NBSP too) one space."""
    text = unicodedata.normalize("NFC", "" if value is None else str(value))
    if not text.isprintable():  # rare: NBSP, line breaks, zero-width marks
        spaced = (" " if c.isspace() else c for c in text)
        text = unicodedata.normalize("NFC", "".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE))
    return " ".join(text.split())


def fold(value: object) -> str:
    """Text for comparing: no accents, lower case, letters and digits only: "Họ và Tên" → "ho va ten"."""
    text = unicodedata.normalize("NFD", clean(value).casefold().replace("đ", "d"))
    bare = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", bare))
