"""Google's voice through gTTS. Only the bulletin's text leaves the house, which is public anyway.

A sentence goes in pieces of at most 100 characters, one request each. What the library does not see is handled
here: a server that stalls (timeout), that asks for patience (429 with Retry-After), or that answers 200 without a
sound (measured: gTTS says nothing and leaves an empty file).
"""

from __future__ import annotations

import base64
import io
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import numpy as np
import structlog

from audio.voices.base import Samples, VoiceSilent, VoiceStopped

log = structlog.get_logger(__name__)

PIECE = 100  # characters a request (gTTS.GOOGLE_TTS_MAX_CHARS)
TIMEOUT_S = (4.0, 15.0)  # connect, read
TRIES = 3  # a piece
FIRST_WAIT_S = 1.0  # doubled after each try, where the server does not say how long
_SOUND = re.compile(r'jQ1olc","\[\\"(.*?)\\"]')  # as gTTS finds it in an answer
LONGEST_WAIT_S = 30.0  # asked to wait longer: the rest is named as missing, and somebody tries later


class Google:
    """Google through gTTS. ``base``: a stand-in server; ``wait``: how to let seconds go by."""

    name = "gtts"
    label = "Google"
    draft = False
    key = "gtts-vi"

    def __init__(
        self, base: str = "", timeout: tuple[float, float] = TIMEOUT_S, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self.base = base.rstrip("/")
        self.timeout = timeout
        self.wait = wait

    def say(self, sentence: str) -> tuple[Samples, int]:
        import soundfile
        import soxr

        parts: list[Samples] = []
        rate = 0
        for piece in pieces_of(sentence):
            samples, own = soundfile.read(io.BytesIO(self._fetch(piece)), dtype="float32", always_2d=True)
            mono = samples.mean(axis=1).astype(np.float32)
            rate = rate or own
            parts.append(mono if own == rate else soxr.resample(mono, own, rate).astype(np.float32))
        if not parts or not np.any(np.abs(np.concatenate(parts)) > 1e-4):
            raise VoiceSilent("Google trả về đoạn không có tiếng. Hãy thử lại, hoặc dùng giọng khác.")
        return np.concatenate(parts), rate

    def paced(self, factor: float) -> Google:
        return self  # only the pauses between sentences can be stretched

    def answers(self) -> bool:
        """Whether it speaks now; asked once."""
        try:
            return bool(self._once("Xin chào bà con."))
        except (_Again, VoiceSilent) as error:
            log.info("voice_unreachable", voice=self.name, status=getattr(error, "status", None))
            return False

    def _fetch(self, piece: str) -> bytes:
        """The MP3 of one piece, asked for up to three times."""
        pause = FIRST_WAIT_S
        for left in reversed(range(TRIES)):
            try:
                return self._once(piece)
            except _Again as again:
                told = again.seconds
                if not left or (told or 0) > LONGEST_WAIT_S:
                    log.info("voice_failed", voice=self.name, status=again.status)
                    raise _sentence(again) from None
                self.wait(pause if told is None else told)
                pause *= 2
        raise AssertionError

    def _once(self, piece: str) -> bytes:
        from gtts import gTTS
        from gtts.tts import gTTSError

        base = self.base

        class Request(gTTS):  # gTTS can only change the country's domain, so the address is put in here
            def _prepare_requests(self) -> list[Any]:
                prepared = super()._prepare_requests()
                for request in prepared if base else ():
                    request.prepare_url(f"{base}{request.path_url}", None)
                return prepared

            def stream(self) -> Iterator[bytes]:
                """gTTS's own looks at no certificate: whoever stands on the line could speak from our loudspeakers."""
                for request in self._prepare_requests():
                    yield from _sounds(self, request)

        answer = io.BytesIO()
        try:
            Request(piece, lang="vi", lang_check=False, timeout=self.timeout).write_to_fp(answer)
        except gTTSError as error:
            if error.rsp is None:
                raise _Again(None, None) from None
            raise _Again(error.rsp.status_code, _retry_after(error.rsp.headers.get("Retry-After", ""))) from None
        except AssertionError:
            raise VoiceSilent("Câu này không có chữ nào để đọc.") from None
        except OSError:  # the line broke while the answer was read
            raise _Again(None, None) from None
        if not answer.tell():
            raise _Again(200, None)
        return answer.getvalue()


def _sounds(asking: Any, request: Any) -> Iterator[bytes]:
    """The MP3s of one answer. The line is TLS with a good certificate, and nobody is followed elsewhere."""
    import requests
    from gtts.tts import gTTSError

    try:
        with requests.Session() as line:
            way = line.merge_environment_settings(request.url, {}, False, None, None)  # proxies, own authorities
            answer = line.send(request, timeout=asking.timeout, allow_redirects=False, **way)
        answer.raise_for_status()
    except requests.HTTPError as error:
        raise gTTSError(tts=asking, response=error.response) from None
    except requests.RequestException:
        raise gTTSError(tts=asking) from None
    for text in answer.text.splitlines():
        if found := _SOUND.search(text):
            yield base64.b64decode(found[1])


class _Again(Exception):
    """No sound this time. ``status`` None: no answer at all; ``seconds``: how long the server wants peace."""

    def __init__(self, status: int | None, seconds: float | None) -> None:
        self.status, self.seconds = status, seconds


def _sentence(again: _Again) -> VoiceSilent:
    if again.status == 429:
        minutes = max(1, round((again.seconds or 3600) / 60))
        return VoiceStopped(f"Google đang từ chối vì gọi quá nhiều. Hãy thử lại sau {minutes} phút.")
    if again.status == 200:
        return VoiceSilent("Google trả lời nhưng thiếu tiếng. Hãy thử lại, hoặc dùng giọng khác.")
    return VoiceStopped("Không lấy được giọng đọc của Google. Hãy xem lại mạng, hoặc dùng giọng khác.")


def _retry_after(value: str) -> float | None:
    """Seconds of a Retry-After header: a number, or a date (RFC 9110, 10.2.3)."""
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def pieces_of(sentence: str, limit: int = PIECE) -> list[str]:
    """The sentence in pieces of at most ``limit`` characters, cut after a comma if possible, else at a space."""
    pieces, rest = [], sentence.strip()
    while len(rest) > limit:
        comma = max(rest.rfind(mark, 0, limit - 1) for mark in (", ", "; ", ": "))
        cut = comma + 1 if comma > limit // 4 else rest.rfind(" ", 0, limit + 1)
        cut = cut if cut > 0 else limit
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*pieces, rest] if rest else pieces
