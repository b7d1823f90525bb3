"""Every state and named group of states of a campaign, a delivery and an attempt."""

from __future__ import annotations

from enum import StrEnum


class CampaignState(StrEnum):
    """draft → approved (by a second person) → running ⇄ paused → finished | cancelled."""

    DRAFT = "draft"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """The life of one (campaign, step, person). See DATAFLOW.md for the picture."""

    HELD = "held"  # not now: reason and, where known, until when
    DUE = "due"  # may be claimed from due_at on
    CLAIMED = "claimed"  # a worker has it, nothing sent; safe to take back
    SENDING = "sending"  # marked and committed; the request may have left
    ACCEPTED = "accepted"  # the provider has it
    FAILED = "failed"  # no channel is left
    UNKNOWN = "unknown"  # the line died after the request left; never sent again by itself
    SKIPPED = "skipped"  # gets nothing, with the reason


WAITING = (DeliveryState.HELD, DeliveryState.DUE, DeliveryState.CLAIMED, DeliveryState.SENDING)


class AttemptResult(StrEnum):
    """What one request came to."""

    ACCEPTED = "accepted"
    FAILED = "failed"
    LATER = "later"
    UNKNOWN = "unknown"
