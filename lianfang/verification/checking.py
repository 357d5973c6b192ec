"""From a list to what becomes of its rows: matched with the register, sorted, placed. Stores nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from lianfang.areas.models import Area
from lianfang.core.clock import now
from lianfang.core.memory import all_stays
from lianfang.core.sealing import Sealer
from lianfang.verification import rules
from lianfang.verification.keeping import SAID, kept, token_of
from lianfang.verification.matching import Places, helper_of, match_parts
from lianfang.verification.persons import Key
from lianfang.verification.queries.known import Asker, Keyed, known_of
from lianfang.verification.reading import rows_of
from lianfang.verification.rows import Bucket, Checked, Kept, ListRow, Match, Triage, Verdict
from lianfang.verification.triage import Judge, Known, Seats, Seen, keys_of, seats_of

Knowing = Callable[[Collection[int], Iterable[Keyed]], Known]
# What a freshly checked row is: PushedRow.State.
_STATUS = {Bucket.DECIDE: "deciding", Bucket.UNROUTABLE: "desk", Bucket.OUT: "ready"}


def status_of(triage: Triage) -> str:
    """deciding, desk, ready; answered for what needs nobody's call."""
    return _STATUS.get(triage.bucket, "answered")


def check_file(
    file: Path, *, county: Area, period_days: int | None = None, by: int | None = None
) -> list[Checked]:
    """Every row of every sheet, in the file's order, as if it had come now. `period_days`: after so many days the
    protocol asks nothing any more. Raises `register.file_unreadable`."""
    asker = Asker(None, county.path, now(), rules.CHECKED_DAYS, period_days)
    with all_stays(), helper_of(file.stat().st_size, county, by) as helper:
        parts = check_parts(
            rows_of(file), county=county, known=partial(known_of, asker), by=by, helper=helper
        )
        return [each for part in parts for each in part]


def check_parts(
    batches: Iterable[Sequence[ListRow]],
    *,
    county: Area,
    known: Knowing,
    by: int | None = None,
    key: str = "",
    helper: Executor | None = None,
) -> Iterator[list[Checked]]:
    """One for each row, in their order, in parts that come while later ones are being matched. `known` is asked about
    everybody whom the rows of a part mean for certain, and all that they say by id and phone. `key`: by which they will
    be kept sealed; "" where they are not. `helper`: of `matching.helper_of`."""
    judge = Judge()
    for rows, found in match_parts(partial(_prepare, key), batches, county=county, by=by, helper=helper):
        sure = {each.match.candidates[0].person_id for each in found if each.match.verdict == Verdict.SAME}
        facts = known(sure, (tuple(zip(each.keys, each.tokens, strict=True)) for each in found))
        seen = (
            Seen(row, each.match, each.keys, each.id_token, each.seats)
            for row, each in zip(rows, found, strict=True)
        )
        yield [
            Checked(one.row, one.match, triage, each.kept)
            for (one, triage), each in zip(judge(seen, facts), found, strict=True)
        ]


class _Prepared(NamedTuple):
    """All of a row that needs no other row."""

    match: Match
    seats: Seats
    keys: Sequence[Key]
    tokens: Sequence[bytes]  # of the keys
    kept: Kept | None

    @property
    def id_token(self) -> bytes:
        tokens = zip(self.keys, self.tokens, strict=True)
        return next((token for key, token in tokens if key[0] == "id"), b"")


def _prepare(key: str, rows: Sequence[ListRow], matches: Sequence[Match], places: Places) -> list[_Prepared]:
    sealer = Sealer(key=key, purpose=SAID) if key else None
    found = []
    for row, match in zip(rows, matches, strict=True):
        keys = keys_of(row)
        tokens = [token_of(each) for each in keys]
        sealed = kept(row, match, keys, tokens, sealer) if sealer else None
        found.append(_Prepared(match, seats_of(row, match, places), keys, tokens, sealed))
    return found
