"""By what: lanes, tokens and uploaded files."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel


class Lane(SQLModel, table=True):
    """One sender account (one OA, one bot token) with its pace and its one holder.

    ``fence`` grows with each new holder; a holder whose number is old may no longer mark a row.
    """

    __tablename__ = "lane"
    name: str = Field(primary_key=True)  # zalo:main, zbs:main, telegram:main
    channel: str
    not_before: datetime | None = None  # a 429, the night, a spent quota: no campaign sends before
    rest_until: datetime | None = None  # a 429: replies rest too
    holder: str = ""
    lease_until: datetime | None = None
    fence: int = 0
    trouble: str = ""  # config | billing | oauth: what an operator has to mend
    off: bool = False  # an officer switched it off: campaigns go on by the others
    price_vnd: int | None = None  # the most that one message costs, as the provider's template says


class OAuthToken(SQLModel, table=True):
    """Zalo's rotating pair, sealed. Stored before it is used."""

    __tablename__ = "oauth_token"
    lane: str = Field(primary_key=True)
    sealed: bytes
    expires_at: datetime
    renewed_at: datetime
    claimed_until: datetime | None = None  # who refreshes now, or rests after a failure; nobody else does


class FileId(SQLModel, table=True):
    """A picture or voice that was uploaded once to a lane, and the id to send it again."""

    __tablename__ = "file_id"
    lane: str = Field(primary_key=True)
    content_hash: str = Field(primary_key=True)
    file_id: str
    expires_at: datetime | None = None
