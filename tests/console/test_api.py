"""/api/v1: other programs see what the pages show of their own commune, masked, at a measured pace, and no more."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from sqlmodel import select

from campaigns.results.keeping import keep_due
from campaigns.tables import Campaign, Delivery
from console.api import create_api
from console.api.door import AT_ONCE, WRONG_AT_ONCE
from register.api_keys import make_key, withdraw_key
from register.audit import verify
from register.facts import record
from register.home import Home
from register.people import identity_of
from register.tables import ApiKey, Fact, Person

HERE, THERE = "22945", "22918"
Browse = Callable[[str], Any]


@dataclass
class Program:
    """Another program with its key, and the clock of the limits."""

    home: Home
    client: TestClient
    token: str
    key: int
    ticks: list[float]
    village: Any

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, params=query, headers=self.head)

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(path, json=body, headers=self.head)

    @property
    def head(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def program(village: Any, commune: str = HERE, writes: bool = False) -> Program:
    ticks, home = [0.0], village.home

    def running() -> float:
        ticks[0] += 60  # a minute between two requests, unless a test says otherwise
        return ticks[0]

    key, token = home.db.write(lambda s: make_key(s, commune, "Bảng điều hành", writes, 30, "owner", home.now()))
    return Program(home, TestClient(create_api(home, running)), token, key.id or 0, ticks, village)


@pytest.fixture(scope="module")
def reader(shared_village: Any) -> Program:
    return program(shared_village)


def error_of(answer: Any) -> str:
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    return str(body["error"]["code"])


# --- Keys --------------------------------------------------------------------------------------------


def test_without_a_key_in_force_nothing_opens(village: Any) -> None:
    it = program(village)
    assert it.get("/me").json()["commune"] == HERE
    assert it.client.get("/people").status_code == 401
    wrong = it.client.get("/people", headers={"Authorization": f"Bearer {it.token[:-1]}x"})
    assert (wrong.status_code, error_of(wrong), wrong.headers["www-authenticate"]) == (401, "no_key", "Bearer")
    home = village.home
    home.db.write(lambda s: withdraw_key(s, s.get_one(ApiKey, it.key), "owner", home.now()))
    assert it.get("/people").status_code == 401


def test_a_key_ends_on_its_day(village: Any, clock: Any) -> None:
    it = program(village)
    clock.advance(timedelta(days=29, hours=23))
    assert it.get("/me").status_code == 200
    clock.advance(timedelta(hours=2))
    assert it.get("/me").status_code == 401


def test_the_database_holds_no_key(reader: Program) -> None:
    with reader.home.db.read() as session:
        row = session.get_one(ApiKey, reader.key)
        assert reader.token not in repr(row.model_dump())
        assert reader.token.encode() not in row.token_hash
        assert verify(session).ok


def test_the_owner_makes_a_key_sees_it_once_and_withdraws_it(browse: Browse, village: Any) -> None:
    owner = browse("owner")
    page = owner.submit("/khoa-ket-noi", {"ten": "Bảng điều hành", "han": "90"}).text
    (token,) = set(re.findall(r"tn_[\w-]{43}", page))
    assert token not in owner.get("/khoa-ket-noi").text
    client = owner.app  # type: ignore[attr-defined]
    asked = TestClient(client).get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert (asked.json()["writes"], asked.json()["name"]) == (False, "Bảng điều hành")
    assert "chưa lần nào" not in owner.get("/khoa-ket-noi").text
    owner.submit("/khoa-ket-noi/1/thu-hoi")
    assert "đã thu hồi" in owner.get("/khoa-ket-noi").text
    gone = TestClient(client).get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert gone.status_code == 401


def test_a_key_without_the_name_of_its_program_is_not_made(browse: Browse) -> None:
    answer = browse("owner").submit("/khoa-ket-noi", {"ten": " ", "han": "90"})
    assert answer.status_code == 422
    assert "Hãy ghi tên phần mềm" in answer.text


def test_the_reference_page_lists_every_call(browse: Browse) -> None:
    owner = browse("owner")
    page = owner.get("/khoa-ket-noi/cach-dung").text
    spec = owner.get("/api/v1/openapi.json").json()
    for path, methods in spec["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in page


# --- Scope -------------------------------------------------------------------------------------------

READS = ("/me", "/hamlets", "/ladder", "/ladder?by=hamlet", "/ladder?by=category", "/segments", "/people", "/campaigns",
         "/results", "/sessions", "/visits", "/bulletins", "/reports/2026-11")  # fmt: skip


@pytest.mark.parametrize("path", READS)
def test_no_answer_holds_a_plain_identity(reader: Program, path: str) -> None:
    answer = reader.client.get(path, headers=reader.head)
    assert answer.status_code == 200, answer.text
    with reader.home.db.read() as session:
        for person in session.exec(select(Person)).all():
            identity = identity_of(reader.home, person)
            assert identity is not None
            for plain in (identity.citizen_id, identity.full_name, identity.phone, identity.address):
                assert plain not in answer.text


def test_people_are_masked_as_on_the_pages(reader: Program) -> None:
    first = reader.get("/people").json()["items"][0]
    assert (first["name"], first["citizen_id"], first["phone"]) == ("Nguyễn T. M.", "•" * 9 + "000", "•" * 7 + "000")


def test_a_cursor_walks_through_everybody_once(reader: Program) -> None:
    found, cursor = [], ""
    while True:
        part = reader.get("/people", limit=7, cursor=cursor).json()
        found += [one["id"] for one in part["items"]]
        cursor = part["next"]
        if cursor is None:
            break
    assert found == sorted(reader.village.people)


def test_segments_rungs_and_hamlets_narrow_the_list(reader: Program) -> None:
    ready = reader.get("/people", segment="nq418-ready", limit=200).json()["items"]
    counts = {one["name"]: one["people"] for one in reader.get("/segments").json()}
    assert len(ready) == counts["nq418-ready"] > 0
    rung = next(one for one in reader.get("/ladder").json()[0]["rungs"] if one["key"] == "asxh")
    unknown = reader.get("/people", rung="asxh", answer="unknown", limit=200).json()["items"]
    assert len(unknown) == rung["unknown"] > 0
    hamlet = reader.village.hamlets[0]
    assert {one["hamlet"] for one in reader.get("/people", hamlet=hamlet).json()["items"]} == {hamlet}


FOREIGN = (("people", "stranger"), ("campaigns", "foreign_campaign"))


@pytest.mark.parametrize(("what", "number"), FOREIGN)
def test_another_communes_rows_are_not_there(reader: Program, what: str, number: str) -> None:
    answer = reader.get(f"/{what}/{getattr(reader.village, number)}")
    assert (answer.status_code, error_of(answer)) == (404, "not_found")


def test_another_commune_is_nowhere_in_the_lists(reader: Program) -> None:
    village = reader.village
    for what, number in (("campaigns", "foreign_campaign"), ("sessions", "foreign_session"),
                         ("visits", "foreign_visit"), ("bulletins", "foreign_bulletin")):  # fmt: skip
        numbers = [one["id"] for one in reader.get(f"/{what}").json()["items"]]
        assert numbers
        assert getattr(village, number) not in numbers


def test_a_campaign_tells_status_rehearsal_and_why(reader: Program) -> None:
    path = f"/campaigns/{reader.village.campaign}"
    assert reader.get(path).json()["state"] == "draft"
    rehearsal = reader.get(f"{path}/rehearsal").json()
    assert rehearsal["planned"] == rehearsal["accepted"] + rehearsal["held"] + sum(rehearsal["skipped"].values()) > 0
    assert reader.get(f"{path}/status").json()["planned"] == 0
    assert reader.get(f"{path}/why/{reader.village.people[0]}").json()["why"]
    assert reader.get(f"{path}/why/{reader.village.stranger}").status_code == 404
    assert reader.get(f"{path}/results").json()["register"] == 0


def test_kept_figures_stand_beside_the_present_ones(village: Any, clock: Any) -> None:
    home, it = village.home, program(village)

    def begin(session: Any) -> None:
        campaign = session.get_one(Campaign, village.campaign)
        campaign.launched_at = campaign.ended_at = home.now()
        campaign.state = "finished"
        session.add(Delivery(campaign=campaign.id, step=1, person=person, state="accepted", changed_at=home.now()))

    def said(session: Any) -> None:
        day = home.now().date()
        record(session, person, "asxh_account", "yes", "officer", as_of=day, now=home.now(), since="during")

    person, path = village.people[0], f"/campaigns/{village.campaign}/results"
    assert it.get(path).json()["kept"] == []
    home.db.write(begin)
    home.db.write(lambda s: keep_due(s, home.now()))
    clock.advance(timedelta(hours=1))
    home.db.write(said)
    now = it.get(path).json()
    (end,) = now.pop("kept")
    assert (now["planned"], now["officer"]) == (1, 1)
    assert (end["what"], end["planned"], end["officer"], end["same"]) == ("end", 1, 0, True)
    assert end["at"] == "2026-11-23T08:00:00+07:00"
    assert it.get("/results").json()["items"][0]["kept"] == [end]


# --- Writing -----------------------------------------------------------------------------------------


def test_a_key_that_only_reads_writes_nothing(reader: Program) -> None:
    village = reader.village
    for path, body in ((f"/visits/{village.visit}", {"outcome": "done"}),
                       (f"/sessions/{village.session}/tally", {"came": 3, "helped": 2}),
                       (f"/campaigns/{village.campaign}/pause", None)):  # fmt: skip
        answer = reader.post(path, body)
        assert (answer.status_code, error_of(answer)) == (403, "not_allowed")


def test_what_a_program_writes_is_the_same_as_on_the_page(village: Any) -> None:
    it = program(village, writes=True)
    assert it.post(f"/visits/{village.visit}", {"outcome": "done"}).json()["outcome"] == "done"
    with village.home.db.read() as session:
        fact = session.exec(select(Fact).where(Fact.evidence == "officer")).one()
        assert (fact.kind, fact.value, fact.by) == ("asxh_account", "yes", f"api.{it.key}")
    counted = it.post(f"/sessions/{village.session}/tally", {"came": 3, "helped": 2}).json()
    assert (counted["came"], counted["helped"]) == (3, 2)
    assert it.post(f"/visits/{village.foreign_visit}", {"outcome": "done"}).status_code == 404
    assert it.post(f"/sessions/{village.foreign_session}/tally", {"came": 3, "helped": 2}).status_code == 404
    assert it.post(f"/campaigns/{village.foreign_campaign}/pause").status_code == 404
    assert error_of(it.post(f"/campaigns/{village.campaign}/pause")) == "not_now"  # a draft does not run


# --- Pace and errors ---------------------------------------------------------------------------------


def test_a_key_that_asks_too_fast_is_told_how_long_to_wait(shared_village: Any) -> None:
    it = program(shared_village)
    api: Any = it.client.app
    api.state.limits.ticks = lambda: 0.0
    answers = [it.get("/hamlets") for _ in range(AT_ONCE + 1)]
    assert [one.status_code for one in answers] == [200] * AT_ONCE + [429]
    assert error_of(answers[-1]) == "too_fast"
    wait = int(answers[-1].headers["retry-after"])
    assert wait >= 1
    api.state.limits.ticks = lambda: float(wait)
    assert it.get("/hamlets").status_code == 200


def test_wrong_keys_are_guessed_in_vain(shared_village: Any) -> None:
    it = program(shared_village)
    api: Any = it.client.app
    api.state.limits.ticks = lambda: 0.0
    for _ in range(WRONG_AT_ONCE):
        assert it.client.get("/me", headers={"Authorization": "Bearer tn_" + "x" * 43}).status_code == 401
    assert it.get("/me").status_code == 429  # nor is a right one looked at, so that a guess says nothing
    api.state.limits.ticks = lambda: 6.0
    assert it.get("/me").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/people/abc", 422, "bad_input"), ("/people?limit=0", 422, "bad_input"), ("/nowhere", 404, "not_found"),
     ("/people/2147483647", 404, "not_found"), ("/reports/2031-01", 409, "not_now"),
     ("/people?cursor=x", 422, "bad_input"), ("/people?segmnt=no-bank", 422, "bad_input")],
)  # fmt: skip
def test_every_error_has_one_shape(reader: Program, path: str, status: int, code: str) -> None:
    answer = reader.client.get(path, headers=reader.head)
    assert (answer.status_code, error_of(answer)) == (status, code)


def test_what_nobody_foresaw_says_nothing_of_itself(reader: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("Nguyễn Thị Mai 060200000000")

    monkeypatch.setattr("console.api.people.hamlets_of", broken)
    answer = reader.get("/hamlets")
    assert (answer.status_code, error_of(answer)) == (500, "broken")
    assert "Mai" not in answer.text


# --- The document and the answers agree --------------------------------------------------------------


def test_every_call_says_what_it_is_and_every_error_it_may_give(reader: Program) -> None:
    for path, methods in reader.client.get("/openapi.json").json()["paths"].items():
        for method, about in methods.items():
            assert re.search(r"[à-ỹđ]", about["summary"]), path
            assert {"200", "401", "403", "404", "409", "422", "429"} <= set(about["responses"]), (method, path)


def ask_at_random(it: Program, examples: int) -> int:
    """Ask every call of the document this often, as it says and otherwise. Raises where an answer breaks it."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", it.client.app)
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in GenerationMode:

            @settings(
                max_examples=examples, deadline=None, derandomize=True, database=None,
                suppress_health_check=list(HealthCheck), phases=[Phase.generate],
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Any) -> None:
                nonlocal asked
                wrong = {str(where) for where, part in case.meta.components.items() if part.mode.is_negative}
                if wrong and wrong <= {"header", "cookie"}:
                    return  # the wrong part is the key that we put back
                asked += 1
                case.call_and_validate(headers=it.head)

            with contextlib.suppress(Unsatisfiable):  # nothing of it can be asked wrongly
                ask()
    return asked


@pytest.mark.parametrize("shared_home", ["sqlite"], indirect=True)
def test_no_answer_breaks_the_document(shared_village: Any) -> None:
    assert ask_at_random(program(shared_village, writes=True), 6) > 150


@pytest.mark.slow
def test_no_answer_breaks_the_document_however_long_one_asks(shared_village: Any) -> None:
    assert ask_at_random(program(shared_village, writes=True), 300) > 5_000
