"""Nhóm đối chứng: some people get nothing from a campaign, so that it can be compared. Only with the province's leave.

By default nobody is held out: everybody is served inside the window, and the order in which hamlets begin is the
comparison (campaigns.engine.turns). Who allowed it, by which document, stands in the campaign and in the audit log.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from campaigns import drafts
from campaigns.tables import Campaign
from register import audit
from register.errors import BadInput, NotAllowed
from register.tables import Staff, Unit

MOST_PERCENT = 20
audit.declare("campaign_held_out", "percent", "document")


def hold_out(session: Session, campaign: Campaign, percent: int, document: str, by: str, now: datetime) -> None:
    """The province allows that so many percent of the people get nothing from this campaign. Takes approval back.

    ``by``: a login of the campaign's own province; NotAllowed for anybody else. BadInput once it was launched.
    """
    document = " ".join(document.split())[:80]
    staff = session.exec(select(Staff).where(Staff.login == by, col(Staff.active))).first()
    province = session.get_one(Unit, campaign.commune).parent
    if staff is None or (staff.role, staff.unit) != ("province", province):
        raise NotAllowed("Chỉ cán bộ tỉnh mới cho phép được một nhóm đối chứng không nhận tin.")
    if not 1 <= percent <= MOST_PERCENT:
        raise BadInput(f"Nhóm đối chứng phải từ 1 đến {MOST_PERCENT} % số người của đợt.")
    if not document:
        raise BadInput("Hãy ghi số văn bản của tỉnh cho phép, ví dụ 12/SYT-XH.")
    values = {"holdout_percent": percent, "holdout_document": document, "holdout_by": by}
    drafts.change(session, campaign, drafts.HOW, by, now, **values)
    audit.note(session, by, "campaign_held_out", str(campaign.id), now, percent=percent, document=document)
