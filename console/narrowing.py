"""Thu hẹp nhóm: the small form by which an officer adds conditions to a ready group, and what they come to at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Form
from sqlalchemy import func
from sqlmodel import Session, col, select

from campaigns.conditions import (
    FACTS,
    OUTCOMES,
    VALUE_WORDS,
    WAYS,
    Age,
    Category,
    Condition,
    Earlier,
    Hamlet,
    Known,
    Reach,
    Written,
    all_of,
    from_json,
    names_for,
    to_json,
)
from campaigns.reports.small_cells import SMALL, SMALLEST_SHOWN
from campaigns.segments import segment_named, tells_of_health
from campaigns.tables import Campaign
from console.access import may_see
from console.forms import as_count
from console.web import Seen
from register.categories import CATEGORIES
from register.errors import BadInput
from register.facts import VALUES
from register.people import identity_of, masked
from register.staff import scope
from register.tables import Person, Standing
from register.units import hamlets_of

SAMPLES = 5  # people shown, masked
NO_HAMLET = "khong"  # as in the list of people
Many = Annotated[list[str] | None, Form()]
Text = Annotated[str, Form()]


@dataclass
class Narrowed:
    """The form as it was filled in. ``known``: "fact=value" for each ticked box."""

    hamlets: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    least: str = ""
    most: str = ""
    no_year: bool = False
    ways: list[str] = field(default_factory=list)
    written: str = ""  # "": whoever; no: not in the last days; yes: in them
    days: str = ""
    earlier: str = ""
    outcomes: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self != Narrowed(days=self.days)

    def conditions(self) -> tuple[Condition, ...]:
        """What the form asks for; BadInput with one sentence where it asks for nothing that there is."""
        found: list[Condition] = []
        if self.hamlets:
            found.append(Hamlet(tuple("" if code == NO_HAMLET else code for code in self.hamlets)))
        if self.categories:
            found.append(Category(tuple(self.categories)))
        facts: dict[str, list[str]] = {}
        for pair in self.known:
            fact, _, value = pair.partition("=")
            facts.setdefault(fact, []).append(value)
        found += [Known(fact, tuple(values)) for fact, values in facts.items()]
        if self.least.strip() or self.most.strip():
            least, most = (as_count(text, "Tuổi") if text.strip() else None for text in (self.least, self.most))
            found.append(Age(least, most, self.no_year))
        if self.ways:
            found.append(Reach(tuple(self.ways)))
        if self.written:
            found.append(Written(as_count(self.days, "Số ngày"), self.written == "yes"))
        if self.earlier:
            found.append(Earlier(as_count(self.earlier, "Đợt trước"), tuple(self.outcomes)))
        return from_json(to_json(found))


def narrowed_form(
    khu: Many = None,
    loai: Many = None,
    biet: Many = None,
    tuoi_tu: Text = "",
    tuoi_den: Text = "",
    khong_nam_sinh: Text = "",
    cach: Many = None,
    da_nhan: Text = "",
    ngay: Text = "",
    dot_truoc: Text = "",
    ket_qua: Many = None,
) -> Narrowed:
    """A dependency: the form's fields."""
    return Narrowed(
        khu or [], loai or [], biet or [], tuoi_tu, tuoi_den, bool(khong_nam_sinh), cach or [], da_nhan, ngay,
        dot_truoc, ket_qua or [],
    )  # fmt: skip


def as_filled_in(data: list[dict[str, Any]]) -> Narrowed:
    """The form that asks for these conditions."""
    form = Narrowed()
    for condition in from_json(data):
        match condition:
            case Hamlet(codes):
                form.hamlets = [code or NO_HAMLET for code in codes]
            case Category(codes):
                form.categories = list(codes)
            case Known(fact, values):
                form.known += [f"{fact}={value}" for value in values]
            case Age(least, most, unknown):
                form.least, form.most = ("" if bound is None else str(bound) for bound in (least, most))
                form.no_year = unknown
            case Reach(ways):
                form.ways = list(ways)
            case Written(days, yes):
                form.written, form.days = "yes" if yes else "no", str(days)
            case Earlier(campaign, outcomes):
                form.earlier, form.outcomes = str(campaign), list(outcomes)
    return form


def choices(session: Session, seen: Seen, but: int | None) -> dict[str, Any]:
    """What can be chosen in the form. ``but``: the campaign that is being made."""
    earlier = select(Campaign.id, Campaign.name).where(
        Campaign.commune == seen.here, col(Campaign.launched_at).is_not(None), Campaign.id != (but or 0)
    )
    hamlets = [(unit.code, unit.name) for unit in hamlets_of(session, seen.here)]
    return {
        "hamlets": [*hamlets, (NO_HAMLET, "Chưa rõ địa bàn")],
        "categories": [(code, category.label) for code, category in CATEGORIES.items()],
        "facts": [
            (label, [(f"{fact}={value}", _worded(fact, value)) for value in VALUES[fact]])
            for fact, label in FACTS.items()
        ],
        "ways": list(WAYS.items()),
        "earlier": [(str(n), name) for n, name in session.exec(earlier.order_by(col(Campaign.id).desc()).limit(20))],
        "outcomes": list(OUTCOMES.items()),
    }


def _worded(fact: str, value: str) -> str:
    return "không" if (fact, value) == ("special", "no") else VALUE_WORDS[value]


def narrowed_words(session: Session, campaign: Campaign) -> list[str]:
    """What narrows a campaign's group, in words."""
    conditions = from_json(campaign.narrowed)
    hamlets = {unit.code: unit.name for unit in hamlets_of(session, campaign.commune)} if conditions else {}
    names = names_for(session, conditions, hamlets)
    return [condition.words(names) for condition in conditions]


def hides_hamlets(seen: Seen, campaign: Campaign) -> bool:
    """Whether this viewer is told of the whole group only: by hamlet its few people would be known to be ill."""
    return not may_see(seen.viewer.role, "people") and tells_of_health(campaign)


def look(session: Session, seen: Seen, segment: str, form: Narrowed) -> dict[str, Any]:
    """Whom the group and the form come to: how many, in words, and a few of them, masked.

    Whoever may see no people gets no example, and no number under five.
    """
    conditions = (*segment_named(segment).conditions, *form.conditions())
    hamlets = {unit.code: unit.name for unit in hamlets_of(session, seen.here)}
    wanted_hamlets = {code for one in conditions if isinstance(one, Hamlet) for code in one.codes if code}
    if not wanted_hamlets <= set(hamlets):
        raise BadInput("Thôn, khu phố này không thuộc xã, phường của bạn. Hãy chọn lại.")
    campaigns = [one.campaign for one in conditions if isinstance(one, Earlier)]
    here = select(Campaign.id).where(Campaign.commune == seen.here, col(Campaign.id).in_(campaigns))
    if set(campaigns) - set(session.exec(here).all()):
        raise BadInput("Không có đợt trước này ở xã, phường của bạn. Hãy chọn lại.")
    found = select(Person).join(Standing, col(Standing.person) == Person.id)
    found = found.where(Person.commune == seen.here, all_of(conditions, seen.now))
    people = session.exec(select(func.count()).select_from(found.subquery())).one()
    names = names_for(session, conditions, hamlets)
    named = may_see(seen.viewer.role, "people")
    shown = session.exec(scope(seen.viewer, found).order_by(Person.id).limit(SAMPLES)).all() if named else []
    identities = [(person.id, identity_of(seen.home, person)) for person in shown]
    return {
        "people": people if named or people >= SMALLEST_SHOWN or not people else SMALL,
        "words": [condition.words(names) for condition in form.conditions()],
        "sample": [(number, masked(identity).full_name) for number, identity in identities if identity],
    }
