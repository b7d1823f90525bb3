"""Zalo Bot Platform: no documented rate or quota, so we stay slow (facts/channels §5)."""

TEXT_CHARACTERS = 2_000
REPLIES_PER_SECOND = 5.0
REPLIES_BURST = 3
POLL_S = 25
