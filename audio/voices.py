"""Voices: one sentence in, float32 mono samples out.

``espeak`` is in the box and needs no network, but it is a formant voice: a draft (giọng nháp), for trying a text out.
``gtts`` asks Google; only the bulletin's text leaves the house, which is public anyway.
Give every voice the spoken form (``audio.spoken``), never raw text.
"""

from __future__ import annotations

import ctypes
import io
import threading
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import structlog

from register.errors import BadInput
from settings import Settings

log = structlog.get_logger(__name__)
Samples = npt.NDArray[np.float32]

ESPEAK_SPEED = 130  # words a minute for espeak; measured: about 172 syllables a minute in running text
SLOWEST_SPEED, FASTEST_SPEED = 90, 170
GTTS_PIECE = 100  # characters a request (gTTS.GOOGLE_TTS_MAX_CHARS)
GTTS_TIMEOUT_S = (4.0, 15.0)  # connect, read


class Voice(Protocol):
    """What every voice offers. ``draft``: not for air without a second approval."""

    name: str
    label: str  # Vietnamese, for screens and tags
    draft: bool

    def say(self, sentence: str) -> tuple[Samples, int]:
        """Samples (mono, −1…1) and their rate in Hz. Raises VoiceSilent when nothing came back."""
        ...

    def paced(self, factor: float) -> Voice:
        """The same voice, speaking this many times as fast; itself when its speed cannot be set."""
        ...


class VoiceSilent(BadInput):
    """The voice gave no sound; the sentence tells the user what to do."""


class Espeak:
    """espeak-ng 1.52 from the ``espeakng-loader`` wheel, called in process.

    The library keeps its oscillators between calls, so two readings differ by a few samples.
    """

    name = "espeak"
    label = "eSpeak NG, giọng nháp"
    draft = True

    _lock = threading.Lock()  # the library keeps one global state
    _library: Any = None
    _rate = 0

    def __init__(self, speed: int = ESPEAK_SPEED) -> None:
        self.speed = speed

    @classmethod
    def _open(cls) -> Any:
        if cls._library is None:
            import espeakng_loader

            library = ctypes.CDLL(espeakng_loader.get_library_path())
            synchronous, no_exit = 2, 0x8000  # espeak_AUDIO_OUTPUT, espeakINITIALIZE_DONT_EXIT
            cls._rate = library.espeak_Initialize(synchronous, 0, espeakng_loader.get_data_path().encode(), no_exit)
            if cls._rate <= 0 or library.espeak_SetVoiceByName(b"vi") != 0:
                raise VoiceSilent("Không mở được giọng đọc có sẵn. Hãy cài lại gói espeakng-loader.")
            cls._library = library
        return cls._library

    def say(self, sentence: str) -> tuple[Samples, int]:
        pieces: list[bytes] = []

        @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        def collect(wave: Any, count: int, _events: Any) -> int:
            if wave and count > 0:
                pieces.append(ctypes.string_at(wave, count * 2))
            return 0

        with self._lock:
            library = self._open()
            library.espeak_SetSynthCallback(collect)
            library.espeak_SetParameter(1, self.speed, 0)  # espeakRATE
            data = sentence.encode()
            library.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 1, 0, 1, None, None)  # UTF-8
            library.espeak_Synchronize()
        samples = np.frombuffer(b"".join(pieces), dtype=np.int16).astype(np.float32) / np.float32(32768)
        if not len(samples):
            raise VoiceSilent("Giọng đọc có sẵn không đọc được câu này. Hãy viết lại câu cho đơn giản.")
        return samples, self._rate

    def paced(self, factor: float) -> Espeak:
        return Espeak(round(min(max(self.speed * factor, SLOWEST_SPEED), FASTEST_SPEED)))


class Google:
    """Google's voice through gTTS, a piece of at most 100 characters a request. ``base``: a stand-in server."""

    name = "gtts"
    label = "Google"
    draft = False

    def __init__(self, base: str = "", timeout: tuple[float, float] = GTTS_TIMEOUT_S) -> None:
        self.base = base.rstrip("/")
        self.timeout = timeout

    def _fetch(self, piece: str) -> bytes:
        from gtts import gTTS
        from gtts.tts import gTTSError

        base = self.base

        class Request(gTTS):  # gTTS can only change the country's domain, so the address is put in here
            def _prepare_requests(self) -> list[Any]:
                prepared = super()._prepare_requests()
                for request in prepared if base else ():
                    request.prepare_url(f"{base}{request.path_url}", None)
                return prepared

        answer = io.BytesIO()
        try:
            Request(piece, lang="vi", lang_check=False, timeout=self.timeout).write_to_fp(answer)
        except gTTSError as error:
            status = error.rsp.status_code if error.rsp is not None else None
            log.info("voice_failed", voice=self.name, status=status)
            if status == 429:
                raise VoiceSilent("Google đang từ chối vì gọi quá nhiều. Hãy thử lại sau 1 giờ.") from None
            raise VoiceSilent(
                "Không lấy được giọng đọc của Google. Hãy xem lại mạng, hoặc dùng giọng có sẵn."
            ) from None
        except AssertionError:
            raise VoiceSilent("Câu này không có chữ nào để đọc.") from None
        if not answer.tell():  # HTTP 200 without sound: gTTS says nothing
            log.info("voice_empty", voice=self.name)
            raise VoiceSilent("Google trả lời nhưng thiếu tiếng. Hãy thử lại, hoặc dùng giọng có sẵn.")
        return answer.getvalue()

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
            raise VoiceSilent("Google trả về đoạn không có tiếng. Hãy thử lại, hoặc dùng giọng có sẵn.")
        return np.concatenate(parts), rate

    def paced(self, factor: float) -> Google:
        return self  # only the pauses between sentences can be stretched


def pieces_of(sentence: str, limit: int = GTTS_PIECE) -> list[str]:
    """The sentence in pieces of at most ``limit`` characters, cut after a comma if possible, else at a space."""
    pieces, rest = [], sentence.strip()
    while len(rest) > limit:
        comma = max(rest.rfind(mark, 0, limit - 1) for mark in (", ", "; ", ": "))
        cut = comma + 1 if comma > limit // 4 else rest.rfind(" ", 0, limit + 1)
        cut = cut if cut > 0 else limit
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*pieces, rest] if rest else pieces


VOICES: dict[str, Callable[[Settings], Voice]] = {
    "espeak": lambda settings: Espeak(),
    "gtts": lambda settings: Google(settings.gtts_base),
}


def choose_voice(settings: Settings, name: str = "") -> Voice:
    """The voice of this name, or of the settings; "auto": Google when it answers, else the draft in the box."""
    wanted = name or settings.voice
    if wanted in VOICES:
        return VOICES[wanted](settings)
    if wanted != "auto":
        raise BadInput(f"Không có giọng “{wanted}”. Hãy chọn: auto, {', '.join(VOICES)}.")
    google = VOICES["gtts"](settings)
    try:
        google.say("Xin chào bà con.")
    except VoiceSilent:
        log.info("voice_fallback", voice="espeak")
        return VOICES["espeak"](settings)
    return google
