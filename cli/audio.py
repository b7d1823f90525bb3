"""``tungnha audio``: from written words to a package for the loudspeaker."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import completing
from cli.common import By, Commune, Json, day, group, opened, show
from register.errors import BadInput

audio_app = group(
    "audio",
    "Loa truyền thanh: lời đọc, bản ghi, kiểm tra, đóng gói.",
    "say loi.txt -o loi.mp3",
    "check loi.mp3",
    "package -o usb.zip --day 24/11/2026",
)

Loudness = Annotated[str | None, typer.Option("--loudness", help="Độ to, LUFS: -16 (loa), -18, -23.")]


@audio_app.command("normalize")
def audio_normalize(commune: Commune = None) -> None:
    """Từng dòng: chữ viết thành lời đọc; có mã xã thì theo cách đọc riêng của xã.

    Ví dụ:
      echo '7h30 ngày 01/12/2026' | tungnha audio normalize
    """
    from audio.spoken import normalize_lines

    normalize_lines(sys.stdin, sys.stdout, sys.stderr, words_of(commune))


def words_of(commune: str | None) -> dict[str, str]:
    """How this commune says its own words; without one, nothing is asked of any database."""
    from audio.pronounce import own_words

    if not commune:
        return {}
    with opened() as home, home.db.read() as session:
        return own_words(session, commune)


@audio_app.command("word")
def audio_word(
    written: Annotated[str, typer.Argument(metavar="CHỮ", help="Chữ như đã viết, ví dụ BCHQS.")],
    said: Annotated[
        str, typer.Argument(metavar="CÁCH_ĐỌC", help="Cách đọc, viết đủ từng tiếng; bỏ trống để quên.")
    ] = "",
    commune: Commune = None,
    by: By = "",
) -> None:
    """Sửa cách đọc một chữ, và nhớ từ đó về sau.

    Ví dụ:
      tungnha audio word BCHQS "ban chỉ huy quân sự"
      tungnha audio word BCHQS
    """
    from audio.pronounce import teach
    from register.units import the_commune

    with opened() as home:
        home.db.write(lambda s: teach(s, the_commune(s, commune), written, said, by, home.now()))
    typer.echo(f"Từ nay “{written}” đọc là “{said}”." if said else f"Đã quên cách đọc riêng của “{written}”.")


@audio_app.command("say")
def audio_say(
    out: Annotated[Path, typer.Option("-o", help="Tệp .mp3 sẽ tạo.")],
    file: Annotated[Path | None, typer.Argument(metavar="TỆP", help="Tệp chữ; bỏ trống: đọc từ bàn phím.")] = None,
    voice: Annotated[
        str | None,
        typer.Option(
            "--voice", help="auto, phrases, piper, gtts, espeak.", autocompletion=completing.of(completing.VOICES)
        ),
    ] = None,
    loudness: Loudness = None,
    commune: Commune = None,
) -> None:
    """Đọc một văn bản thành tệp MP3 đã chỉnh âm.

    Ví dụ:
      tungnha audio say loi.txt -o loi.mp3
      echo 'Kính thưa bà con!' | tungnha audio say -o loi.mp3 --voice espeak
    """
    from audio.bulletins import say
    from audio.measure import profile
    from settings import get_settings

    if file is not None and not file.is_file():
        raise BadInput(f"Không thấy tệp “{file}”.")
    text = file.read_text("utf-8") if file else sys.stdin.read()
    target = profile(loudness or get_settings().loudness)
    typer.echo(say(text, out, voice or get_settings().voice, target, words_of(commune)))


@audio_app.command("check")
def audio_check(
    file: Annotated[Path, typer.Argument(metavar="TỆP", help="Tệp âm thanh.")],
    text: Annotated[Path | None, typer.Option("--text", help="Tệp chữ, để tính tốc độ đọc.")] = None,
    loudness: Loudness = None,
    json: Json = False,
) -> None:
    """Đo một bản ghi: độ to, đỉnh, tốc độ, khoảng lặng.

    Ví dụ:
      tungnha audio check loi.mp3 --text loi.txt
    """
    from audio.measure import check, profile
    from settings import get_settings

    if text is not None and not text.is_file():
        raise BadInput(f"Không thấy tệp “{text}”.")
    target = profile(loudness or get_settings().loudness)
    found = check(file, text.read_text("utf-8") if text else None, target)
    show(found.to_json()) if json else typer.echo(found.summary())
    raise typer.Exit(0 if found.ok else 1)


@audio_app.command("province")
def audio_province(
    template: Annotated[str, typer.Argument(metavar="MẪU", help="Mẫu bản tin, ví dụ scam_warning.")],
    out: Annotated[Path, typer.Option("-o", help="Thư mục sẽ chứa mỗi xã một tệp MP3.")],
    province: Annotated[str, typer.Option(help="Mã tỉnh: 2 chữ số.")],
    voice: Annotated[str, typer.Option("--voice", help="piper, gtts, espeak.")] = "auto",
) -> None:
    """Một lời cho mọi xã, phường của tỉnh: câu chung chỉ đọc một lần.

    Ví dụ:
      tungnha audio province scam_warning -o ban-tin --province 68
    """
    from audio.bulletins import KEPT, province_texts, templates
    from audio.pronounce import all_own_words
    from audio.province import record_all
    from settings import get_settings

    settings = get_settings()
    texts = province_texts(template, province)
    kept, title = settings.home / "audio" / KEPT, templates()[template].title
    with opened(passing=True) as home, home.db.read() as session:
        own = all_own_words(session)
    found = record_all(texts, voice, settings, out, kept=kept, own=own, title=title)
    for code, made in found.items():
        if not made.ok:
            typer.echo(f"{code}: {made.summary()}", err=True)
    bad = sum(not made.ok for made in found.values())
    typer.echo(f"Đã ghi {len(found)} bản tin vào {out}; {bad} bản chưa đạt.")
    raise typer.Exit(1 if bad else 0)


@audio_app.command("package")
def audio_package(
    out: Annotated[Path, typer.Option("-o", help="Tệp .zip sẽ tạo.")],
    recordings: Annotated[
        list[int] | None, typer.Argument(metavar="SỐ", help="Số bản ghi; bỏ trống: bản mới nhất.")
    ] = None,
    on: Annotated[str, typer.Option("--day", help="Mọi lượt phát của ngày này, như 24/11/2026.")] = "",
    commune: Commune = None,
) -> None:
    """Đóng gói bản ghi cho USB hoặc đài: MP3, danh sách phát, tờ phát sóng A4, lịch, lời đọc, mã kiểm.

    Ví dụ:
      tungnha audio package -o usb.zip
      tungnha audio package -o usb.zip --day 24/11/2026
    """
    from audio.package import package, package_day
    from register.units import the_commune

    if on and recordings:
        raise BadInput("Hãy chọn số bản ghi, hoặc --day; không dùng cả hai.")
    with opened() as home:
        if on:
            with home.db.read() as session:
                chosen = the_commune(session, commune)
            typer.echo(package_day(home, chosen, day(on), out))
        else:
            typer.echo(package(home, recordings or [], out))
