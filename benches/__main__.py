"""`python -m benches [K1 K5 …]`: measure the budgets, each in an installation of its own that is thrown away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from benches import (
    addresses,
    county,
    coverage,
    divisions,
    histories,
    lists,
    packs,
    pages,
    phones,
    rounds,
    sheets,
    tables,
    visits,
    walls,
)
from benches.setting import Installation, installation


def _with_county(*runs: Callable[[Installation], None]) -> Callable[[Installation], None]:
    def run(found: Installation) -> None:
        county.fill(found)
        for part in runs:
            part(found)

    return run


# One entry an installation; in brackets what it measures.
BENCHES: tuple[tuple[frozenset[str], Callable[[Installation], None]], ...] = (
    (frozenset({"K1"}), divisions.run),
    (frozenset({"K3", "K4"}), sheets.run),
    (frozenset({"K2"}), addresses.run),
    (frozenset({"K5", "K7", "K10"}), _with_county(rounds.run, walls.run, coverage.run)),
    (frozenset({"K6"}), visits.run),
    (frozenset({"K8", "K9"}), pages.run),
    (frozenset({"L1", "L2"}), lists.run),
    (frozenset({"R2"}), tables.run),
    (frozenset({"S1", "S2"}), packs.run),
    (frozenset({"S3"}), phones.run),
    (frozenset({"S4"}), histories.run),
)


def main(arguments: list[str]) -> int:
    wanted = {name.upper() for name in arguments}
    known = frozenset().union(*(rows for rows, _ in BENCHES))
    if wanted - known:
        print(
            f"no benchmark {', '.join(sorted(wanted - known))}; there are {', '.join(sorted(known))}",
            file=sys.stderr,
        )
        return 2
    chosen = [(rows, run) for rows, run in BENCHES if not wanted or rows & wanted]
    if len(chosen) > 1:
        # Settings and keys are read once a process: a second installation needs another.
        codes = [_in_a_process_of_its_own(rows & wanted or rows) for rows, _run in chosen]
        return max(codes)
    for _rows, run in chosen:
        with installation() as found:
            run(found)
    return 0


def _in_a_process_of_its_own(rows: frozenset[str]) -> int:
    done = subprocess.run([sys.executable, "-m", "benches", *sorted(rows)], check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
