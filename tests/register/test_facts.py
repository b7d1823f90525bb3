from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import select

from register.facts import Said, by_evidence, record, record_many
from register.home import Home
from register.ladder import ladder, ladders
from register.tables import Fact, Person, Standing

NOV_1, NOV_15, DEC_1 = date(2026, 11, 1), date(2026, 11, 15), date(2026, 12, 1)


@pytest.fixture
def say(home: Home, add_person: Callable[..., int]) -> Callable[..., tuple[bool, str]]:
    """Record a fact of one person; returns (something new, what stands)."""
    number = add_person("060046303054")

    def say(value: str, evidence: str, as_of: date, since: str = "") -> tuple[bool, str]:
        new = home.db.write(
            lambda s: record(s, number, "asxh_account", value, evidence, as_of=as_of, now=home.now(), since=since)  # type: ignore[arg-type]
        )
        with home.db.read() as session:
            return new, session.get_one(Standing, number).asxh_account

    return say


def test_the_newest_date_wins_then_the_stronger_evidence(say: Callable[..., tuple[bool, str]]) -> None:
    assert say("no", "register", NOV_1) == (True, "no")
    assert say("yes", "self", NOV_15) == (True, "yes")
    assert say("no", "officer", NOV_15) == (True, "no")  # same day, stronger
    assert say("yes", "self", NOV_15) == (False, "no")  # same day, weaker, nothing new
    assert say("yes", "register", NOV_1) == (True, "no")  # late news of an earlier day is history


def test_the_same_statement_again_adds_nothing(home: Home, say: Callable[..., tuple[bool, str]]) -> None:
    assert say("no", "register", NOV_1) == (True, "no")
    assert say("no", "register", NOV_1) == (False, "no")
    assert say("no", "register", DEC_1) == (False, "no")
    with home.db.read() as session:
        assert len(session.exec(select(Fact)).all()) == 1


def test_a_later_list_that_still_says_no_contradicts_a_claim(home: Home, say: Callable[..., tuple[bool, str]]) -> None:
    say("no", "register", NOV_1)
    say("yes", "self", NOV_15, "during")
    assert say("no", "register", DEC_1) == (True, "no")
    with home.db.read() as session:
        newest = by_evidence(session, "asxh_account")
    [levels] = newest.values()
    assert {name: (fact.value, fact.as_of, fact.since) for name, fact in levels.items()} == {
        "self": ("yes", NOV_15, "during"),
        "register": ("no", DEC_1, ""),
    }


def test_since_when_is_news_too(home: Home, say: Callable[..., tuple[bool, str]]) -> None:
    assert say("yes", "self", NOV_15) == (True, "yes")
    assert say("yes", "self", NOV_15, "before") == (True, "yes")
    with home.db.read() as session:
        assert session.exec(select(Standing.asxh_since)).one() == "before"


def test_an_unknown_word_is_refused(say: Callable[..., tuple[bool, str]]) -> None:
    with pytest.raises(ValueError, match="maybe"):
        say("maybe", "self", NOV_1)
    with pytest.raises(ValueError, match="rumour"):
        say("yes", "rumour", NOV_1)


def test_the_ladder_keeps_unknown_apart_and_counts_open_persons(home: Home, add_person: Callable[..., int]) -> None:
    first = add_person("060046303054", category="ncc")
    second = add_person("060139001068", hamlet="Khu phố 2", category="nkt_nang")
    add_person("060139001069", hamlet="Khu phố 2")
    gone = add_person("060139001070", hamlet="Khu phố 2")
    elsewhere = add_person("060139001071", commune="22960")
    said = [
        Said(first, "asxh_account", "yes"), Said(first, "eid_level", "2_active"), Said(first, "payout", "asxh"),
        Said(second, "asxh_account", "no"), Said(second, "eid_level", "2_granted"), Said(second, "payout", "cash"),
        Said(gone, "asxh_account", "yes"), Said(elsewhere, "asxh_account", "yes"),
    ]  # fmt: skip
    changed = home.db.write(lambda s: record_many(s, said, "register", as_of=NOV_1, now=home.now()))
    assert changed == {first, second, gone, elsewhere}

    def close(session) -> None:  # type: ignore[no-untyped-def]
        session.get_one(Person, gone).closed_at = home.now()

    home.db.write(close)
    with home.db.read() as session:
        rungs = {r.key: (r.yes, r.no, r.unknown) for r in ladder(session, "22945")}
        assert list(rungs) == ["listed", "matched", "eid2", "bank", "asxh", "paid", "confirmed"]
        assert rungs["listed"] == (3, 0, 0)
        assert rungs["asxh"] == rungs["eid2"] == rungs["paid"] == (1, 1, 1)
        assert rungs["matched"] == (0, 0, 3)
        assert [r.people for r in ladder(session, "22945", hamlet="22945-02")] == [2] * 7
        assert ladder(session, "22945", category="ncc")[4].yes == 1
        hamlets = ladders(session, "22945", "hamlet")
        assert {name: rungs[0].yes for name, rungs in hamlets.items()} == {"Khu phố 1": 1, "Khu phố 2": 2}
        kinds = ladders(session, "22945", "category")
        assert list(kinds) == ["Người khuyết tật nặng", "Người có công với cách mạng và thân nhân", "Chưa rõ loại"]
        assert [r.people for r in ladder(session, "22960")] == [1] * 7
        assert [r.people for r in ladder(session, "00004")] == [0] * 7
