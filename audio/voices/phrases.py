"""A person's own voice: phrases and figures read once, joined with natural pauses. No network, no machine's voice.

The only honest way to speak Tày, Nùng, Hmông or Khmer: the bank holds what a local speaker read (``audio.phrases``).
"""

from __future__ import annotations

import re

import numpy as np

from audio.phrases import RATE, Bank, plain_words
from audio.voices.base import Samples, VoiceSilent

WORD_GAP_S = 0.04  # between two phrases of one breath
COMMA_GAP_S = 0.25
FADE_S = 0.01
LONGEST_PHRASE = 40  # words; no phrase of the list is longer


class Phrases:
    """The voice of one bank."""

    name = "phrases"
    draft = False

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.known = bank.recorded()
        self.name = "phrases" if bank.language == "vi" else f"phrases-{bank.language}"
        self.label = f"giọng người địa phương ({bank.language_name})"
        self.key = f"{self.name}-{bank.fingerprint()}"

    def say(self, sentence: str) -> tuple[Samples, int]:
        pieces: list[Samples] = []
        for clause in re.split(r"[,;:.!?]+", sentence):
            words = plain_words(clause)
            if not words:
                continue
            found, missing = self._split(words)
            if missing:
                raise VoiceSilent(f"Chưa có tiếng của: “{' '.join(missing)}”. Hãy ghi thêm ở trang Giọng người.")
            if pieces:
                pieces.append(np.zeros(int(COMMA_GAP_S * RATE), np.float32))
            for number, phrase in enumerate(found):
                if number:
                    pieces.append(np.zeros(int(WORD_GAP_S * RATE), np.float32))
                pieces.append(_faded(self.bank.samples(phrase)))
        if not pieces:
            raise VoiceSilent("Câu này không có chữ nào để đọc.")
        return np.concatenate(pieces), RATE

    def can_say(self, sentences: list[str]) -> bool:
        """Whether every word of these sentences is in the bank."""
        clauses = (plain_words(clause) for sentence in sentences for clause in re.split(r"[,;:.!?]+", sentence))
        return bool(self.known) and not any(self._split(words)[1] for words in clauses if words)

    def paced(self, factor: float) -> Phrases:
        return self  # a person speaks as a person speaks

    def _split(self, words: list[str]) -> tuple[list[str], list[str]]:
        """The fewest recorded phrases that make up ``words``; else the words that none of them covers."""
        best: list[list[str] | None] = [[], *([None] * len(words))]
        for end in range(1, len(words) + 1):
            for start in range(max(0, end - LONGEST_PHRASE), end):
                before, phrase = best[start], " ".join(words[start:end])
                if before is None or phrase not in self.known:
                    continue
                now = best[end]
                if now is None or len(before) + 1 < len(now):
                    best[end] = [*before, phrase]
        whole = best[-1]
        if whole is not None:
            return whole, []
        reached = max(at for at, found in enumerate(best) if found is not None)
        return [], words[reached:]


def _faded(samples: Samples) -> Samples:
    """Without a click at either end."""
    length = min(int(FADE_S * RATE), len(samples) // 2)
    if not length:
        return samples
    out, ramp = samples.copy(), np.linspace(0, 1, length, dtype=np.float32)
    out[:length] *= ramp
    out[-length:] *= ramp[::-1]
    return out
