"""The rules asked again of a claimed batch: one question for all of it, by the rules' face for the set.

A campaign's plan is some time ago; whoever stopped, moved, got another message or made the account since is found
here. Those whom a channel has refused before are few, and asked one by one: their next channel is another.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, true
from sqlmodel import Session

from campaigns.engine.candidates import candidates, load
from campaigns.engine.decide import Decision, Hold, Moment, Send, Skip, decide, decide_sql
from campaigns.engine.ledger import Claimed
from campaigns.states import DeliveryState
from campaigns.tables import Campaign
from database import numbers


def verdicts(session: Session, campaign: Campaign, moment: Moment, rows: Sequence[Claimed]) -> dict[int, Decision]:
    """What the rules say now of each person of these rows of one step."""
    persons = numbers(session, [row.person for row in rows if not row.tried])
    asked = candidates(campaign, moment, true(), persons)
    said = select(asked.c.person, asked.c.channel, asked.c.contact, *decide_sql(asked.c, moment))
    found: dict[int, Decision] = {}
    for person, channel, contact, state, reason, until in session.execute(said):
        if state == DeliveryState.DUE:
            found[person] = Send(channel, contact)
        elif state == DeliveryState.HELD:
            found[person] = Hold(until, reason)
        else:
            found[person] = Skip(reason)
    refused = {row.person: row.tried for row in rows if row.tried}
    for person, candidate in load(session, campaign, moment, refused).items() if refused else ():
        found[person] = decide(candidate, moment, refused[person])
    return found
