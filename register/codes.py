"""One-time codes that somebody types from paper or another screen: drawn and read again in one way.

The database knows them as keyed hashes only (keys.Keyring.lookup), each kind under a word of its own.
"""

from __future__ import annotations

import secrets
import unicodedata

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no 0 O, no 1 I L: they look alike on paper


def new_code(length: int) -> str:
    """So many letters, of 31: 8 make 8,5·10^11 codes."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def read_code(typed: str) -> str:
    """A code as it was drawn, whatever its case, width, spaces and dashes. Figures of an app pass too."""
    wide = unicodedata.normalize("NFKC", typed).upper()
    return "".join(letter for letter in wide if letter.isascii() and letter.isalnum())
