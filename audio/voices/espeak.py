"""The voice in the box: espeak-ng from a wheel. A formant voice, so a draft (giọng nháp), for trying a text out."""

from __future__ import annotations

import ctypes
import threading
from typing import Any

import numpy as np

from audio.voices.base import Samples, VoiceSilent

ESPEAK_SPEED = 130  # words a minute for espeak; measured: about 172 syllables a minute in running text
SLOWEST_SPEED, FASTEST_SPEED = 90, 170


class Espeak:
    """espeak-ng 1.52 from the ``espeakng-loader`` wheel, called in process.

    The library keeps its oscillators between calls, so two readings differ by a few samples.
    """

    name = "espeak"
    label = "eSpeak NG, giọng nháp"
    draft = True
    key = "espeak-1.52"

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
