"""Where code may stand, and what it may know: rooms look downwards, rules are pure, files stay readable."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lianfang

ROOT = Path(lianfang.__file__).resolve().parent
FILES = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if "migrations" not in path.parts and "static_built" not in path.parts
]
CODE = [path for path in FILES if "tests" not in path.relative_to(ROOT).parts]
LONGEST = 520  # lines: about 500, see the design
# Roles and their permissions are one table; the roles are the choices of a column.
RULES_WITH_MODELS = {"accounts/rules.py"}


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def test_rooms_import_downwards_only():
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_room_dodges_the_layers_inside_a_function():
    """Commands are the one exception: models can be imported only after the database is there."""
    hidden = [
        f"{name_of(path)}:{node.lineno}"
        for path in CODE
        if not name_of(path).startswith("config/") and path.name not in ("migrating.py",)
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lianfang")
    ]
    assert hidden == []


def test_rules_know_neither_django_nor_the_clock():
    wrong = [
        (name_of(path), module)
        for path in CODE
        if path.name == "rules.py" and name_of(path) not in RULES_WITH_MODELS
        for module in imports(ast.parse(path.read_text()))
        if module.split(".")[0] in ("django", "psycopg", "os", "pathlib", "socket", "requests")
        or module in ("lianfang.core.clock", "lianfang.core.models")
        or module.endswith((".models", ".queries", ".operations"))
    ]
    assert wrong == []


def test_nothing_rests_on_signals():
    users = [
        name_of(path)
        for path in CODE
        if re.search(r"django\.db\.models\.signals|@receiver", path.read_text())
    ]
    assert users == []


@pytest.mark.parametrize("word", ["utils", "helpers", "helper", "manager", "handler", "misc"])
def test_no_file_is_named_after_nothing(word):
    assert [name_of(path) for path in FILES if word in path.stem.split("_")] == []


def test_no_file_grows_past_reading():
    assert {
        name_of(path): count for path in CODE if (count := len(path.read_text().splitlines())) > LONGEST
    } == {}
