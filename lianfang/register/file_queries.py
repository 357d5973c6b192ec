"""Reads of files, their findings and raw rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext

from lianfang.core.paging import PAGE, Paged
from lianfang.core.problems import Problem
from lianfang.core.scope import Scope
from lianfang.register.findings import FINDINGS
from lianfang.register.models import ImportFile, RawRow, RowFinding

FINDING_SORTS = {
    "row": ("sheet", "row", "id"),
    "code": ("code", "sheet", "row", "id"),
    "column": ("column", "sheet", "row", "id"),
}
FILE_SORTS = {"received": "received_at", "name": "name", "rows": "row_count", "rejected": "rejected_count"}


def get_file(scope: Scope, file_id: int) -> ImportFile:
    """Without its content: that is read when somebody works on it."""
    found = ImportFile.objects.filter(scope.q(), pk=file_id).select_related("county").defer("content").first()
    if found is None:
        raise Problem("register.unknown_file")
    return found


def find_file(scope: Scope, file_id: int) -> ImportFile | None:
    return ImportFile.objects.filter(scope.q(), pk=file_id).defer("content").first()


@dataclass(frozen=True, slots=True)
class FileFilter:
    """`show`: "" all that were not put aside, waiting, taken, failed, removed."""

    show: str = ""
    text: str = ""
    sort: str = "-received"
    number: int = 1


_SHOWS = {
    "waiting": Q(state__in=("received", "checking", "checked", "taking")),
    "taken": Q(state="taken"),
    "failed": Q(state__in=("failed", "cancelled")),
}


@dataclass(frozen=True, slots=True)
class FilePage(Paged):
    rows: Sequence[ImportFile]
    total_count: int
    number: int


def files_of(scope: Scope, wanted: FileFilter) -> QuerySet[ImportFile]:
    """All of a list, whatever its page; without contents."""
    found = ImportFile.objects.filter(scope.q(), removed_at__isnull=wanted.show != "removed")
    if wanted.show in _SHOWS:
        found = found.filter(_SHOWS[wanted.show])
    if wanted.text:
        found = found.filter(name__icontains=wanted.text)
    column = FILE_SORTS.get(wanted.sort.removeprefix("-"), "received_at")
    order = f"-{column}" if wanted.sort.startswith("-") else column
    return found.defer("content", "outcome", "mapping", "views", "choices").order_by(order, "-id")


def files_page(scope: Scope, wanted: FileFilter) -> FilePage:
    found = files_of(scope, wanted)
    start = (wanted.number - 1) * PAGE
    return FilePage(list(found[start : start + PAGE]), found.count(), wanted.number)


def waiting_files(scope: Scope) -> QuerySet[ImportFile]:
    return ImportFile.objects.filter(scope.q(), _SHOWS["waiting"], removed_at__isnull=True)


def file_counts(scope: Scope) -> dict[str, int]:
    """How many files each `show` of FileFilter lists, whatever their names."""
    kept = Q(removed_at__isnull=True)
    shows = {key: Count("pk", filter=kept & wanted) for key, wanted in _SHOWS.items()}
    counted = ImportFile.objects.filter(scope.q()).aggregate(
        all=Count("pk", filter=kept), removed=Count("pk", filter=~kept), **shows
    )
    return {"": counted.pop("all"), **counted}


# ---------- findings ----------


@dataclass(frozen=True, slots=True)
class FindingCount:
    code: str
    count: int
    is_taken: bool


def finding_counts(scope: Scope, file: ImportFile) -> list[FindingCount]:
    """How many of each kind, those that kept their row out first."""
    rows = _findings(scope, file).values_list("code", "is_taken").annotate(count=Count("id"))
    counts = [FindingCount(code, count, is_taken) for code, is_taken, count in rows]
    return sorted(counts, key=lambda each: (each.is_taken, -each.count, each.code))


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """`show`: "" all, rejected (their rows are not taken), taken."""

    code: str = ""
    show: str = ""
    sort: str = "row"
    number: int = 1


@dataclass(frozen=True, slots=True)
class FindingPage(Paged):
    rows: Sequence[RowFinding]
    total_count: int
    number: int


def findings_page(scope: Scope, file: ImportFile, wanted: FindingFilter) -> FindingPage:
    found = _findings(scope, file)
    if wanted.code:
        found = found.filter(code=wanted.code)
    if wanted.show:
        found = found.filter(is_taken=wanted.show == "taken")
    order = FINDING_SORTS.get(wanted.sort.removeprefix("-"), FINDING_SORTS["row"])
    if wanted.sort.startswith("-"):
        order = tuple(f"-{column}" for column in order)
    start = (wanted.number - 1) * PAGE
    return FindingPage(list(found.order_by(*order)[start : start + PAGE]), found.count(), wanted.number)


def _findings(scope: Scope, file: ImportFile) -> QuerySet[RowFinding]:
    return RowFinding.objects.filter(scope.q(), file=file)


def words_of(finding: RowFinding) -> str:
    return gettext(FINDINGS[finding.code][1]).format(**finding.payload)


def short_words_of(code: str) -> str:
    """The first clause, for a filter: 证件号最后一位对不上."""
    words = re.sub(r"\{.*?\}", "…", gettext(FINDINGS[code][1])).strip("…")
    return re.split("[。，,.]", words)[0]


# ---------- raw rows ----------


def raw_rows(scope: Scope, file: ImportFile, rows: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:
    """Which of these rows have something kept as it was written."""
    wanted = RawRow.objects.filter(scope.q(), file=file, row__in=[row for _, row in rows])
    return set(wanted.values_list("sheet", "row"))


def get_raw_row(scope: Scope, file: ImportFile, sheet: str, row: int) -> RawRow:
    found = RawRow.objects.filter(scope.q(), file=file, sheet=sheet, row=row).first()
    if found is None:
        raise Problem("register.unknown_row")
    return found
