"""Giờ nhắn tin của xã: when messages may go in one commune. It may narrow the installation's hours, never widen them.

    first, last = hours_of(session, home, "22945")        # ("07:30", "19:00")

The system owner's bounds are the settings SEND_FROM and SEND_UNTIL. A campaign reads the commune's own hours together
with whether its notice stands (campaigns.circumstances), so that no message costs a question of its own.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session, col, select

from campaigns.engine.decide import opens_at
from register.errors import BadInput
from register.home import Home
from register.tables import UnitSetting
from register.units import set_setting, setting
from settings import Settings

HOURS = "hours"  # the commune's setting: "07:30-19:00"
Hours = tuple[str, str]  # from, until: HH:MM, Viet Nam time
LEAST_MINUTES = 60  # with less, a campaign would never get through


def within(own: str, settings: Settings) -> Hours:
    """The commune's own hours inside the installation's; "" or what lies outside altogether: the installation's."""
    first, _, last = own.partition("-")
    first, last = max(first, settings.send_from), min(last or settings.send_until, settings.send_until)
    return (first, last) if first < last else (settings.send_from, settings.send_until)


def hours_of(session: Session, home: Home, commune: str) -> Hours:
    """When messages may go in this commune."""
    return within(setting(session, commune, HOURS), home.settings)


def set_hours(session: Session, home: Home, commune: str, first: str, last: str) -> None:
    """Store the commune's hours; both empty: those of the installation. BadInput: wider than it, or hardly any."""
    bounds = home.settings.send_from, home.settings.send_until
    first, last = _clock(first or bounds[0]), _clock(last or bounds[1])
    if first < bounds[0] or last > bounds[1]:
        raise BadInput(
            f"Giờ nhắn tin phải nằm trong khoảng {bounds[0]} đến {bounds[1]}. Muốn rộng hơn, hãy nhờ quản trị hệ thống."
        )
    if _minutes(last) - _minutes(first) < LEAST_MINUTES:
        raise BadInput("Giờ nhắn tin: giờ cuối phải sau giờ đầu ít nhất một tiếng.")
    set_setting(session, commune, HOURS, "" if (first, last) == bounds else f"{first}-{last}")


def resting(session: Session, home: Home, now: datetime) -> set[str]:
    """The communes in which no message may go now by their own hours."""
    own = session.exec(select(UnitSetting.unit, UnitSetting.value).where(col(UnitSetting.key) == HOURS)).all()
    return {commune for commune, value in own if opens_at(now, *within(value, home.settings)) > now}


def _clock(text: str) -> str:
    """ "7:30", "7h30", "7" → "07:30"."""
    found = re.fullmatch(r"(\d{1,2})(?:[:h.](\d{2})?)?", text.strip().lower())
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise BadInput("Giờ nhắn tin: hãy ghi theo dạng giờ:phút, ví dụ 7:30.")
    return f"{int(found[1]):02d}:{int(found[2] or 0):02d}"


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
