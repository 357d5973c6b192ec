"""The papers of a village, and one of them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, QuerySet

from lianfang.areas.models import Area
from lianfang.core import sealing
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake.models import Paper


def papers_in(scope: Scope, area: Area, *, is_deleted: bool = False) -> QuerySet[Paper]:
    """Without their pictures, the newest first, each with `visit_count`."""
    found = Paper.objects.filter(scope.within(area.path).q(), deleted_at__isnull=not is_deleted)
    return found.defer("content").annotate(visit_count=Count("visits")).order_by("-received_at", "pk")


def get_paper(scope: Scope, paper_id: UUID) -> Paper:
    """One paper, or `papers.unknown`."""
    found = Paper.objects.filter(scope.q(), pk=paper_id).defer("content").first()
    if found is None:
        raise Problem("papers.unknown")
    return found


def picture_of(paper: Paper) -> bytes:
    return sealing.unseal_bytes(paper.content, purpose="paper")
