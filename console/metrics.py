"""Counts for Prometheus. Labels are states, channels and roles only, never a person or a unit."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func
from sqlmodel import col, select

from bot.tables import Ticket
from campaigns.states import WAITING
from campaigns.tables import Campaign, Delivery
from channels.tables import Lane
from register.home import Home


class _Counts(Collector):
    """Read from the database whenever somebody asks."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self.home.db.read() as session:
            labels = ["lane", "state"]
            waiting = GaugeMetricFamily("tungnha_deliveries_waiting", "Deliveries not settled", labels=labels)
            held = select(Delivery.lane, Delivery.state, func.count()).where(col(Delivery.state).in_(WAITING))
            for lane, state, number in session.exec(held.group_by(Delivery.lane, Delivery.state)).all():
                waiting.add_metric([lane, state], number)
            yield waiting
            campaigns = GaugeMetricFamily("tungnha_campaigns", "Campaigns", labels=["state"])
            for state, number in session.exec(select(Campaign.state, func.count()).group_by(Campaign.state)).all():
                campaigns.add_metric([state], number)
            yield campaigns
            tickets = select(func.count()).select_from(Ticket).where(col(Ticket.closed_at).is_(None))
            number = session.exec(tickets).one()
            yield GaugeMetricFamily("tungnha_tickets_open", "Tickets that nobody closed", value=number)
            trouble = GaugeMetricFamily("tungnha_lane_trouble", "1: an operator has to mend it", labels=["lane"])
            for row in session.exec(select(Lane)).all():
                trouble.add_metric([row.name], 1 if row.trouble else 0)
            yield trouble


class Metrics:
    """One registry per app, so that tests may make many."""

    def __init__(self, home: Home) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Counts(home))

    def text(self) -> str:
        """Counts of this home, then what the process counts (webhooks turned away, memory, time)."""
        return (generate_latest(self.registry) + generate_latest(REGISTRY)).decode()
