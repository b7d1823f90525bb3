"""Steps of a campaign as data: which text, to whom, how long after the one before.

    {"message": "first", "variants": ["session"]}
    {"message": "reminder", "after_days": 4, "only": "silent", "by_channel": {"telegram": "session"}}

``variants``: other texts for a part of the people, drawn by lot (campaigns.lots), so that results can be
compared; ``by_channel``: another text for one channel; ``only``: whom a later step concerns.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from campaigns.tables import Campaign
from content.library import library
from register.errors import BadInput
from register.home import VIETNAM
from register.workdays import is_holiday

MOST_STEPS, MOST_VARIANTS = 4, 3
LEAST_GAP = timedelta(days=2)  # between two messages, however near the end is: under it nobody has had time
ONLY = {
    "": "mọi người chưa làm xong",
    "silent": "người chưa trả lời tin trước",
    "answered": "người có trả lời mà chưa làm xong",
    "stuck": "người đã bấm “Chưa được”",
}
# reasons by which ``only`` passes somebody over; the steps after it concern them again
PASSED_OVER = ("answered", "silent", "not_stuck")


def texts_of(step: dict[str, Any]) -> list[str]:
    """The ids of a step's texts, the first variant first."""
    return [step["message"], *step.get("variants", ())]


def text_for(step: dict[str, Any], channel: str, variant: int) -> str:
    """The id of the text that goes by this channel to somebody of this variant."""
    texts = texts_of(step)
    return str(step.get("by_channel", {}).get(channel) or texts[variant % len(texts)])


def wait_of(campaign: Campaign, step: int) -> timedelta:
    """How long after the step before, while the end is far."""
    return timedelta(days=campaign.steps[step - 1].get("after_days", 0))


def latest_day(campaign: Campaign, step: int) -> datetime:
    """From when this step goes out even before its time, so that it and those after it still fit into the window."""
    day = campaign.ends_on - (len(campaign.steps) - step) * LEAST_GAP
    while is_holiday(day) and day > campaign.starts_on:
        day -= timedelta(days=1)
    return datetime.combine(day, time(0), VIETNAM)


def due_after(campaign: Campaign, step: int, before: datetime) -> datetime | None:
    """When a step is due for whom the one before reached at ``before``; None: it no longer fits into the window."""
    due = min(before + wait_of(campaign, step), max(latest_day(campaign, step), before + LEAST_GAP))
    ends = datetime.combine(campaign.ends_on + timedelta(days=1), time(0), VIETNAM)
    return due if due < ends else None


def checked(steps: Any) -> list[dict[str, Any]]:
    """The steps, if they are sound; BadInput with one sentence else."""
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        raise BadInput(f"Một đợt có từ 1 đến {MOST_STEPS} tin.")
    for number, step in enumerate(steps, 1):
        _check(step, number)
    return steps


def _check(step: Any, number: int) -> None:
    known = {"message", "after_days", "only", "variants", "by_channel"}
    if not isinstance(step, dict) or not set(step) <= known:
        raise BadInput(f"Tin {number}: chỉ ghi được các mục {', '.join(sorted(known))}.")
    by_channel, variants = step.get("by_channel", {}), step.get("variants", [])
    if not isinstance(by_channel, dict) or not isinstance(variants, list) or len(variants) >= MOST_VARIANTS:
        raise BadInput(f"Tin {number}: nhiều nhất {MOST_VARIANTS} cách viết, ghi thành một danh sách.")
    for text in (step.get("message"), *variants, *by_channel.values()):
        if not isinstance(text, str) or text not in library().messages:
            raise BadInput(f"Tin {number}: không có mẫu tin này. Hãy chọn: {', '.join(library().messages)}.")
    days = step.get("after_days", 0)
    if type(days) is not int or not 0 <= days <= 60:
        raise BadInput(f"Tin {number}: số ngày chờ phải từ 0 đến 60.")
    if number == 1 and step.get("only"):
        raise BadInput("Tin đầu gửi cho cả nhóm, không đặt điều kiện nhắc.")
    if step.get("only", "") not in ONLY:
        raise BadInput(f"Tin {number}: điều kiện nhắc phải là một trong: {', '.join(filter(None, ONLY))}.")
