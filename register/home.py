"""A home (thư mục dữ liệu): database, keys, audio and reports of one installation.

Everything that touches data gets a ``Home``; it carries the clock too, so that time is always given.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

import register.clear_rows  # noqa: F401 — what lies in the clear is looked at before it is stored
from database import Database, SchemaInUse, SchemaTooNew, away
from register import arrived  # noqa: F401 — from here on every session sees only who has arrived
from register.audit import keep_head
from register.errors import BadInput, reason
from register.keys import Keyring, load_keyring, save_keyring
from register.units import load_units
from register.workdays import LOCAL_FILE, read_local, use_local
from settings import Settings

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NO_RIGHT = "42501"  # PostgreSQL: insufficient_privilege


def utc_now() -> datetime:
    """The machine's time, aware."""
    return datetime.now(UTC)


@dataclass
class Clock:
    """The machine's clock, moved by ``offset``: the sandbox and the demo move time, nobody else."""

    offset: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.offset

    def set(self, moment: datetime) -> None:
        self.offset = moment - utc_now()

    def advance(self, by: timedelta) -> None:
        self.offset += by


@dataclass
class Home:
    """One opened installation."""

    path: Path
    settings: Settings
    db: Database
    keys: Keyring = field(repr=False)
    now: Callable[[], datetime] = utc_now

    @property
    def audio(self) -> Path:
        return self.path / "audio"

    @property
    def inbox_file(self) -> Path:
        return self.path / "inbox.db"

    def close(self) -> None:
        self.db.close()


NO_URL = "TUNGNHA_DATABASE_URL chưa đúng. Mẫu: postgresql+psycopg://tên:mật-khẩu@máy/cơ-sở-dữ-liệu"


def _connect(url: str, migrate: bool) -> Database:
    """The database, with the newest schema. BadInput with one sentence where it does not answer."""
    if not url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:", "postgres:")):
        raise BadInput(NO_URL)
    try:
        db = Database(url)
        if migrate:
            db.upgrade()
    except ModuleNotFoundError:
        raise BadInput(
            "Máy chưa cài phần PostgreSQL. Ở thư mục mã nguồn, hãy chạy: sh .ci/install dev requirements-dev.lock"
        ) from None
    except ArgumentError:
        raise BadInput(NO_URL) from None
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") != NO_RIGHT:
            raise
        raise BadInput(
            "Tài khoản PostgreSQL chưa đủ quyền tạo bảng. Hãy chạy trên máy chủ: "
            "GRANT CREATE ON DATABASE tên_cơ_sở_dữ_liệu TO tên_tài_khoản"
        ) from None
    except SchemaTooNew:
        raise BadInput(
            "Cơ sở dữ liệu này đã được một bản Từng Nhà mới hơn nâng cấp. Hãy cài bản mới rồi chạy lại; "
            "bản cũ không được mở để không làm hỏng dữ liệu."
        ) from None
    except SchemaInUse:
        raise BadInput(
            "Bản này cần nâng cấp cơ sở dữ liệu, nhưng bản cũ vẫn đang chạy. "
            "Hãy dừng mọi tungnha serve và tungnha worker, rồi chạy lại."
        ) from None
    except OperationalError as error:
        if not away(error):
            raise
        raise BadInput(
            "Không mở được cơ sở dữ liệu. Hãy xem lại TUNGNHA_DATABASE_URL, máy chủ PostgreSQL, hoặc ổ đĩa."
        ) from None
    return db


def _not_for_root(keyfile: Path) -> None:
    """Files that root leaves in the home of a service's user cannot be written by that user: BadInput instead."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and keyfile.exists() and (owner := keyfile.stat().st_uid) != 0:
        user = _user(owner)
        raise BadInput(f"Dữ liệu ở {keyfile.parent} là của người dùng {user}. Hãy chạy lệnh này với: sudo -u {user}")


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"


def open_home(
    settings: Settings, *, create: bool = False, now: Callable[[], datetime] = utc_now, migrate: bool = True
) -> Home:
    """Open the home of ``settings.home``; with ``create`` make what is missing (folder, keys, schema, units).

    Raises BadInput with one sentence when it does not exist, cannot be written, or its keys do not fit.
    """
    path = settings.home.expanduser()
    keyfile = path / "keys.json"
    if not keyfile.exists() and not create:
        raise BadInput(
            f"Chưa có dữ liệu ở {path}. Dữ liệu ở nơi khác thì hãy đặt TUNGNHA_HOME; mới dùng thì hãy nhập danh sách: "
            "tungnha register import TỆP --commune MÃ"
        )
    _not_for_root(keyfile)
    try:
        for folder in (path, path / "audio", path / "reports"):
            folder.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        raise BadInput(f"Không ghi được vào thư mục {path}: {reason(error)}. Hãy đổi TUNGNHA_HOME.") from None
    secret = settings.secret_key.get_secret_value()
    if not keyfile.exists():
        save_keyring(keyfile, Keyring.new(), secret)
    keys = load_keyring(keyfile, secret)
    db = _connect(settings.database_url or f"sqlite:///{path / 'tungnha.db'}", migrate)
    home = Home(path, settings, db, keys, now)
    keep_head(home)
    use_local(read_local(path / LOCAL_FILE))
    if migrate:
        load_units(db, now().astimezone(VIETNAM).date(), path / "units.yaml")
    from register.arriving import sweep_dead  # it needs a Home itself

    sweep_dead(home)
    return home
