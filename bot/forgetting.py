"""What talk has to forget when a person is erased. Importing this file registers it with the register."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import Session, col

from bot.tables import Conversation
from register.erase import when_erased


def forget_conversations(session: Session, _person: int, contacts: list[int]) -> None:
    """Delete where these contacts are in their conversations. The words of tickets are cleared by the register."""
    session.execute(delete(Conversation).where(col(Conversation.contact).in_(contacts)))


when_erased(forget_conversations)
