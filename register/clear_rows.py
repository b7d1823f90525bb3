"""What is stored in the clear is looked at first, by whichever door it comes (register.clear)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import Update, event
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Session

from register.clear import CLEAR, LETTERS, REFUSED, TOO_LONG, holds_number
from register.errors import BadInput


def _look(table: str, value_of: Callable[[str], Any]) -> None:
    for name in CLEAR.get(table, ()):
        text = value_of(name)
        if not isinstance(text, str):
            continue
        if len(text) > LETTERS:
            raise BadInput(TOO_LONG)
        if holds_number(text):
            raise BadInput(REFUSED)


@event.listens_for(Session, "before_flush")
def _look_at_rows(session: Session, _context: Any, _instances: Any) -> None:
    for row in (*session.new, *session.dirty):
        _look(getattr(row, "__tablename__", ""), partial(getattr, row))


@event.listens_for(Session, "do_orm_execute")
def _look_at_updates(asked: ORMExecuteState) -> None:
    """An UPDATE that is written out passes no flush."""
    change = asked.statement
    if isinstance(change, Update) and (table := getattr(change.table, "name", "")) in CLEAR:
        _look(table, change.compile().params.get)
