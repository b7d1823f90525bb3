"""Zalo Bot Platform: no documented rate or quota, so we stay slow (facts/channels §5)."""

BULK_PER_SECOND = 5.0
TEXT_CHARACTERS = 2_000
POLL_S = 25
