"""What was understood of a list, kept beside it: a page that shows it does not read the file again."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.db import transaction

from lianfang.core import keys
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.core.sealing import seal, unseal_json
from lianfang.verification.models import ListFile, PushedList
from lianfang.verification.operations.taking import read_file
from lianfang.verification.queries import get_list

UNDERSTOOD = "pushed_list.understood"
LONGEST = 60  # letters of a header or an example that are shown; somebody sends a cell of 60 MB


@transaction.atomic
def understand(*, list_id: int, scope: Scope) -> None:
    """Read the list as its columns are chosen now, and keep what a page shows of it, sealed with the key of its
    emergency. Again after columns were chosen otherwise. Of a list that cannot be read, why.

    Raises `verification.unknown_list`, `scope.outside`."""
    found = get_list(scope, list_id)
    scope.within(found.area_path)
    try:
        told = _told(found)
    except Problem as problem:
        if problem.code != "register.file_unreadable":
            raise
        told = {"problem": problem.message}
    sealed = seal(
        json.dumps(told, ensure_ascii=False), key=keys.emergency(found.emergency_id), purpose=UNDERSTOOD
    )
    ListFile.objects.filter(scope.q(), list=found).update(understood=sealed)


def understood_of(found: PushedList) -> dict[str, Any] | None:
    """`problem` alone: why it cannot be read; else `row_count`, `sheets` of name, row_count and columns with masked examples, `doubts` of code → count; None while
    nobody has read the list. Raises `start.keys_missing` once the key of its emergency is destroyed."""
    kept = ListFile.objects.filter(list=found, area_path=found.area_path).values_list("understood", flat=True)
    sealed = kept.first()
    told: dict[str, Any] | None = unseal_json(sealed, purpose=UNDERSTOOD) if sealed else None
    return told


def read_now(found: PushedList) -> dict[str, Any]:
    """The same, kept or read now. Raises `register.file_unreadable`, `verification.file_gone`."""
    try:
        kept = understood_of(found)
    except Problem as gone:
        if gone.code != "start.keys_missing":
            raise
        raise Problem("verification.file_gone") from None
    return kept or _told(found)


def _told(found: PushedList) -> dict[str, Any]:
    read = read_file(found)
    doubts = Counter(code for row in read.rows for code in row.doubts)
    doubts.update(one.code for one in read.findings)
    doubts.update(one.code for sheet in read.sheets for one in sheet.findings)
    return {
        "row_count": len(read.rows),
        "sheets": [
            {
                "name": sheet.name,
                "row_count": len(sheet.rows),
                "columns": [
                    {
                        "place": column.place,
                        "header": column.header[:LONGEST],
                        "field": column.field,
                        "is_certain": column.is_certain,
                        "reason": column.reason,
                        "samples": [sample[:LONGEST] for sample in column.samples[:3]],
                    }
                    for column in sheet.columns
                    if not column.is_empty
                ],
            }
            for sheet in read.sheets
        ],
        "doubts": dict(doubts),
    }
