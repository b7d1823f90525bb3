"""Takes secrets out of a provider's event before anything of it is stored (content.guard)."""

from __future__ import annotations

from typing import Any

from content.guard import guard

WORDS = {"text", "caption", "quote", "description", "vcard", "title", "question", "file_name", "name"}  # people's words
HANDLES = {"file_id", "file_unique_id", "url", "thumbnail", "photo_url", "voice_url", "checksum"}
NOTHING = "-"  # a picture may show a card: no handle to fetch it by is kept


def redact(value: Any, secrets: list[str], handles: set[str] = HANDLES) -> Any:
    """A copy without secrets and without handles of files; kinds found are added to ``secrets``."""
    if isinstance(value, list):
        return [redact(item, secrets, handles) for item in value]
    if not isinstance(value, dict):
        return value
    clean: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, str) and key in WORDS:
            guarded = guard(item)
            secrets += [kind for kind in guarded.secrets if kind not in secrets]
            clean[key] = guarded.text
        elif isinstance(item, str) and key in handles:
            clean[key] = NOTHING
        else:
            clean[key] = redact(item, secrets, handles)
    return clean
