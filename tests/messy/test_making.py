"""The generator itself: it knows nothing of the importer, and what it calls true is true."""

from __future__ import annotations

import ast
from pathlib import Path

from lianfang.demo.identity import check_character
from tests.messy import making, spoiling
from tests.messy.truth import TAKE

HERE = Path(__file__).parent
KNOWS_THE_IMPORTER = {"conftest.py", "judging.py", "__main__.py", "test_messy_sheets.py"}


def _imported(source: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_the_generator_does_not_know_the_importer():
    for source in HERE.glob("*.py"):
        if source.name not in KNOWS_THE_IMPORTER:
            known = {name for name in _imported(source) if name.startswith("lianfang")}
            assert all(name.startswith("lianfang.demo") for name in known), source.name


def test_the_same_seed_makes_the_same_sheet(tmp_path):
    first, second = making.make(5, tmp_path), making.make(5, tmp_path)
    assert first.rows == second.rows
    assert first.rows


def test_an_id_that_must_be_taken_passes_the_check_and_belongs_to_one_row(tmp_path):
    for seed in range(40):
        truth = making.make(seed, tmp_path)
        ids = [
            row.wants["id"].values[0]
            for row in truth.rows
            if "id" in row.wants and row.wants["id"].must == TAKE and row.fate == "taken"
        ]
        assert all(check_character(number[:17]) == number[17] for number in ids)
        assert len(ids) == len(set(ids))


def test_every_trap_of_a_cell_befalls_somebody(tmp_path):
    met: set[str] = set()
    for seed in range(250):
        truth = making.make(seed, tmp_path)
        met |= truth.traps | {trap for row in truth.rows for trap in row.traps}
    for traps in (spoiling.ID, spoiling.PHONE, spoiling.BIRTH, spoiling.SEX):
        assert {trap for trap in traps if trap not in met} <= {"id.letters", "id.newborn"}
    assert {
        "layout.merged_down",
        "layout.sum",
        "layout.section_line",
        "layout.hidden_sheet",
        "row.struck",
    } <= met
