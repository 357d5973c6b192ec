"""A photo taken at the door, of a form or a note: kept beside the papers of the village, with the visit it belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from lianfang.campaigns.models import Visit
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.intake.kinds.given import Given
from lianfang.intake.papers.operations import keep_photo
from lianfang.intake.rules import LARGEST_PHOTO, photo_values


def file_photos(operations: Sequence[Given], *, scope: Scope, by: int, others: Scope | None) -> None:
    """Waits for its visit if that has not come yet. Raises `scope.outside` for somebody else's visit elsewhere."""
    for operation in operations:
        values = photo_values(operation.body)
        if len(values["data"]) > LARGEST_PHOTO:
            raise Problem("papers.too_large", limit=LARGEST_PHOTO // 1024)
        visit = Visit.objects.filter(pk=values["visit_id"]).first()
        if visit is None:
            raise Problem("visits.unknown_visit", visit=str(values["visit_id"]))
        if visit.recorded_by != by and not scope.covers(visit.area_path):
            raise Problem("scope.outside")
        keep_photo(visit=visit, data=values["data"], by=by)
