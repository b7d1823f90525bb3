"""Voices: the one in the box, and Google's against a stand-in on this machine."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from audio.mastering import encode
from audio.voices import Espeak, Google, VoiceSilent, choose_voice, pieces_of
from register.errors import BadInput
from settings import Settings


class StandIn(ThreadingHTTPServer):
    """Answers like Google's translate server; ``mode`` says what goes wrong."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.mode = "good"
        self.asked: list[str] = []
        tone = 0.3 * np.sin(np.arange(44_100) / 44_100 * 2 * np.pi * 300)
        self.sound = base64.b64encode(encode(tone.astype(np.float32))).decode()


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.server.asked.append(unquote(unquote(body)))
        if self.server.mode.isdigit():
            self.send_error(int(self.server.mode))
            return
        answer = b")]}'\n" if self.server.mode == "empty" else self._sound()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _sound(self) -> bytes:
        return f')]}}\'\n[["wrb.fr","jQ1olc","[\\"{self.server.sound}\\"]",null]]\n'.encode()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def base(server: StandIn) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_the_voice_in_the_box_speaks_and_is_a_draft() -> None:
    voice = Espeak()
    samples, rate = voice.say("Kính thưa bà con.")
    assert voice.draft
    assert 0.5 < len(samples) / rate < 4
    assert np.max(np.abs(samples)) > 0.1


def test_it_says_the_same_thing_in_the_same_time() -> None:
    first, _ = Espeak().say("Xin nhắc lại.")
    second, _ = Espeak().say("Xin nhắc lại.")
    assert len(first) == pytest.approx(len(second), rel=0.01)


def test_a_faster_pace_is_shorter() -> None:
    slow, _ = Espeak().say("Việc này miễn phí và tự nguyện.")
    fast, _ = Espeak().paced(1.3).say("Việc này miễn phí và tự nguyện.")
    assert len(fast) < len(slow)


def test_google_is_asked_in_pieces_of_at_most_100_characters(google: StandIn) -> None:
    samples, rate = Google(base(google)).say("Xã mời bà con đến tạo tài khoản, " * 8)
    assert len(google.asked) == 3
    assert rate == 44_100
    assert len(samples) > 2.5 * rate


@pytest.mark.parametrize("mode", ["429", "500", "empty"])
def test_a_failing_or_empty_answer_never_becomes_silence(google: StandIn, mode: str) -> None:
    google.mode = mode
    with pytest.raises(VoiceSilent):
        Google(base(google)).say("Xin chào.")


def test_auto_falls_back_to_the_box_when_google_fails(google: StandIn, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, voice="auto", gtts_base=base(google))
    assert choose_voice(settings).name == "gtts"
    google.mode = "500"
    assert choose_voice(settings).name == "espeak"


def test_an_unknown_voice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="giọng"):
        choose_voice(Settings(home=tmp_path), "banmai")


def test_pieces_are_cut_at_commas_or_spaces_and_lose_nothing() -> None:
    text = "một hai ba bốn, " * 20 + "x" * 130
    pieces = pieces_of(text)
    assert all(len(piece) <= 100 for piece in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
