"""The lane's common clock: a 429 or a night rule from one process is obeyed by all of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from channels.tables import Lane
from database import insert_new
from register import audit
from register.errors import BadInput

SWITCHED = ("zalo", "telegram", "zbs")  # those by which campaigns go
audit.declare("channel_switched", "on")
audit.declare("channel_linked")


def ensure(session: Session, name: str) -> None:
    """Make sure that the lane's row is there. Its channel is the part before the colon."""
    row = {"name": name, "channel": name.split(":")[0], "holder": "", "fence": 0, "trouble": "", "off": False}
    insert_new(session, Lane, [row], ["name"])


def hold(session: Session, name: str, until: datetime, *, replies: bool = True) -> None:
    """Nobody sends on this lane before ``until`` (aware). A longer hold that stands is kept.

    ``replies`` False: only campaigns wait; the night rule and the daily quota are not for answers (facts §1.7).
    """
    ensure(session, name)
    for column in (col(Lane.not_before), col(Lane.rest_until)) if replies else (col(Lane.not_before),):
        longer = or_(column.is_(None), column < until)
        session.execute(update(Lane).where(col(Lane.name) == name, longer).values({column: until}))


def held_until(session: Session, name: str, now: datetime) -> datetime | None:
    """Until when no campaign may send on the lane, or None."""
    query = select(Lane.not_before).where(Lane.name == name, col(Lane.not_before) > now)
    return session.execute(query).scalar()


def resting_until(session: Session, name: str, now: datetime) -> datetime | None:
    """Until when not even a reply may go, or None."""
    query = select(Lane.rest_until).where(Lane.name == name, col(Lane.rest_until) > now)
    return session.execute(query).scalar()


def alarm(session: Session, name: str, trouble: str) -> None:
    """A person has to mend something before this lane works again: config | billing | oauth."""
    ensure(session, name)
    session.execute(update(Lane).where(col(Lane.name) == name).values(trouble=trouble))


def calm(session: Session, name: str, trouble: str) -> None:
    """That trouble is over; another one is left as it is."""
    session.execute(update(Lane).where(col(Lane.name) == name, col(Lane.trouble) == trouble).values(trouble=""))


def switch(session: Session, channel: str, *, on: bool, by: str, now: datetime) -> None:
    """Switch a channel's campaign messages on or off. People who write are answered all the same.

    Switching on also says that what an operator had to mend is mended; a dead token says so itself.
    """
    if channel not in SWITCHED:
        raise BadInput(f"Không có kênh “{channel}”. Các kênh: {', '.join(SWITCHED)}.")
    audit.note(session, by, "channel_switched", channel, now, on=on)
    ensure(session, f"{channel}:main")
    session.execute(update(Lane).where(col(Lane.name) == f"{channel}:main").values(off=not on))
    for trouble in ("config", "billing") if on else ():
        calm(session, f"{channel}:main", trouble)


def linked(session: Session, *, by: str, now: datetime) -> None:
    """Note that somebody linked the Official Account."""
    audit.note(session, by, "channel_linked", "zalo", now)


def switched_off(session: Session) -> set[str]:
    """The channels by which no campaign message goes out until somebody switches them on again."""
    return set(session.exec(select(Lane.channel).where(col(Lane.off))).all())


def set_price(session: Session, name: str, price: int) -> None:
    """What one message on this lane costs at the most, in VND."""
    ensure(session, name)
    session.execute(update(Lane).where(col(Lane.name) == name).values(price_vnd=price))


def prices(session: Session) -> dict[str, int]:
    """The known prices by channel, in VND."""
    query = select(Lane.channel, Lane.price_vnd).where(col(Lane.price_vnd).is_not(None))
    return {channel: int(price or 0) for channel, price in session.exec(query).all()}
