"""Looking through every file of a home for what must not stand there: the second half of an erasure's proof."""

from __future__ import annotations

import html
import mmap
import os
import shutil
import time
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from register.home import Home
from register.people import Identity

KEYS = "keys.json"
SEAL_START = 28  # bytes of a seal that are its own (number, nonce, beginning): a long one may be split over pages
BOOKS = {".xlsx", ".xlsm", ".ods", ".docx", ".zip"}  # deflated: their parts are read
WORKING_S = 3600.0  # a list that is laid open is not older, unless its process died
DATABASES = (".db", ".db-wal", ".db-shm")  # an officer may have a citizen's name, and stands there


@dataclass
class Wanted:
    """What was known of some people: seals and hashes as bytes, and who they were."""

    binary: Iterable[bytes] = ()
    identities: list[Identity] = field(default_factory=list, repr=False)

    def forms(self, names: bool) -> set[bytes]:
        """The bytes to look for: texts in each encoding and composition that a file could have them in."""
        texts = {t for one in self.identities for t in (one.citizen_id, one.phone, one.address) if t}
        if names:
            texts |= {one.full_name for one in self.identities if one.full_name}
        found = {seal[:SEAL_START] for seal in self.binary if len(seal) > SEAL_START}
        for text in texts:
            for form in {text, text.upper(), unicodedata.normalize("NFD", text)}:
                found |= {form.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")}
        return found


def look_in_files(home: Home, wanted: Wanted) -> tuple[int, list[str]]:
    """How many files were looked through, and the names of those in which something was found."""
    files, found = 0, []
    for file in sorted(home.path.rglob("*")):
        if not file.is_file() or file.name == KEYS:
            continue
        files += 1
        forms = wanted.forms(names=not file.name.endswith(DATABASES))
        if any(_holds(part, forms) for part in _parts(file)):
            found.append(str(file.relative_to(home.path)))
    return files, found


def _holds(body: bytes | mmap.mmap, forms: set[bytes]) -> bool:
    return any(body.find(form) >= 0 for form in forms)


def _parts(file: Path) -> Iterator[bytes | mmap.mmap]:
    try:
        with file.open("rb") as content:
            if os.fstat(content.fileno()).st_size:
                with mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ) as body:
                    yield body
        if file.suffix.lower() in BOOKS:
            with zipfile.ZipFile(file) as book:
                for name in book.namelist():
                    part = book.read(name)
                    yield part
                    if b"&#" in part:  # letters written as numbers
                        yield html.unescape(part.decode(errors="ignore")).encode()
    except (FileNotFoundError, zipfile.BadZipFile):  # gone meanwhile; or no book at all, and read as bytes
        return


def leave_no_copies(home: Home) -> int:
    """Remove what holds whole lists for a while: uploads that wait, and what a crash left behind. Returns how many.

    Whoever waits with an upload is told to choose the file again.
    """
    gone, young = 0, time.time() - WORKING_S  # the files' clock, not the home's
    for left in (*home.path.glob("uploads/*"), *home.path.glob("reports/tmp*"), *home.path.glob("reports/*phieu*")):
        if left.is_dir():
            if left.stat().st_mtime > young:
                continue
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
        gone += 1
    return gone
