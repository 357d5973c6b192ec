"""K2: addresses read a second on one core, with the county known and with nothing but the country.

Every text is read once in each run, in an order of its own: nothing is remembered of a text, so a repeated text gains
nothing. The first run, which makes the spellings that the texts want, is printed apart. Answers are checked first.
"""

from __future__ import annotations

import csv
import gc
import os
import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from benches.setting import Installation, report

SHARED = Path(os.environ.get("LIANFANG_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"
NATION = SHARED / "divisions/national_2023.csv.xz"
TEXTS = SHARED / "addresses/risk_areas_hn_hb_sc_a.csv"
RUNS = 5
RIVAL = "jionlp 304/s and cpca 73,000/s for the county alone, measured once"


def run(_: Installation) -> None:
    from lianfang.areas.address import read
    from lianfang.areas.address.files import open_gazetteer

    if not NATION.exists() or not TEXTS.exists():
        print("K2   skipped: the texts are not here; set LIANFANG_SHARED to the folder that holds data/")
        return
    with TEXTS.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for what, asked, is_known in (("county known", 20_000, True), ("whole country", 15_000, False)):
        gc.disable()
        started = time.process_time()
        places = open_gazetteer(NATION)
        opened = time.process_time() - started
        gc.freeze()
        gc.enable()
        texts = [
            (row["text"], row["county_code"])
            if is_known
            else (row["province"] + row["city"] + row["county"] * (number % 2) + row["text"], "")
            for number, row in enumerate(rows)
        ]
        speeds = []
        for seed in range(RUNS + 1):
            order = random.Random(seed).sample(range(len(texts)), len(texts))
            started = time.process_time()
            found = [read(places, texts[at][0], county=texts[at][1]) for at in order]
            speeds.append(len(texts) / (time.process_time() - started))
            _check(
                rows,
                [(rows[at], reading.town, reading.village) for at, reading in zip(order, found, strict=True)],
            )
        middle = statistics.median(speeds[1:])
        report(
            "K2",
            f"{len(texts):,} addresses, {what}",
            f"{middle:,.0f}/s (first run {speeds[0]:,.0f}/s, file opened in {opened:.1f} s; {RIVAL})",
            f"≥ {asked:,}/s",
            is_met=middle >= asked,
        )
        gc.unfreeze()


def _check(rows: Sequence[dict[str, str]], answers: Sequence[tuple[dict[str, str], str, str]]) -> None:
    """A fast wrong answer is no answer."""
    assert len(answers) == len(rows)
    towns = [(row["town_code"], town) for row, town, _ in answers if row["town_code"]]
    villages = [(row["village_code"], village) for row, _, village in answers if row["village_code"]]
    assert sum(a == b for a, b in towns) >= 0.95 * len(towns)
    assert sum(a == b for a, b in villages) >= 0.95 * len(villages)
    assert not any(b and a != b for a, b in villages)
