"""Each code and answer of the contracts meets the client by way of the sandbox; the page that says so is true."""

from __future__ import annotations

import importlib.util
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from channels.outcome import Accepted, Later, Lost, Refused
from channels.senders import build_senders
from content.message import Message

DOCS = Path(__file__).parent.parent.parent / "docs"
CONTRACT = yaml.safe_load((DOCS / "channels.yaml").read_text("utf-8"))
SOON = timedelta(minutes=5)
HELLO = Message("Kính gửi bà Mai.")
DATA = {"ten_xa": "x", "ma_thong_bao": "x", "thoi_gian": "x", "dia_diem": "x"}


@pytest.fixture(scope="module")
def writer():
    """docs/channels.py, which writes the page."""
    spec = importlib.util.spec_from_file_location("docs_channels", DOCS / "channels.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["sqlite"])
def home(request, home):
    """One database is enough here: nothing of a code is stored."""
    return home


def became(outcome, now) -> str:
    match outcome:
        case Refused(error_class, _):
            return error_class
        case Later(until, _, _, _):
            return "retry" if until - now <= SOON else "defer"
        case Lost():
            return "lost"
        case Accepted():
            return "refresh"


@pytest.mark.parametrize("code", CONTRACT["codes"]["oa"])
async def test_every_code_of_the_account_is_met(wired, sandbox, transport, clock, mai, code):
    sandbox.fault("code", "zalo", code=code)
    outcome = await build_senders(wired, transport)["zalo:main"].send(mai, HELLO)
    assert became(outcome, clock()) == CONTRACT["codes"]["oa"][code]
    assert len(sandbox.arrivals()) == (1 if isinstance(outcome, Accepted) else 0)


@pytest.mark.parametrize("code", CONTRACT["codes"]["zbs"])
async def test_every_code_of_zbs_is_met(wired, sandbox, transport, clock, mai, code):
    sandbox.fault("code", "zbs", code=code)
    outcome = await build_senders(wired, transport)["zbs:main"].send("0912345678", HELLO, DATA)
    assert became(outcome, clock()) == CONTRACT["codes"]["zbs"][code]


@pytest.mark.parametrize(("status", "text", "becomes"), CONTRACT["telegram"])
async def test_every_answer_of_telegram_is_met(wired, sandbox, transport, clock, status, text, becomes):
    uid = sandbox.add_user("telegram", "Mai")
    sandbox.telegram_start(uid)
    sandbox.fault("html502" if status == 502 else "code", "telegram", code=status, text=text)
    outcome = await build_senders(wired, transport)["telegram:main"].send(uid, HELLO)
    assert became(outcome, clock()) == becomes


@pytest.mark.parametrize(("status", "text", "becomes"), CONTRACT["zalo_bot"])
async def test_every_answer_of_the_zalo_bot_is_met(wired, sandbox, transport, clock, status, text, becomes):
    uid = sandbox.add_user("zalo_bot", "Mai")
    sandbox.type_text(uid, "chào")
    sandbox.fault("code", "zalo_bot", code=status, text=text)
    outcome = await build_senders(wired, transport)["zalo_bot:main"].send(uid, HELLO)
    assert became(outcome, clock()) == becomes


async def test_a_code_that_no_table_has_fails_this_message_only(wired, sandbox, transport, mai):
    sandbox.fault("code", "zalo", code=-999)
    assert await build_senders(wired, transport)["zalo:main"].send(mai, HELLO) == Refused("payload", "-999")


# --- the page -----------------------------------------------------------------------------------------


def entries():
    return [
        (what, entry) for part in ("endpoints", "limits") for what, rows in CONTRACT[part].items() for entry in rows
    ]


def test_the_page_is_the_one_that_would_be_written(writer):
    assert writer.PAGE.read_text("utf-8") == writer.page(), "out of date: run python docs/channels.py"


def test_no_cell_is_empty_without_a_reason():
    for _, entry in entries():
        assert entry.get("why") or all(entry[key] for key in ("client", "sandbox", "test")), entry["what"]


@pytest.mark.parametrize("side", ["client", "sandbox"])
def test_everything_that_is_named_exists(side):
    for _, entry in entries():
        if entry[side]:
            module, name = entry[side].split(":")
            found = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part)


def test_every_test_that_is_named_exists(writer):
    known = writer.tests()
    missing = {entry["test"] for _, entry in entries() if entry["test"]} - set(known)
    assert not missing


def test_every_number_that_the_sandbox_knows_is_in_the_contract(writer):
    for product in ("oa", "zbs"):
        assert set(writer.words(product)) == set(CONTRACT["codes"][product])
        assert writer.raised(product) <= set(CONTRACT["codes"][product]) | {
            -14002,
            -14003,
            -14014,
            -14019,
            -242,
            -216,
            -220,
            -201,
        }


def test_every_refused_number_has_a_class_of_its_own_in_the_client():
    from channels.zalo.errors import LATER, OA, ZBS

    for table, product in ((OA, "oa"), (ZBS, "zbs")):
        for code in CONTRACT["codes"][product]:
            assert code in LATER or any(code in codes for codes in table.values()), code
