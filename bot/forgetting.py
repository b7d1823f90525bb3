"""What talk forgets when somebody withdraws. An erasure clears it without being told (register/erase.py)."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import Session, col

from bot.tables import Conversation


def forget_conversations(session: Session, contacts: list[int]) -> None:
    """Delete where these contacts are in their conversations."""
    session.execute(delete(Conversation).where(col(Conversation.contact).in_(contacts)))
