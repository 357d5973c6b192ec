"""The answers of a list as its sender reads them."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import override

from lianfang.areas.models import Area
from lianfang.areas.queries import by_path, prefixes
from lianfang.core.scope import Scope
from lianfang.verification.models import ANSWERED_BY, Answer, AnswerCode, PushedList, PushedRow
from lianfang.verification.returning import Answered
from lianfang.verification.rows import Bucket
from lianfang.workforce.models import Worker


def answered_rows(scope: Scope, found: PushedList) -> dict[tuple[str, int], Answered]:
    """(sheet, row) → answer of every row that has one. Five statements, whatever the length of the list."""
    rows = list(
        PushedRow.objects.filter(scope.q(), list=found)
        .exclude(answer="")
        .only(
            "sheet",
            "row",
            "answer",
            "answer_id",
            "answered_at",
            "bucket",
            "bucket_reasons",
            "town_code",
            "proposed",
            "area_path",
            "worker_id",
        )
    )
    answers = Answer.objects.filter(scope.q(), row__list=found).in_bulk()
    workers = {worker for one in answers.values() for worker in (one.by, one.owner_id) if worker}
    names = dict(Worker.objects.filter(pk__in=workers).values_list("pk", "name"))
    towns = dict(
        Area.objects.filter(code__in={row.town_code for row in rows} - {""}).values_list("code", "name")
    )
    held = {row.area_path for row in rows if row.answer == AnswerCode.IN_PROGRESS}
    areas = by_path({step for path in held for step in prefixes(path)})
    return {
        (row.sheet, row.row): _answered(
            row,
            answers.get(row.answer_id or 0),
            names,
            towns.get(row.town_code, ""),
            place_told(row.area_path, found, areas) if row.area_path in held else "",
        )
        for row in rows
    }


def place_told(path: str, found: PushedList, areas: Mapping[str, Area]) -> str:
    """Where a row is, as the sender can find it: 司马冲镇杨梅村1组, or the county itself. `areas`: by path."""
    below = [
        areas[step].name for step in prefixes(path) if step in areas and len(step) > len(found.area_path)
    ]
    return "".join(below) or found.county.name


def _answered(
    row: PushedRow, answer: Answer | None, names: dict[int, str], town: str, place: str
) -> Answered:
    if answer is None or (answer.channel == "record" and answer.code == ANSWERED_BY.get(Bucket(row.bucket))):
        with override(
            settings.LANGUAGE_CODE
        ):  # the sender reads the county's language, whoever returns the list
            reason = row.bucket_reason  # by the register
        return Answered(row.answer, place=row.proposed, checked_at=row.answered_at, remark=reason, town=town)
    owner = names.get(answer.owner_id or 0, "")
    is_open = answer.code == AnswerCode.IN_PROGRESS
    said = str(answer.note or "")
    if row.bucket == Bucket.DOUBLED:  # where the first of the two is, which its answer says
        place = ""
    return Answered(
        answer.code,
        place=str(answer.present_place or "") or (said if answer.code == AnswerCode.NOT_HERE else ""),
        measure=answer.measure,
        test=answer.test_result,
        checker=names.get(answer.by or 0, ""),
        checked_at=answer.happened_at,
        remark="" if is_open else said,
        held_by="，".join(part for part in (place or said, owner) if part) if is_open else "",
        town=town,
    )
