"""Keys and sealing: identity at rest is AES-256-GCM, found again by a keyed BLAKE2b hash.

The keyring is a file beside the database, never inside it: ``keys.json``, mode 0600,
``{"active": 2, "seal": {"1": base64, "2": base64}, "lookup": base64, …}``; with TUNGNHA_SECRET_KEY set the whole
file is itself sealed. A sealed value is ``version (1 byte) + nonce (12 bytes) + ciphertext``.

Several processes share the file. One that meets a version it does not know, or has not looked for a second,
reads it again: keys can be rotated while all of them work (rotation.py).

The lookup key is not rotated: a tombstone holds nothing from which its hash could be made anew. Whoever has it and
the database can try out all citizen ids; after a theft of the key file a new home is made, and the lists read anew.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from register.errors import BadInput

NONCE_BYTES = 12  # NIST SP 800-38D, recommended for GCM
LOOK_AGAIN_S = 1.0  # so long a process may go on sealing with the key before
SCRYPT = {"n": 2**14, "r": 8, "p": 1}  # OWASP's least for scrypt is n=2^17; this one also guards a mode 0600 file
_SEALED = b"sealed2"
_SALT_BYTES = 16


@dataclass
class Keyring:
    """The keys of one home. Old seal keys stay until every row was sealed anew.

    ``made``: when each version was made (ISO 8601, UTC). ``finished``: all was sealed with ``active``; else a
    rotation is under way, or was killed and waits to be gone on with.
    """

    active: int
    seals: dict[int, bytes] = field(repr=False)
    lookup_key: bytes = field(repr=False)
    made: dict[int, str] = field(default_factory=dict, repr=False)
    finished: bool = field(default=True, repr=False)
    _file: Path | None = field(default=None, repr=False)
    _secret: str = field(default="", repr=False)
    _stamp: tuple[int, ...] = field(default=(), repr=False)
    _looked: float = field(default=0.0, repr=False)
    _ciphers: dict[int, AESGCM] = field(default_factory=dict, repr=False)

    def _cipher(self, version: int) -> AESGCM:
        cipher = self._ciphers.get(version)
        if cipher is None:
            if version not in self.seals:
                self.refresh()
            if version not in self.seals:
                raise InvalidTag
            cipher = self._ciphers[version] = AESGCM(self.seals[version])
        return cipher

    def seal(self, value: Any, about: str) -> bytes:
        """Encrypt a JSON-able value (a dataclass too). ``about`` (e.g. "person") is authenticated with it."""
        if time.monotonic() - self._looked > LOOK_AGAIN_S:
            self.refresh()
        nonce, version = os.urandom(NONCE_BYTES), self.active
        body = self._cipher(version).encrypt(nonce, orjson.dumps(value), about.encode())
        return bytes([version]) + nonce + body

    def open(self, sealed: bytes, about: str) -> Any:
        """Decrypt what ``seal`` made; a wrong or unknown key or a changed byte raises InvalidTag."""
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        return orjson.loads(self._cipher(sealed[0]).decrypt(nonce, body, about.encode()))

    def lookup(self, kind: str, value: str) -> bytes:
        """Keyed hash (16 bytes) by which a value is found without being stored."""
        return hashlib.blake2b(f"{kind}:{value}".encode(), key=self.lookup_key, digest_size=16).digest()

    def refresh(self) -> None:
        """Take up what another process wrote into the key file since."""
        self._looked = time.monotonic()
        if self._file is None:
            return
        try:
            stamp = _stamp(self._file)
        except OSError:
            return
        if stamp != self._stamp:
            fresh = load_keyring(self._file, self._secret)
            self.seals, self.made, self.lookup_key = fresh.seals, fresh.made, fresh.lookup_key
            self.active, self.finished, self._stamp = fresh.active, fresh.finished, fresh._stamp
            for gone in set(self._ciphers) - set(fresh.seals):
                self._ciphers.pop(gone, None)

    def dump(self) -> bytes:
        return orjson.dumps(
            {
                "active": self.active,
                "seal": {str(v): base64.b64encode(k).decode() for v, k in self.seals.items()},
                "lookup": base64.b64encode(self.lookup_key).decode(),
                "made": {str(v): at for v, at in self.made.items()},
                "finished": self.finished,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Keyring:
        raw = orjson.loads(data)
        seals = {int(v): base64.b64decode(k) for v, k in raw["seal"].items()}
        made = {int(v): at for v, at in raw.get("made", {}).items()}
        return cls(raw["active"], seals, base64.b64decode(raw["lookup"]), made, raw.get("finished", True))

    @classmethod
    def new(cls) -> Keyring:
        return cls(1, {1: secrets.token_bytes(32)}, secrets.token_bytes(32))


def _stamp(path: Path) -> tuple[int, ...]:
    about = path.stat()
    return about.st_mtime_ns, about.st_ino, about.st_size


def _wrapper(secret: str, salt: bytes) -> AESGCM:
    """The cipher of the key file. Slow on purpose: a secret that people choose can be tried out."""
    return AESGCM(hashlib.scrypt(secret.encode(), salt=salt, dklen=32, maxmem=2**26, **SCRYPT))


def save_keyring(path: Path, keyring: Keyring, secret: str = "") -> None:
    """Write the key file at once (new file, then rename), readable by its owner alone."""
    data = keyring.dump()
    if secret:
        nonce, salt = os.urandom(NONCE_BYTES), os.urandom(_SALT_BYTES)
        data = _SEALED + salt + nonce + _wrapper(secret, salt).encrypt(nonce, data, b"keys")
    write_private(path, data)


def write_private(path: Path, data: bytes) -> None:
    """Write a file at once (new file, on disk, then renamed), readable by its owner alone."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def load_keyring(path: Path, secret: str = "") -> Keyring:
    """Read the key file. Raises BadInput with one sentence when it cannot be opened."""
    if not path.exists():
        raise BadInput(f"Không thấy tệp khóa {path.name} trong thư mục dữ liệu: hãy chép lại từ bản sao lưu khóa.")
    stamp, data = _stamp(path), path.read_bytes()
    if data.startswith(_SEALED):
        start = len(_SEALED) + _SALT_BYTES
        salt, nonce, body = data[len(_SEALED) : start], data[start : start + NONCE_BYTES], data[start + NONCE_BYTES :]
        try:
            data = _wrapper(secret, salt).decrypt(nonce, body, b"keys")
        except InvalidTag:
            raise BadInput("Không mở được tệp khóa: TUNGNHA_SECRET_KEY thiếu hoặc không đúng.") from None
    keyring = Keyring.parse(data)
    keyring._file, keyring._secret, keyring._stamp, keyring._looked = path, secret, stamp, time.monotonic()
    return keyring
