"""The lawyer's sheet says of every table and every field of an identity what it is for; it cannot fall behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from sqlmodel import SQLModel

import migrations.env_tables  # noqa: F401 — every room's tables
from console.access import PAGES
from console.pages.data_sheet import groups, named, sealed, told, transfers
from register.people import Identity
from settings import Settings

Browse = Callable[[str], Any]


def test_every_table_stands_in_exactly_one_group() -> None:
    named = [table for group in told()["groups"] for table in group["tables"]]
    assert sorted(named) == sorted(SQLModel.metadata.tables)


def test_every_part_of_an_identity_has_its_purpose_and_ground() -> None:
    assert set(told()["identity"]) == {field.name for field in fields(Identity)}
    assert {line[2] for line in told()["identity"].values()} <= set(told()["bases"])


def test_every_column_is_named_once_with_its_purpose_and_ground_or_as_saying_nothing_of_anybody() -> None:
    """A new column fails here until data_sheet.yaml says what it is for."""
    columns = [f"{table.name}.{column.name}" for table in SQLModel.metadata.tables.values() for column in table.columns]
    assert sorted(named()) == sorted(columns)
    for what, why, ground, of in told()["fields"]:
        assert what
        assert why
        assert of
        assert ground in set(told()["bases"]) - {"none"}


def test_what_is_encrypted_and_who_a_row_is_about_are_never_called_plain() -> None:
    plain = {f"{table}.{column}" for table, columns in told()["plain"].items() for column in columns}
    assert sealed() & plain == {"oauth_token.sealed"}  # the app's own key
    telling = {"person", "contact", "birth_year", "sex", "login", "by", "author", "approver", "actor"}
    assert {column for column in plain if column.partition(".")[2] in telling} == set()


def test_every_group_has_its_ground_and_the_roles_that_see_it() -> None:
    for group in groups():
        assert group["ground"]
        assert set(group["pages"]) <= set(PAGES)
        assert group["roles"]


def test_every_server_that_a_setting_names_is_a_transfer(village: Any) -> None:
    hosts = {host for _, host, _, _ in transfers(village.home)}
    for name in Settings.model_fields:
        if name.endswith("_base") and name not in ("sandbox_base", "zalo_oauth_base"):
            address = Settings.model_fields[name].default
            assert not address or address.split("/")[2] in hosts, name


@pytest.mark.parametrize("role", ["officer", "auditor", "owner"])
def test_it_is_printed_with_what_is_true_here(browse: Browse, village: Any, role: str) -> None:
    page = browse(role).get("/ho-so-du-lieu").text
    for words in (
        "Bên kiểm soát dữ liệu",
        "180 ngày",
        "Số định danh",
        "Telegram (nước ngoài)",
        "link_code.person",
        "Xưng hô cho đúng",
    ):
        assert words in page
    assert "060200000000" not in page
