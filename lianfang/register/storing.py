"""Checked entries into the register, set-wise: COPY into staging tables, then INSERT … SELECT.

Runs inside the caller's transaction and scope. Entries are taken as they are read and leave memory at once; what
stays until the end are places, doors and households. Storing the same entries again changes nothing. A person is known
by the sheet's 编号 (in the same village, or with the same name), else by the id with a name that shares a character, else
(of a file that is taken again) by the row that made them, else by household and name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from django.db import connection

from lianfang.areas.models import Area
from lianfang.areas.pinyin import name_initials
from lianfang.core.scope import subtree
from lianfang.core.sealing import Sealer
from lianfang.register import staging
from lianfang.register.checking import Entry, Village
from lianfang.register.founding import Founding, is_empty
from lianfang.register.grouping import Grouping, Household
from lianfang.register.placing import Placing
from lianfang.register.stored import Stored
from lianfang.register.tokens import person_tokens, refresh_tokens

PIECE_ROWS = 10_000  # as long as a second's work of either side; each piece costs some statements
LARGEST_PIECE = 4  # times as much waits at most: rows are a kilobyte each
RAW_PURPOSE = "raw_row.cells"
_YES_NO = {True: "t", False: "f", None: ""}
Raw = Mapping[str, str]  # header → as written


class Storing:
    """One load: `take` as the rows come, then `finish`. In a `with`, so that nothing is under way after an error."""

    def __init__(self, *, county: Area, by: int | None, file_id: int | None = None) -> None:
        self.county, self.by, self.file_id = county, by, file_id
        self._person_count = 0
        self._placing = Placing(county, by)
        self._grouping = Grouping()
        self._village: Village | None = None  # of the last row
        self._people: list[tuple[int, str]] = []  # rows to be staged: number of the household, the rest
        self._raws: list[tuple[Any, ...]] = []
        self._seal = {name: Sealer(key="register", purpose=f"person.{name}") for name in staging.SEALED}
        self._seal_contact = Sealer(key="register", purpose=staging.CONTACT_PURPOSE)
        self._seal_raw = Sealer(key="register", purpose=RAW_PURPOSE)
        with connection.cursor() as cursor:
            staging.begin(cursor)
            is_first = is_empty(cursor, subtree(county.path))
        self._founding = Founding(file_id, county.path) if is_first else None

    def __enter__(self) -> Storing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._founding is not None:
            self._founding.leave()

    def take(self, entries: Sequence[Entry], raws: Mapping[tuple[str, int], Raw] | None = None) -> None:
        """Stage these entries; `raws` by (sheet, row): cells that were written otherwise than they are stored."""
        raws = raws or {}
        for entry in entries:
            if self._founding is not None and self._is_a_piece(self._founding, entry):
                self._found(self._founding)
            self._village = entry.village
            household = self._grouping.add(entry, self._placing.number(entry))
            if entry.name:
                self._people.append((household, self._line(entry)))
                self._person_count += 1
            if raw := raws.get((entry.sheet, entry.row)):
                self._raws.append(self._raw_line(entry.sheet, entry.row, raw))
        if self._founding is None:
            self._stage()

    def take_rejected(self, raws: Mapping[tuple[str, int], Raw]) -> None:
        """Rows that are not taken are kept whole."""
        self._raws += [self._raw_line(sheet, row, raw) for (sheet, row), raw in raws.items()]

    def finish(self) -> Stored:
        stored = self._founded(self._founding) if self._founding is not None else self._matched()
        stored.person_count, stored.area_count = self._person_count, self._placing.area_count
        return stored

    # ---------- where nobody is known yet ----------

    def _is_a_piece(self, founding: Founding, entry: Entry) -> bool:
        """Enough waits, and the database can take it. A village stays in one piece where it can: so its groups are
        made in their order."""
        count = len(self._people)
        if count < PIECE_ROWS:
            return False
        return count >= LARGEST_PIECE * PIECE_ROWS or (
            entry.village is not self._village and not founding.is_busy
        )

    def _found(self, founding: Founding) -> None:
        founding.wait()
        self._placing.make()
        founding.store(
            self._new_doors(),
            [self._described(each) for each in self._grouping.new_households()],
            self._people,
            self._raws,
        )
        self._people, self._raws = [], []

    def _founded(self, founding: Founding) -> Stored:
        self._found(founding)
        grouping = self._grouping
        more = {number: self._described(grouping.households[number]) for number in grouping.said_more}
        founding.finish(more, grouping.unnamed)
        return Stored(
            door_count=len(founding.door_ids),
            household_count=len(founding.household_ids),
            added_count=founding.person_count,
            added_ids=founding.person_ids,
        )

    def _new_doors(self) -> list[tuple[Any, ...]]:
        areas = self._placing.areas
        return [(*areas[place], *rest) for place, *rest in self._grouping.new_doors()]

    def _described(self, household: Household) -> tuple[Any, ...]:
        return (
            household.door,
            household.kind,
            household.reference,
            household.head_name or household.first_name,
            household.collective_kind,
            household.expected_count,
            self._seal_contact.hex(household.contact_phone),
            household.is_unnamed and not household.first_name,
        )

    # ---------- where a row may be somebody who is known ----------

    def _stage(self) -> None:
        with connection.cursor() as cursor:
            lines = (f"{household}\t{line}" for household, line in self._people)
            staging.copy_lines(cursor, f"staged_line (household, {staging.LINE})", lines)
            staging.copy_rows(cursor, "staged_raw", self._raws)
        self._people, self._raws = [], []

    def _matched(self) -> Stored:
        self._stage()
        self._placing.make()
        stored, grouping = Stored(), self._grouping
        inside = subtree(self.county.path)
        doors = self._new_doors()
        with connection.cursor() as cursor:
            door_ids, stored.door_count = staging.store_doors(cursor, doors)
            rows = (
                (door_ids[door], doors[door][1], *rest, *subtree(each.village_path))
                for each in grouping.households
                for door, *rest in (self._described(each),)
            )
            stored.household_count = staging.store_households(cursor, rows, inside)
            staging.store_unnamed(cursor, [door_ids[door] for door in grouping.unnamed])
            found = staging.store_people(cursor, inside, self.file_id, by=self.by)
            stored.added_count, stored.added_ids = found.added_count, found.added_ids
            stored.changed_count, stored.changed_ids = len(found.changed), found.changed
            stored.stayed_rows = found.stayed
            refresh_tokens(found.changed)
            if self.file_id is not None:
                staging.store_raws(cursor, self.file_id, self.county.path)
            staging.end(cursor)
        return stored

    # ---------- rows ----------

    def _line(self, entry: Entry) -> str:
        """A row of the staging table; sealed here, so that nothing readable passes through the database."""
        seal = self._seal
        name, born = entry.name, entry.birth_on
        id_token, phone_token, phone_name, name_birth = person_tokens(
            name, born, entry.id_number, entry.phone
        )
        return "\t".join(
            (
                entry.sheet,
                str(entry.row),
                name,
                name_initials(name)[:20],
                entry.sex,
                born.isoformat() if born else "",
                entry.relation,
                _YES_NO[entry.is_registered_here],
                _YES_NO[entry.is_living_here],
                _YES_NO[entry.is_here_tonight],
                entry.reference,
                seal["id_number"].hex(entry.id_number) or "",
                seal["phone"].hex(entry.phone) or "",
                seal["registered_place"].hex(entry.registered_place) or "",
                seal["present_place"].hex(entry.present_place) or "",
                f"\\x{id_token.hex()}" if id_token else "",
                f"\\x{phone_token.hex()}" if phone_token else "",
                f"\\x{phone_name.hex()}" if phone_name else "",
                f"\\x{name_birth.hex()}" if name_birth else "",
            )
        )

    def _raw_line(self, sheet: str, row: int, raw: Raw) -> tuple[Any, ...]:
        return sheet, row, self._seal_raw.hex(json.dumps(raw, ensure_ascii=False))
