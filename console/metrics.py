"""Counts for Prometheus. Labels are states, channels and lanes only, never a person or a unit.

docs/operating.md tells each of them; deploy/ has the dashboard and the alerts that use them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func
from sqlmodel import col, select

from bot.tables import Ticket
from campaigns.engine import healing
from campaigns.states import WAITING, DeliveryState
from campaigns.tables import Campaign, Delivery
from channels.tables import Lane
from jobs import SCHEDULER
from register import erasures
from register.home import Home


class _Counts(Collector):
    """Read from the database whenever somebody asks."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self.home.db.read() as session:
            labels = ["lane", "state"]
            waiting = GaugeMetricFamily(
                "tungnha_deliveries_waiting", "Deliveries not settled, the unknown ones too", labels=labels
            )
            shown = (*WAITING, DeliveryState.UNKNOWN)
            held = select(Delivery.lane, Delivery.state, func.count()).where(col(Delivery.state).in_(shown))
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
            off = GaugeMetricFamily("tungnha_lane_off", "1: the channel was switched off by hand", labels=["lane"])
            still = GaugeMetricFamily(
                "tungnha_lane_standstill", "1: something is due for ten minutes and nobody sends", labels=["lane"]
            )
            stopped, now, leads = healing.still_lanes(session, self.home.now()), self.home.now(), 0
            for row in session.exec(select(Lane)).all():
                if row.name == SCHEDULER:
                    leads = int(row.lease_until is not None and row.lease_until > now)
                    continue
                trouble.add_metric([row.name], 1 if row.trouble else 0)
                off.add_metric([row.name], 1 if row.off else 0)
                still.add_metric([row.name], 1 if row.name in stopped else 0)
            yield from (trouble, off, still)
            yield GaugeMetricFamily("tungnha_scheduler_alive", "1: a process does what happens by itself", value=leads)
        yield GaugeMetricFamily(
            "tungnha_home_free_bytes", "Free on the home's disk", value=shutil.disk_usage(self.home.path).free
        )
        yield GaugeMetricFamily(
            "tungnha_longest_write_seconds", "The longest write of this process", value=self.home.db.longest_write_s
        )
        made = [file.stat().st_mtime for file in erasures.backups(self.home) if file.exists()]
        yield GaugeMetricFamily(
            "tungnha_backup_last_timestamp_seconds", "When the newest backup in reach was made; 0: none is",
            value=max(made, default=0),
        )  # fmt: skip


class Metrics:
    """One registry per app, so that tests may make many."""

    def __init__(self, home: Home) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Counts(home))

    def text(self) -> str:
        """Counts of this home, then what the process counts (webhooks turned away, memory, time)."""
        return (generate_latest(self.registry) + generate_latest(REGISTRY)).decode()
