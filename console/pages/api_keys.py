"""Khóa kết nối: keys for other programs of a commune, and what /api/v1 answers them. For the owner only."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlmodel import Session

from console.api.door import PATH
from console.forms import Faults, as_count
from console.web import Missing, Seen, do, go, names_of, our_address, own, render, see
from register import api_keys
from register.errors import BadInput
from register.tables import ApiKey

router = APIRouter()
Viewing = Annotated[Seen, Depends(see("api_keys"))]
Doing = Annotated[Seen, Depends(do("api_keys"))]


@router.get("/khoa-ket-noi")
def keys(request: Request, seen: Viewing) -> Response:
    """The commune's keys; never the token of one."""
    return _page(request, seen)


def _page(request: Request, seen: Seen, status: int = 200, **page: Any) -> Response:
    with seen.home.db.read() as session:
        rows = api_keys.keys_of(session, seen.here) if seen.commune else []
        names = names_of(session, [row.made_by for row in rows])
    page = {
        "rows": [(row, api_keys.in_force(row, seen.now)) for row in rows],
        "names": names,
        "days": [(str(days), f"{days} ngày") for days in api_keys.LIVES_DAYS],
        "place": our_address(request) + PATH,
        "token_shown": "",
        "faults": Faults(),
        "typed": "",
    } | page
    return render(request, "api_keys.html", seen, status, at="api_keys", **page)


@router.post("/khoa-ket-noi")
def make(request: Request, seen: Doing, ten: str = Form(""), han: str = Form("90"), ghi: str = Form("")) -> Response:
    """A new key, shown on this one page and never again."""
    try:
        days = as_count(han, "Thời hạn")
        made = seen.home.db.write(
            lambda s: api_keys.make_key(s, seen.here, ten, bool(ghi), days, seen.viewer.login, seen.now)
        )
    except BadInput as error:
        return _page(request, seen, 422, faults=Faults(ten=str(error)), typed=ten)
    return _page(request, seen, token_shown=made[1])


@router.post("/khoa-ket-noi/{number}/thu-hoi")
def withdraw(number: int, seen: Doing) -> Response:
    """The key opens nothing any more."""

    def store(session: Session) -> None:
        key = own(seen, session.get(ApiKey, number))
        api_keys.withdraw_key(session, key, seen.viewer.login, seen.now)

    seen.home.db.write(store)
    return go("/khoa-ket-noi", "da-thu-hoi")


@router.get("/khoa-ket-noi/cach-dung")
def reference(request: Request, seen: Viewing) -> Response:
    """What may be asked, from the same OpenAPI document that programs read."""
    api = next((route.app for route in request.app.routes if getattr(route, "path", "") == PATH), None)
    if api is None:
        raise Missing
    place = our_address(request) + PATH
    spec = api.openapi()
    return render(request, "api_reference.html", seen, at="api_keys", spec=spec, calls=calls(spec), place=place)


def calls(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """One entry for each method and path of the document: what it is, what it takes, what comes back."""
    found = []
    for path, methods in spec["paths"].items():
        for method, about in methods.items():
            answer = about["responses"]["200"]["content"]["application/json"]["schema"]
            body = about.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            found.append(
                {
                    "method": method.upper(),
                    "path": path,
                    "title": about["summary"],
                    "text": about.get("description", ""),
                    "takes": [(one["name"], _kind(one["schema"])) for one in about.get("parameters", [])],
                    "body": _kind(body) if body else "",
                    "gives": _kind(answer),
                }
            )
    return found


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(schema['items'])}]"
    return str(schema.get("format") or schema.get("type", ""))
