"""What was read of a template and what a person said of it, as they are kept: JSON, and back. Pure.

`seen` (sealed) holds sheets with their samples and proposals; `DepartmentTable.layout` holds what was confirmed, headers
and meanings only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lianfang.reports.queries.table_values import Who
from lianfang.reports.tables import (
    Blank,
    Listed,
    Meaning,
    Proposal,
    TemplateColumn,
    TemplateSheet,
    TotalRow,
)
from lianfang.reports.tables.meaning import UNKNOWN

REMEMBERED_SHARE = 0.6  # of a sheet's headers: then it is a newer version of the same table
_RANGES = ("header_rows", "body_rows")


@dataclass(frozen=True, slots=True)
class SeenSheet:
    """A sheet as it was read. `remembered`: places of columns whose meaning was confirmed for an earlier version."""

    layout: TemplateSheet
    proposals: tuple[Proposal, ...] = ()
    remembered: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ConfirmedSheet:
    """What a person said of a sheet: whether it is filled, what its columns mean, whom it lists."""

    name: str
    row_kind: str
    columns: tuple[tuple[tuple[str, ...], Meaning], ...]  # header path, meaning
    is_taken: bool = True
    who: Who = field(default_factory=Who)

    @property
    def meanings(self) -> tuple[Meaning, ...]:
        return tuple(meaning for _path, meaning in self.columns)


# ---------- seen ----------


def seen_as_json(sheets: Iterable[SeenSheet], notes: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "sheets": [
            {
                "layout": _sheet_as_json(one.layout),
                "proposals": [asdict(proposal) for proposal in one.proposals],
                "remembered": sorted(one.remembered),
            }
            for one in sheets
        ],
        "notes": list(notes),
    }


def seen_of(raw: Mapping[str, Any] | None) -> tuple[SeenSheet, ...]:
    if not raw:
        return ()
    return tuple(
        SeenSheet(
            _sheet_of(one["layout"]),
            tuple(_proposal_of(each) for each in one["proposals"]),
            frozenset(one["remembered"]),
        )
        for one in raw["sheets"]
    )


def _sheet_as_json(sheet: TemplateSheet) -> dict[str, Any]:
    found = asdict(sheet)
    for name in _RANGES:
        whole = getattr(sheet, name)
        found[name] = [whole.start, whole.stop]
    return found


def _sheet_of(raw: Mapping[str, Any]) -> TemplateSheet:
    values = dict(raw)
    for name in _RANGES:
        values[name] = range(*values[name])
    values["columns"] = tuple(
        TemplateColumn(**{key: _tupled(value) for key, value in one.items()}) for one in raw["columns"]
    )
    values["listed"] = tuple(Listed(**one) for one in raw["listed"])
    values["totals"] = tuple(
        TotalRow(**{key: _tupled(value) for key, value in one.items()}) for one in raw["totals"]
    )
    values["blanks"] = tuple(Blank(**one) for one in raw["blanks"])
    return TemplateSheet(**{key: _tupled(value) for key, value in values.items()})


def _tupled(value: Any) -> Any:
    return tuple(_tupled(one) for one in value) if isinstance(value, list) else value


def _proposal_of(raw: Mapping[str, Any]) -> Proposal:
    return Proposal(
        raw["column"],
        Meaning(**raw["meaning"]),
        raw["confidence"],
        tuple(Meaning(**one) for one in raw["others"]),
        raw["why"],
    )


# ---------- confirmed ----------


def confirmed_as_json(sheets: Iterable[ConfirmedSheet]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "row_kind": one.row_kind,
            "is_taken": one.is_taken,
            "who": one.who.written(),
            "columns": [
                {
                    "path": list(path),
                    "meaning": {key: value for key, value in asdict(meaning).items() if value},
                }
                for path, meaning in one.columns
            ],
        }
        for one in sheets
    ]


def confirmed_of(raw: Iterable[Mapping[str, Any]]) -> tuple[ConfirmedSheet, ...]:
    return tuple(
        ConfirmedSheet(
            one["name"],
            one["row_kind"],
            tuple((tuple(each["path"]), Meaning(**each["meaning"])) for each in one["columns"]),
            one["is_taken"],
            Who.read(one["who"]),
        )
        for one in raw
    )


def known_of(confirmed: Iterable[ConfirmedSheet]) -> dict[tuple[str, ...], Meaning]:
    """Header path → what it was confirmed to be; what stayed empty was not."""
    return {
        path: meaning
        for sheet in confirmed
        for path, meaning in sheet.columns
        if meaning.kind != "unknown" and not _names_places(meaning)
    }


def _names_places(meaning: Meaning) -> bool:
    """A sum names its columns by their places, which a newer version may have moved."""
    return meaning.kind == "formula" and bool(meaning.text)


def likeness(sheet: TemplateSheet, known: Iterable[tuple[str, ...]]) -> float:
    """How much of a sheet's headers an earlier table had."""
    paths = [column.path for column in sheet.columns]
    had = set(known)
    return sum(1 for path in paths if path in had) / len(paths) if paths else 0.0


def remembering(
    sheet: TemplateSheet, proposals: Sequence[Proposal], known: Mapping[tuple[str, ...], Meaning], why: str
) -> SeenSheet:
    """The proposals with what was confirmed for the same headers of an earlier version in front."""
    kept: list[Proposal] = []
    remembered: set[int] = set()
    for proposal in proposals:
        meaning = known.get(sheet.columns[proposal.column].path)
        if meaning is None:
            kept.append(proposal)
            continue
        remembered.add(proposal.column)
        others = tuple(
            one
            for one in dict.fromkeys((proposal.meaning, *proposal.others))
            if one not in (meaning, UNKNOWN)
        )
        kept.append(Proposal(proposal.column, meaning, 1.0, others, why))
    return SeenSheet(sheet, tuple(kept), frozenset(remembered))
