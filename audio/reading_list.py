"""What a local speaker is asked to read once: exactly the phrases and figures that a commune's bulletins can need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from audio.bulletins import script, templates
from audio.phrases import PAGE, counts, figures, fragments, plain_words
from audio.script import whole
from audio.spoken import spoken

# stand in for live fields; whatever surrounds them is fixed
_LIVE: dict[str, Any] = {
    "sessions": [{"hamlet": "§1", "when": "§2", "place": "§3"}],
    "phone": "1900 0000",
    "done": "987654",
}
_MARKS = (*_LIVE["sessions"][0].values(), _LIVE["phone"], _LIVE["done"])


@dataclass(frozen=True)
class Page:
    """Some twenty lines that are read in one recording, a silence after each. ``number`` begins at 1."""

    number: int
    title: str
    phrases: tuple[str, ...]


def reading_list(commune: str, hamlets: Iterable[str], places: Iterable[str]) -> list[Page]:
    """All pages of a commune: its full name, the names of its hamlets, the places of its help sessions."""
    groups: list[tuple[str, list[str]]] = []
    for name, template in templates().items():
        fields = {key: value for key, value in _LIVE.items() if key in template.fields}
        groups.append((template.title, fragments(whole(script(name, commune, fields)), _MARKS)))
    named = [spoken(name).text for name in (*hamlets, *places)]
    groups += [("Thôn, khu phố và nơi gặp", named), ("Giờ, ngày, tháng và chữ số", list(figures()))]
    if any("done" in template.fields for template in templates().values()):
        groups.append(("Số đếm", list(counts())))
    pages: list[Page] = []
    seen: set[str] = set()
    for title, phrases in groups:
        fresh = []
        for phrase in phrases:
            key = " ".join(plain_words(phrase))
            if key and key not in seen:
                seen.add(key)
                fresh.append(phrase)
        for at in range(0, len(fresh), PAGE):
            pages.append(Page(len(pages) + 1, title, tuple(fresh[at : at + PAGE])))
    return pages
