"""在核: what goes back of somebody who is still being checked."""

from __future__ import annotations

from collections.abc import Sequence

from lianfang.areas.queries import by_path, prefixes
from lianfang.core.clock import now
from lianfang.verification.models import Answer, AnswerCode, PushedList, PushedRow
from lianfang.verification.queries.returned import place_told
from lianfang.workforce.queries import who_answers


def store_in_progress(pairs: Sequence[tuple[PushedRow, PushedRow]], found: PushedList) -> list[Answer]:
    """An answer for each first row of a pair, with where the second one is and who has it: the row itself, or the one
    that answers for it. By the system; rows are left as they are. A fixed number of statements a thousand rows."""
    paths = {at.area_path for _row, at in pairs}
    areas = by_path({step for path in paths for step in prefixes(path)})
    answering, moment = who_answers(paths), now()
    return Answer.objects.bulk_create(
        Answer(
            row=row,
            area_path=row.area_path,
            code=AnswerCode.IN_PROGRESS,
            note=place_told(at.area_path, found, areas),
            owner_id=at.worker_id
            or (answering[at.area_path].worker_id if at.area_path in answering else None),
            channel="record",
            happened_at=moment,
            received_at=moment,
            from_row_id=at.pk if at.pk != row.pk else None,
            supersedes_id=row.answer_id,
        )
        for row, at in pairs
    )
