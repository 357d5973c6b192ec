"""`python -m tests.faults`: 30,000 histories; `… 4711`: one, by its seed; `… safeguards`: what each is needed for."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import chain

from tests.faults.events import Step
from tests.faults.history import Parts, history, run, shrink
from tests.faults.safeguards import SAFEGUARDS

PIECE = 500


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("what", nargs="?", help="a seed, or the word safeguards")
    parser.add_argument("--histories", type=int, default=30_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    given = parser.parse_args()
    if given.what == "safeguards":
        return _show_safeguards()
    if given.what:
        return _show(history(int(given.what)), Parts())
    started = time.perf_counter()
    seeds = range(given.first, given.first + given.histories)
    wrong = wrong_seeds(seeds)
    took = time.perf_counter() - started
    print(
        f"{len(seeds):,} histories in {took:.0f} s ({len(seeds) / took:,.0f}/s), {len(wrong)} wrong {wrong[:20]}"
    )
    return _show(history(wrong[0]), Parts()) if wrong else 0


def wrong_seeds(seeds: range) -> list[int]:
    """Those whose history goes wrong; on two cores."""
    pieces = [seeds[at : at + PIECE] for at in range(0, len(seeds), PIECE)]
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        return list(chain.from_iterable(pool.map(_wrong_of_piece, pieces)))


def _wrong_of_piece(seeds: Iterable[int]) -> list[int]:
    return [seed for seed in seeds if run(history(seed))]


def _show(steps: list[Step], parts: Parts) -> int:
    """The smallest history that goes wrong like this one; if it does."""
    if run(steps, parts):
        steps = shrink(steps, parts)
    wrong = run(steps, parts)
    print(*(" ".join(map(str, step)) for step in steps), "→", *(wrong or ["all well"]), sep="\n    ")
    return 1 if wrong else 0


def _show_safeguards() -> int:
    for safeguard in SAFEGUARDS:
        seed = safeguard.missed(10_000)
        print(f"without: {safeguard.name} (seed {seed})")
        if seed is None:
            return 1
        _show(history(seed), safeguard.without)
    return 0


if __name__ == "__main__":
    sys.exit(main())
