"""`python -m tests.messy [COUNT] [--seed N] [--keep FOLDER] [--child]`: make, read and judge sheets; a table by trap."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests import environment  # noqa: F401 - a home that is thrown away, before Django's settings are read

import os  # isort: skip

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianfang.config.settings")

import django

django.setup()

from tests.messy import judging, making  # noqa: E402

FAULTS_SHOWN = 5


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.messy", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--child", action="store_true", help="read every sheet in a process of its own")
    given = parser.parse_args()
    seeds = [given.seed] if given.seed is not None else list(range(given.count))
    with tempfile.TemporaryDirectory() as folder:
        score = run(seeds, given.keep or Path(folder), in_child=given.child)
    print("\n".join(table(score)))
    shown: Counter[str] = Counter()
    for fault in score.faults:
        shown[fault.kind] += 1
        if given.seed is not None or shown[fault.kind] <= FAULTS_SHOWN:
            print(fault)
    return 1 if score.faults else 0


def run(seeds: list[int], folder: Path, *, in_child: bool = False) -> judging.Score:
    folder.mkdir(exist_ok=True, parents=True)
    score, index = judging.Score(), judging.villages()
    for seed in seeds:
        truth = making.make(seed, folder)
        checked = judging.check(truth.path, index, in_child=in_child)
        judging.Judge(truth, checked, score).judge()
    return score


def table(score: judging.Score) -> list[str]:
    """Sums, then every trap with how often it was met and came out right, then the faults by kind."""
    lines = [
        f"{score.sheets} sheets, {score.people} people",
        f"good rows taken: {score.good_rows_taken} of {score.good_rows} ({_share(score.good_rows_taken, score.good_rows)})",
    ]
    for name, good in sorted(score.good_cells.items()):
        taken = score.good_cells_taken[name]
        lines.append(f"good {name} taken: {taken} of {good} ({_share(taken, good)})")
    lines.append("")
    lines += [
        f"{trap:28} met {met:6}  right {score.right[trap]:6}  {_share(score.right[trap], met)}"
        for trap, met in sorted(score.met.items())
    ]
    lines.append("")
    kinds = Counter(fault.kind for fault in score.faults)
    lines += [f"{kind:28} {count}" for kind, count in kinds.most_common()] or ["nothing wrong"]
    return lines


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


if __name__ == "__main__":
    sys.exit(main())
