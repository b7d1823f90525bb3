"""Who has arrived: the people of a list that is still coming in are seen by nobody.

A list of a million people cannot be written in one go without everybody waiting. So new people come in by and by,
under a ``Source`` that is still ``arriving``; what then makes the list valid is one small write that says that it is
no more (see importing). Until then neither these people, nor their hamlets, nor the source are in any SELECT over
``Person``, ``Unit`` or ``Source``: every session adds the condition by itself, so that no query can forget it.

What is no ORM SELECT says it itself: an INSERT … SELECT with ``arrived()``. Statements over the bare tables
(``Person.__table__``) see everything: those of the import, the backup, the rotation of keys.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, event, exists, false, or_, select
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlmodel import Session, col

from register.tables import Person, Source, Unit

ARRIVING_UNIT = "arriving"  # the kind of a hamlet that came with a list that is not valid yet
_sources = Source.metadata.tables["source"].alias("arriving")
_ARRIVING = select(_sources.c.id).where(_sources.c.arriving)


def arrived() -> ColumnElement[bool]:
    """The condition over Person. Mostly no list is arriving: that is asked once, not of every row."""
    came_with = col(Person.source)
    return or_(~exists(_ARRIVING), came_with.is_(None), came_with.not_in(_ARRIVING))


_ONLY_ARRIVED: tuple[Any, ...] = (
    with_loader_criteria(Person, arrived(), include_aliases=True),
    with_loader_criteria(Unit, col(Unit.kind) != ARRIVING_UNIT, include_aliases=True),
    with_loader_criteria(Source, col(Source.arriving) == false(), include_aliases=True),
)


@event.listens_for(Session, "do_orm_execute")
def _see_only_who_arrived(asked: ORMExecuteState) -> None:
    if asked.is_select and not asked.is_column_load and not asked.is_relationship_load:
        asked.statement = asked.statement.options(*_ONLY_ARRIVED)
