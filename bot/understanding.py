"""What did the citizen mean? ``classify(text) -> (intent, confidence)``.

Rules come first where a miss is not allowed (stop) or a phrase is beyond doubt; then a small linear
model over character and word pieces of the folded text, trained at first use from training.yaml
(a second or less) and kept for the life of the process. People type without accents, with teencode and by ear:
``normalise`` evens that out before the model looks. Low confidence is told as "other".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import yaml

from bot import phrases, stopping
from content.words import fold, nfc

TRAINING = Path(__file__).with_name("training.yaml")
OTHER = "other"
LEAST = 0.2  # below this the guess is not told; chosen on the held-out lines in tests/bot
NEAR = 0.14  # from here on a guess is worth a button
# What changes whom we write to wants more certainty than an answer does.
GRAVE = {"stop": 0.5, "not_me": 0.4, "report.deceased": 0.4, "helping": 0.35}

# Teencode and short forms → the plain word, all folded. A form that is a common word itself is not here.
_WORDS: dict[str, str] = {
    said: plain
    for plain, forms in {
        "khong": "ko k kg kh khum hok hk hem honk hongg khg hog",
        "duoc": "dc duok duocj dkuoc",
        "gi": "j",
        "nhu the nao": "ntn",
        "the nao": "tnao thenao",
        "roi": "r rui ruj roy",
        "tai khoan": "tk tkhoan taikhoan tkk",
        "so tai khoan": "stk sotk",
        "ngan hang": "nh nhang nganhang bank",
        "mat khau": "mk pass password pw matkhau",
        "dien thoai": "dt fone phone dthoai dienthoai",
        "toi": "tui t toy",
        "biet": "bit bik bjk bt",
        "vay": "z zay dzay dzi rua",
        "vao": "zo zao",
        "dang ky": "dk dki dky dangky",
        "vneid": "vnid vneit vnei vned vneld vineid vnied veneid vneed",
        "can cuoc": "cccd",
        "chung minh": "cmnd cmt cmtnd",
        "an sinh xa hoi": "asxh",
        "bao nhieu": "bn bnhieu baonhiu",
        "nhieu": "nhiu",
        "lam": "lm",
        "gio": "h",
        "nay": "ni",
        "ok": "oke okie okay oki uki okela okk oce okey",
        "cam on": "camon tks thks thank thanks thankyou",
        "nguoi": "ng ngta",
        "passcode": "pascode passcod",
        "ung dung": "app",
        "voi": "vs",
        "gium": "zum",
        "so dien thoai": "sdt",
        "lanh": "linh",
        "bao gio": "bgio bh",
        "nhan tin": "nt ib inbox",
        "dung": "dug dugn dungf duwngf duwng dwng dwngf dungw dunq dungg",
        "huy": "huyr huyj hyu",
        "ngung": "ngug ngunq nguwng ngwng",
        "stop": "xtop sotop st0p",
        "block": "bloc blok",
    }.items()
    for said in forms.split()
}
# The same for words that are only clear with their accents.
_ACCENTED: dict[str, str] = {
    said: plain
    for plain, words in {
        "khong": ("hông", "hổng", "nỏ", "chả", "chẳng"),
        "lam": ("mần",),
        "dau": ("mô",),
        "thay": ("chộ",),
        "sao": ("răng",),
        "gio": ("chừ",),
        "vay": ("rứa",),
        "me": ("má", "mạ"),
        "vao": ("vô",),
        "bam": ("nhấn", "ấn", "bấm"),
        "gium": ("dùm",),
        "toi": ("tớ", "tau", "tao"),
        "phai": ("đúng",),  # folded it would read as "dừng"
        "xai": ("dùng",),
        "treo": ("đứng", "đơ"),
        "dung": ("dẹp", "cấm", "dừg", "dừn", "dửng", "đừg", "đừn"),
        "cut": ("cút", "biến", "câm", "xéo"),
        "nan": ("chán",),
        "cang": ("chân",),  # folded they would read as "chặn"
        "cham": ("đụng", "đựng", "dựng"),
        "giat": ("giật",),
    }.items()
    for said in words
}
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)?|[?]")
_SPLIT_NAMES = re.compile(r"\b(?:v[ .-]?n[ .-]?e?[ .-]?i[ .-]?d|vi en i đi|vê nờ i đê|vn e id)\b")
_SPACED = re.compile(r"(?<!\w)[^\W\d_](?:[ ._*,\-/][^\W\d_]){2,}(?!\w)")  # d ừ n g, s.t.o.p
_BETWEEN = re.compile(r"[ ._*,\-/]")
_LONG = re.compile(r"([a-z])\1{2,}|([b-df-hj-np-tv-z])\2+$")
_PARTS = re.compile(r"[,.;:!?\n…]+|\b(?:mà|với lại|hay là|rồi còn|rồi cho hỏi|cho hỏi)\b", re.IGNORECASE)
# How syllables sound alike to those who write by ear; folded, applied in order.
_BY_EAR = (("gi", "d"), ("z", "d"), ("r", "d"), ("tr", "ch"), ("x", "s"), ("ngh", "ng"), ("gh", "g"), ("l", "n"))


_SMALL = set(
    re.findall(
        r"\w+",
        """toi bac em minh ong ba con chau chu co cu noi ngoai nha nhe a da vay voi nghe nghen hong oi ne do di ay day
        thi ma la cai nay no cho gium dum ho lam qua het luon roi""",
    )
)


def normalise(text: str) -> str:
    """Folded, teencode and regional words replaced, long drawls shortened, punctuation dropped."""
    words = []
    text = _SPACED.sub(lambda match: _BETWEEN.sub("", match.group()), unicodedata.normalize("NFKC", text))
    for word in _WORD.findall(_SPLIT_NAMES.sub(" vneid ", text.lower())):
        plain = _ACCENTED.get(word) or fold(word)
        short = _LONG.sub(r"\1\2", plain)
        words.append(_WORDS.get(plain) or _WORDS.get(short, short))
    return " ".join(words)


def _by_ear(text: str) -> str:
    for written, heard in _BY_EAR:
        text = re.sub(rf"\b{written}", heard, text)
    return text


def _pieces(text: str) -> list[str]:
    """Runs of one to three words."""
    words = text.split()
    return [" ".join(words[i : i + size]) for size in (1, 2, 3) for i in range(len(words) - size + 1)]


def _heard(text: str) -> list[str]:
    return _pieces(_by_ear(text))


def _bare(text: str) -> list[str]:
    """The pieces without the words for I, you and politeness: bà, bác, em, tui say the same thing."""
    return _pieces(" ".join(word for word in text.split() if word not in _SMALL))


def parts_of(text: str) -> list[str]:
    """The pieces of a text as its commas and a few small words cut it; [] when it is one piece."""
    parts = [part.strip() for part in _PARTS.split(text) if part.strip()]
    return parts if len(parts) > 1 else []


def training_lines(file: Path = TRAINING) -> list[tuple[str, str]]:
    """All (intent, line) pairs of the training file."""
    raw: dict[str, str] = yaml.safe_load(nfc(file.read_text("utf-8")))
    return [(intent, line.strip()) for intent, block in raw.items() for line in block.splitlines() if line.strip()]


@lru_cache
def intents() -> tuple[str, ...]:
    """Every intent, in the order of the training file."""
    return tuple(dict.fromkeys(intent for intent, _ in training_lines()))


class Understanding:
    """The trained model. ``sharpness`` turns margins into honest probabilities (fitted on held-out lines)."""

    sharpness = 3.0

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_union
        from sklearn.svm import LinearSVC

        plain = [normalise(line) for _, line in lines]
        self.features: Any = make_union(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
            TfidfVectorizer(analyzer=_pieces, sublinear_tf=True),
            TfidfVectorizer(analyzer=_heard, sublinear_tf=True),
            TfidfVectorizer(analyzer=_bare, sublinear_tf=True),
        )
        self.model: Any = LinearSVC(C=0.6, class_weight="balanced", random_state=418)
        self.model.fit(self.features.fit_transform(plain), [intent for intent, _ in lines])
        self.parts: list[tuple[Any, dict[str, int], Any, Any]] = []  # analyser, place of a term, its idf, its weights
        start = 0
        for _, vectorizer in self.features.transformer_list:
            end = start + len(vectorizer.vocabulary_)
            weights = self.model.coef_.T[start:end].copy()
            self.parts.append((vectorizer.build_analyzer(), vectorizer.vocabulary_, vectorizer.idf_, weights))
            start = end

    def guess(self, plain: str) -> tuple[str, float]:
        """The likeliest intent of a normalised text and how sure that is, 0 to 1."""
        import numpy as np

        shares = self._shares(plain)
        best = int(np.argmax(shares))
        return str(self.model.classes_[best]), float(shares[best])

    def nearest(self, plain: str) -> tuple[str, ...]:
        """The two likeliest intents, () when the likeliest is "other" or nothing stands out."""
        shares = self._shares(plain)
        first, second = (int(place) for place in shares.argsort()[::-1][:2])
        names = [str(self.model.classes_[place]) for place in (first, second)]
        if names[0] == OTHER or shares[first] < NEAR:
            return ()
        return tuple(name for name, share in zip(names, shares[[first, second]], strict=True) if share >= NEAR / 2)

    def _shares(self, plain: str) -> Any:
        import numpy as np

        margins = self.margins(plain)
        weights = np.exp(self.sharpness * (margins - margins.max()))
        return weights / weights.sum()

    def margins(self, plain: str) -> Any:
        """What the model's decision function says of one text. Added up term by term: for a single line that is
        several times faster than scikit-learn's way through sparse matrices, and the same (see the test).
        """
        import numpy as np

        total = self.model.intercept_.copy()
        for analyse, places, idf, rows in self.parts:
            counted = Counter(term for term in analyse(plain) if term in places)
            if not counted:
                continue
            at = [places[term] for term in counted]
            weights = (1 + np.log(list(counted.values()))) * idf[at]
            total += (weights / np.sqrt(weights @ weights)) @ rows[at]
        return total


_training = Lock()


def model() -> Understanding:
    """The model of the shipped lines, trained once per process: threads that ask meanwhile wait for it."""
    with _training:
        return trained()


@lru_cache
def trained() -> Understanding:
    """What ``model`` keeps."""
    return Understanding(training_lines())


@lru_cache(maxsize=4_096)
def classify(text: str) -> tuple[str, float]:
    """The intent of one utterance (design: 38 names) and a confidence from 0 to 1."""
    plain = normalise(text)
    if not plain.strip("? "):
        return OTHER, 1.0
    if stopping.asks_to_stop(plain, tuple(map(normalise, parts_of(text)))):
        return "stop", 1.0
    certain = phrases.intent_of(plain)
    if certain:
        return certain, 0.95
    intent, sure = model().guess(plain)
    evidence = phrases.EVIDENCE.get(intent)
    if (evidence and not evidence.search(plain)) or (intent == "stop" and stopping.looks_like_it(plain)):
        return OTHER, sure
    return (intent, sure) if sure >= GRAVE.get(intent, LEAST) else (OTHER, sure)


@lru_cache(maxsize=1_024)
def likeliest(text: str) -> tuple[str, ...]:
    """The two intents that a text not understood comes nearest to, or () when it is about something else."""
    plain = normalise(text)
    near = model().nearest(plain) if plain.strip("? ") else ()
    return tuple(intent for intent in near if intent not in phrases.EVIDENCE or phrases.EVIDENCE[intent].search(plain))
