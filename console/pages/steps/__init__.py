"""Lập đợt vận động in five short steps, one decision each: nhóm cần giúp → nội dung → kênh và thời gian → chạy
thử → duyệt. What was chosen lies in the database (campaigns.drafts): going back loses nothing.
"""

from fastapi import APIRouter

from console.pages.steps import approval, group, trial, ways, wording

router = APIRouter()
for step in (group, wording, ways, trial, approval):
    router.include_router(step.router)
