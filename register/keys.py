"""Keys and sealing: identity at rest is AES-256-GCM, found again by a keyed BLAKE2b hash.

The keyring is a file beside the database, never inside it: ``keys.json``, mode 0600,
``{"active": 1, "seal": {"1": base64}, "lookup": base64}``; with TUNGNHA_SECRET_KEY set the whole
file is itself sealed. A sealed value is ``version (1 byte) + nonce (12 bytes) + ciphertext``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from register.errors import BadInput

NONCE_BYTES = 12  # NIST SP 800-38D, recommended for GCM


@dataclass
class Keyring:
    """The keys of one home. Old seal keys stay until every row was sealed anew."""

    active: int
    seals: dict[int, bytes] = field(repr=False)
    lookup_key: bytes = field(repr=False)
    _ciphers: dict[int, AESGCM] = field(default_factory=dict, repr=False)

    def _cipher(self, version: int) -> AESGCM:
        if version not in self._ciphers:
            self._ciphers[version] = AESGCM(self.seals[version])
        return self._ciphers[version]

    def seal(self, value: Any, about: str) -> bytes:
        """Encrypt a JSON-able value (a dataclass too). ``about`` (e.g. "person") is authenticated with it."""
        nonce = os.urandom(NONCE_BYTES)
        body = self._cipher(self.active).encrypt(nonce, orjson.dumps(value), about.encode())
        return bytes([self.active]) + nonce + body

    def open(self, sealed: bytes, about: str) -> Any:
        """Decrypt what ``seal`` made; a wrong key or a changed byte raises InvalidTag."""
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        return orjson.loads(self._cipher(sealed[0]).decrypt(nonce, body, about.encode()))

    def lookup(self, kind: str, value: str) -> bytes:
        """Keyed hash (16 bytes) by which a value is found without being stored."""
        return hashlib.blake2b(f"{kind}:{value}".encode(), key=self.lookup_key, digest_size=16).digest()

    def dump(self) -> bytes:
        return orjson.dumps(
            {
                "active": self.active,
                "seal": {str(v): base64.b64encode(k).decode() for v, k in self.seals.items()},
                "lookup": base64.b64encode(self.lookup_key).decode(),
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Keyring:
        raw = orjson.loads(data)
        seals = {int(v): base64.b64decode(k) for v, k in raw["seal"].items()}
        return cls(raw["active"], seals, base64.b64decode(raw["lookup"]))

    @classmethod
    def new(cls) -> Keyring:
        return cls(1, {1: secrets.token_bytes(32)}, secrets.token_bytes(32))


def _wrapper(secret: str) -> AESGCM:
    return AESGCM(hmac.new(b"tungnha key file", secret.encode(), hashlib.sha256).digest())


def save_keyring(path: Path, keyring: Keyring, secret: str = "") -> None:
    """Write the key file at once (new file, then rename), readable by its owner alone."""
    data = keyring.dump()
    if secret:
        nonce = os.urandom(NONCE_BYTES)
        data = b"sealed" + nonce + _wrapper(secret).encrypt(nonce, data, b"keys")
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def load_keyring(path: Path, secret: str = "") -> Keyring:
    """Read the key file. Raises BadInput with one sentence when it cannot be opened."""
    if not path.exists():
        raise BadInput(f"Không thấy tệp khóa {path.name} trong thư mục dữ liệu: hãy chép lại từ bản sao lưu khóa.")
    data = path.read_bytes()
    if data.startswith(b"sealed"):
        try:
            data = _wrapper(secret).decrypt(data[6:18], data[18:], b"keys")
        except InvalidTag:
            raise BadInput("Không mở được tệp khóa: TUNGNHA_SECRET_KEY thiếu hoặc không đúng.") from None
    return Keyring.parse(data)
