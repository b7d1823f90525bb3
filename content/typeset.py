"""From a Typst template and data to a PDF (or a PNG), with the fonts that are installed with us.

The data reach the template as JSON, so that no text of a list can become markup.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from register.errors import BadInput, reason

FONT_PACKAGE = "fontpkg_be_vietnam_pro"


def typeset(
    template: Path,
    data: Mapping[str, Any],
    out: Path,
    now: datetime,
    *,
    picture_ppi: int = 0,
    system_fonts: bool = False,
) -> None:
    """Write ``out`` at once, or not at all. ``picture_ppi``: a PNG of the first page instead of a PDF.

    ``system_fonts``: also what this machine has, for papers whose form prescribes Times New Roman.
    """
    import typst  # 20 MB that whoever only sends need not hold

    page = typst.compile(
        template,
        root=template.parent,
        font_paths=[fonts()],
        ignore_system_fonts=not system_fonts,
        sys_inputs={"data": orjson.dumps(data).decode()},
        format="png" if picture_ppi else "pdf",
        ppi=picture_ppi or None,
        timestamp=int(now.timestamp()),
    )
    if isinstance(page, list):  # one picture for each page
        page = page[0]
    assert isinstance(page, bytes)
    put(out, page)


def put(out: Path, content: bytes) -> None:
    """Write a file at once, or not at all; readable by its owner only. BadInput when it cannot be written."""
    beside = out.with_name(f".{out.name}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        beside.replace(out)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise BadInput(f"Không ghi được tệp {out.name}: {reason(error)}. Hãy chọn thư mục khác.") from None


def fonts() -> Path:
    """The folder of our own font, from its package."""
    found = find_spec(FONT_PACKAGE)
    assert found is not None and found.origin is not None  # noqa: PT018
    return Path(found.origin).parent / "files"
