"""What every voice offers: one sentence in, float32 mono samples out.

Give every voice the spoken form (``audio.spoken``), never raw text.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from register.errors import BadInput

Samples = npt.NDArray[np.float32]


class VoiceSilent(BadInput):
    """The voice gave no sound; the sentence tells the user what to do."""


class VoiceStopped(VoiceSilent):
    """Asking for the next sentence is of no use now: the line is down, or the server wants to be left alone."""


class Voice(Protocol):
    """One way to speak. ``draft``: not for air without a second approval."""

    name: str
    label: str  # Vietnamese, for screens and tags
    draft: bool
    key: str  # what a kept sentence depends on beside its words: voice, version, model

    def say(self, sentence: str) -> tuple[Samples, int]:
        """Samples (mono, −1…1) and their rate in Hz. Raises VoiceSilent when nothing came back."""
        ...

    def paced(self, factor: float) -> Voice:
        """The same voice, speaking this many times as fast; itself when its speed cannot be set."""
        ...
