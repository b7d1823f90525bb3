"""What a commune, a province and the whole country need: measured costs times named assumptions, nothing else.

rows = needs(results)      # results: bench → what it found; a figure that is missing leaves its row out
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

Figures = dict[str, float]


@dataclass(frozen=True)
class Assumed:
    """A number that was not measured here. ``kind``: "known" (a public source), "set" (our default), "assumed"."""

    value: float
    unit: str
    kind: str
    why: str


ASSUMED = {
    "people": Assumed(6_280_000, "people", "known", "on the NQ 418 list, over 6,28 million (QĐ 2814/QĐ-TTg, press)"),
    "communes": Assumed(3_321, "communes", "known", "QĐ 19/2025/QĐ-TTg"),
    "provinces": Assumed(34, "provinces", "known", "the same"),
    "largest": Assumed(355_384, "people", "known", "Hà Nội, the largest province of those whose number was found"),
    "largest_communes": Assumed(126, "communes", "known", "communes of Hà Nội"),
    "lists": Assumed(1, "a month and commune", "known", "payment lists are made monthly"),
    "changed": Assumed(0.02, "of people a month", "assumed", "as in the bench's list of the next month"),
    "campaigns": Assumed(4, "a year", "assumed", "one a quarter"),
    "steps": Assumed(2, "messages a campaign", "assumed", "a first message and one reminder to everybody"),
    "by_phone": Assumed(0.60, "of people", "assumed", "reached by a ZBS message to a phone; nowhere published"),
    "by_chat": Assumed(0.15, "of people", "assumed", "linked to a Zalo chat; the rest: sessions, visits"),
    "on_telegram": Assumed(0.02, "of people", "assumed", "linked to a chat of Telegram"),
    "hours": Assumed(14, "hours a day", "set", "TUNGNHA_SEND_FROM to TUNGNHA_SEND_UNTIL, 07:00 to 21:00"),
    "zalo_pace": Assumed(40, "messages a second and app", "set", "of an app's 4.000 requests a minute"),
    "telegram_pace": Assumed(24, "messages a second and bot", "set", "of Telegram's 30; replies get the rest"),
    "price": Assumed(120, "đồng a ZBS message", "known", "government tariff, second-hand, without VAT; base 200"),
    "price_high": Assumed(800, "đồng a ZBS message", "known", "price_sdt in the sample of Zalo's documents"),
    "talk": Assumed(0.30, "of those reached", "assumed", "who answer the bot"),
    "turns": Assumed(12, "turns a talk", "assumed", "nine steps, a question, a repetition, a goodbye"),
    "busiest": Assumed(0.02, "of a campaign's talk", "assumed", "in its busiest hour: ten days, three times the mean"),
    "staff": Assumed(3, "people a commune", "assumed", "at work in the console at the same time"),
    "pages": Assumed(60, "pages an hour and person", "assumed", "a page a minute"),
    "bulletins": Assumed(4, "a month and commune", "assumed", "one a week, each its own recording"),
    "years": Assumed(2, "years", "assumed", "that deliveries are kept"),
    "backups": Assumed(26, "backups", "assumed", "kept: 14 daily, 12 monthly"),
    "load": Assumed(0.5, "of a core", "assumed", "used in the busiest hour; the rest is for surprises"),
    "cache": Assumed(0.25, "of the database", "assumed", "in memory, as PostgreSQL's handbook begins with"),
}  # fmt: skip
QUOTAS = (500, 10_000, 20_000, 100_000, 500_000)  # ZBS messages a day and OA: new; usual; the ladder's upper steps
ONE_IN_EACH = {"commune": 3_321, "province": 34, "country": 1}  # Official Accounts


@dataclass(frozen=True)
class Place:
    """Whom one installation serves."""

    name: str
    people: float
    communes: float


def places() -> list[Place]:
    """A mean commune, a mean province, the largest one, the country."""
    people, communes, provinces = (ASSUMED[name].value for name in ("people", "communes", "provinces"))
    return [
        Place("a commune", people / communes, 1),
        Place("a province", people / provinces, communes / provinces),
        Place("Hà Nội", ASSUMED["largest"].value, ASSUMED["largest_communes"].value),
        Place("the country", people, communes),
    ]


def largest(figures: Figures, database: str, what: str) -> float:
    """The figure at the largest size that was measured: ``sqlite_1000000_list_s``. KeyError: none was."""
    found = {}
    for name, value in figures.items():
        if name.startswith(f"{database}_") and name.endswith(f"_{what}"):
            size = name[len(database) + 1 : -len(what) - 1]
            if size.isdigit():
                found[int(size)] = value
    if not found:
        raise KeyError(what)
    return found[max(found)]


def measured(results: dict[str, dict[str, Any]]) -> Figures:
    """The costs that the needs are computed from, of the database that a country would run (PostgreSQL)."""
    found: Figures = {}
    grown, planned, sent, talked, spoken, read = (
        results.get(name, {}).get("figures", {}) for name in ("growth", "plan", "dispatch", "bot", "audio", "import")
    )
    database = "postgresql" if any(name.startswith("postgresql_") for name in grown) else "sqlite"

    def take(name: str, figure: Any) -> None:
        try:
            found[name] = figure()
        except (KeyError, ZeroDivisionError):
            return

    take("list_s", lambda: largest(grown, database, "list_s") / grown["people_of_a_commune"])
    take("next_list_s", lambda: largest(grown, database, "next_list_s") / grown["people_of_a_commune"])
    take("person_bytes", lambda: largest(grown, database, "bytes_a_person"))
    take("page_s", lambda: largest(grown, database, "median_page_ms") / 1000)
    take("backup_s", lambda: grown["backup_s"] / grown["people"])
    take("backup_bytes", lambda: grown["backup_bytes_a_person"])
    take("plan_s", lambda: 1 / largest(planned, database, "per_s"))
    take("row_bytes", lambda: largest(planned, database, "bytes_a_row"))
    take("send_s", lambda: 1 / sent.get("postgres_per_core_s", sent["sqlite_per_core_s"]))
    take("drain_mb", lambda: sent["memory_mb"])
    take("turn_s", lambda: 1 / talked.get("ours_on_postgres_typed_per_cpu_s", talked["ours_typed_per_cpu_s"]))
    take("import_mb", lambda: read[f"{database}_peak_mb"])
    take("bulletin_s", lambda: spoken["per_bulletin_s"])
    take("bulletin_mb", lambda: spoken["audio_minutes"] / spoken["communes"] * spoken["mp3_kb_a_minute"] / 1000)
    return found


COSTS = {  # name → (what it is, factor and unit to show it in)
    "list_s": ("reading a commune's first list, a person", 1e6, "µs"),
    "next_list_s": ("reading its next month's list, a person", 1e6, "µs"),
    "plan_s": ("planning a campaign, a person", 1e6, "µs"),
    "send_s": ("sending a message through the ledger, of a core", 1e6, "µs"),
    "turn_s": ("a turn of the bot with webhook, inbox and answer, of a core", 1e6, "µs"),
    "page_s": ("a page of the console (median)", 1e3, "ms"),
    "bulletin_s": ("a commune's bulletin, of two processes", 1, "s"),
    "bulletin_mb": ("its recording", 1, "MB"),
    "person_bytes": ("a person in the database, with identity, facts, phone and indexes", 1, "bytes"),
    "row_bytes": ("a planned delivery with its indexes", 1, "bytes"),
    "backup_s": ("backing a person up", 1e6, "µs"),
    "backup_bytes": ("a person in a backup", 1, "bytes"),
    "import_mb": ("an import of the bench's list at its peak, both processes", 1, "MB"),
    "drain_mb": ("a sending process at its peak", 1, "MB"),
}


def needs(results: dict[str, dict[str, Any]]) -> list[tuple[str, str, list[float]]]:
    """(What, unit, one number a place) for every need that the measured figures allow to compute."""
    cost, rows = measured(results), []
    for what, unit, rule in RULES:
        try:
            rows.append((what, unit, [rule(place, cost) for place in places()]))
        except KeyError:
            continue
    return rows


def a(name: str) -> float:
    """The assumption's value."""
    return ASSUMED[name].value


def database_gb(place: Place, cost: Figures) -> float:
    """People, what changes of them, and the deliveries of some years."""
    months = 12 * a("years")
    rows = a("campaigns") * a("years") * a("steps") * cost["row_bytes"]
    return place.people * (cost["person_bytes"] * (1 + a("changed") * months) + rows) / 1e9


def backups_gb(place: Place, cost: Figures) -> float:
    """All that are kept; a backup grows with the database."""
    grown = database_gb(place, cost) * 1e9 / (place.people * cost["person_bytes"])
    return place.people * cost["backup_bytes"] * grown * a("backups") / 1e9


def by_phone(place: Place) -> float:
    """ZBS messages of a campaign."""
    return place.people * a("by_phone") * a("steps")


def turns_a_second(place: Place) -> float:
    """In the busiest hour of a campaign that is everywhere at once."""
    reached = place.people * (a("by_phone") + a("by_chat") + a("on_telegram"))
    return reached * a("talk") * a("turns") * a("busiest") / 3600


def cores(place: Place, cost: Figures) -> float:
    """In the busiest hour: talk, pages, and sending at Zalo's pace, each with its headroom."""
    pages = place.communes * a("staff") * a("pages") / 3600 * cost["page_s"]
    return (turns_a_second(place) * cost["turn_s"] + pages + a("zalo_pace") * cost["send_s"]) / a("load")


def memory_gb(place: Place, cost: Figures) -> float:
    """An import and a sending process at their peak, and a part of the database."""
    return (cost["import_mb"] + cost["drain_mb"]) / 1000 + a("cache") * database_gb(place, cost)


def hours_to_send(place: Place, share: str, pace: str) -> float:
    """Hours of a campaign's messages through one sender account, however fast we are."""
    return place.people * a(share) * a("steps") / a(pace) / 3600


RULES: list[tuple[str, str, Any]] = [
    ("people", "", lambda place, cost: place.people),
    ("first lists of all communes, one after another", "hours", lambda p, c: p.people * c["list_s"] / 3600),
    ("lists of a month", "hours", lambda p, c: p.people * a("lists") * c["next_list_s"] / 3600),
    ("planning a campaign over everybody", "minutes", lambda p, c: p.people * c["plan_s"] / 60),
    ("sending a campaign's ZBS messages, if only our processor limited it", "core-hours",
     lambda p, c: by_phone(p) * c["send_s"] / 3600),
    ("the same through one Zalo app at its pace", "hours", lambda p, c: hours_to_send(p, "by_phone", "zalo_pace")),
    ("Telegram's share through one bot", "hours", lambda p, c: hours_to_send(p, "on_telegram", "telegram_pace")),
    ("ZBS messages of a campaign", "million đồng", lambda p, c: by_phone(p) * a("price") / 1e6),
    ("the same at the highest price seen", "million đồng", lambda p, c: by_phone(p) * a("price_high") / 1e6),
    ("turns of the bot in the busiest hour", "a second", lambda p, c: turns_a_second(p)),
    ("pages in the busiest hour", "a second", lambda p, c: p.communes * a("staff") * a("pages") / 3600),
    ("cores in the busiest hour, half of each left free", "cores", cores),
    ("memory", "GB", memory_gb),
    ("database after some years", "GB", database_gb),
    ("backups kept", "GB", backups_gb),
    ("making one backup", "minutes", lambda p, c: p.people * c["backup_s"] / 60),
    ("one bulletin for every commune", "minutes", lambda p, c: p.communes * c["bulletin_s"] / 60),
    ("a year's recordings", "GB", lambda p, c: p.communes * a("bulletins") * 12 * c["bulletin_mb"] / 1000),
]  # fmt: skip


def days_by_quota() -> dict[str, list[float]]:
    """Days of a national campaign's ZBS messages by who has an Official Account (rows) and its quota (QUOTAS).

    Never faster than the app's pace: one app an account.
    """
    messages = a("people") * a("by_phone") * a("steps")
    return {
        name: [messages / many / min(quota, a("zalo_pace") * 3600 * a("hours")) for quota in QUOTAS]
        for name, many in ONE_IN_EACH.items()
    }


def machine_of(need: float) -> int:
    """Whole cores, two at least."""
    return max(2, ceil(need))
