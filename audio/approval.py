"""Approval for air, bound to the text and the audio: whatever is changed afterwards undoes it.

NĐ 49/2024/NĐ-CP: the commune answers for what its station airs. So a second person approves, never whoever wrote or
changed the text; and a draft voice (giọng nháp) needs one more approval, given apart from the first.
"""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime

from sqlmodel import Session, col, select

from audio.tables import Bulletin, Recording, text_hash
from audio.unspoken import unfit_text
from register.errors import BadInput, NotAllowed
from register.units import commune_of

LONGEST_TEXT = 6_000  # characters: about ten minutes


def bound(text_hash: str, sha256: str) -> str:
    """What an approval is for: one text and one audio."""
    return hashlib.sha256(f"{text_hash}:{sha256}".encode()).hexdigest()


def is_approved(recording: Recording, bulletin: Bulletin) -> bool:
    """Whether this recording, of this text, was approved; a draft voice's own approval is asked by ``may_air``."""
    return (
        recording.approved_at is not None
        and text_hash(bulletin.text) == recording.text_hash
        and recording.approved_for == bound(recording.text_hash, recording.sha256)
    )


def may_air(recording: Recording, bulletin: Bulletin) -> bool:
    """Whether it may go on air: approved, and a draft voice approved once more."""
    return is_approved(recording, bulletin) and (not recording.draft or recording.draft_approved_at is not None)


def with_bulletin(session: Session, recording_id: int) -> tuple[Recording, Bulletin]:
    """A recording and its text; BadInput when there is none."""
    recording = session.get(Recording, recording_id)
    bulletin = session.get(Bulletin, recording.bulletin) if recording else None
    if recording is None or bulletin is None:
        raise BadInput(f"Không có bản ghi số {recording_id}.")
    return recording, bulletin


def approve_recording(session: Session, recording_id: int, by: str, now: datetime) -> Recording:
    """Approve text and audio. Neither the author nor whoever changed the text may."""
    recording, bulletin = with_bulletin(session, recording_id)
    _second_person(bulletin, by)
    if text_hash(bulletin.text) != recording.text_hash:
        raise BadInput("Lời bản tin đã bị đổi sau khi ghi âm. Hãy ghi âm lại.")
    recording.approved_by, recording.approved_at = by, now
    recording.approved_for = bound(recording.text_hash, recording.sha256)
    recording.draft_approved_by, recording.draft_approved_at = "", None
    session.add(recording)
    session.flush()
    return recording


def approve_draft_voice(session: Session, recording_id: int, by: str, now: datetime) -> Recording:
    """The second approval that a draft voice needs, after the first and apart from it."""
    recording, bulletin = with_bulletin(session, recording_id)
    _second_person(bulletin, by)
    if not is_approved(recording, bulletin):
        raise BadInput("Hãy duyệt lời và bản ghi trước, rồi mới duyệt riêng giọng nháp.")
    if not recording.draft:
        raise BadInput("Bản ghi này không phải giọng nháp, nên không cần duyệt thêm.")
    recording.draft_approved_by, recording.draft_approved_at = by, now
    session.add(recording)
    session.flush()
    return recording


def _second_person(bulletin: Bulletin, by: str) -> None:
    if by in (bulletin.author, bulletin.edited_by):
        raise NotAllowed("Người soạn, người sửa lời không tự duyệt bản tin. Hãy nhờ người khác duyệt.")


def change_text(session: Session, bulletin: Bulletin, text: str, by: str) -> int:
    """Put other words into a bulletin. Returns how many approvals that undid; the same words undo none."""
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    text = "\n".join(line for line in lines if line)
    if not text or len(text) > LONGEST_TEXT:
        raise BadInput(f"Lời bản tin phải có từ 1 đến {LONGEST_TEXT} ký tự.")
    if unfit := unfit_text(text, commune_of(session, bulletin.commune).name):
        what, words = unfit
        raise BadInput(f"Lời có {what} (“{words}”). Loa phát cho mọi người nghe: hãy bỏ đi rồi lưu lại.")
    if text == bulletin.text:
        return 0
    bulletin.text, bulletin.text_hash, bulletin.edited_by = text, text_hash(text), by
    session.add(bulletin)
    undone = 0
    for recording in session.exec(select(Recording).where(col(Recording.bulletin) == bulletin.id)).all():
        undone += recording.approved_at is not None
        recording.approved_by, recording.approved_at, recording.approved_for = "", None, ""
        recording.draft_approved_by, recording.draft_approved_at = "", None
        session.add(recording)
    session.flush()
    return undone
