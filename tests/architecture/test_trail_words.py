"""The auditor reads words: every code that is written into the trail has one."""

import ast
from pathlib import Path

import lianfang
from lianfang.accounts.trail_words import ACTIONS, KINDS
from lianfang.core.routes import every_route

ROOT = Path(lianfang.__file__).resolve().parent


def written():
    """(action, kind) of each call of audit.record, .record_each and .survive, where they are written out."""
    for path in ROOT.rglob("*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("record", "record_each", "survive")
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in ("audit", "audit_trail")
            ):
                yield tuple(
                    argument.value if isinstance(argument, ast.Constant) else None
                    for argument in node.args[:2]
                )


def test_every_action_has_a_word():
    assert {action for action, _ in written() if action} - set(ACTIONS) == set()


def test_every_kind_of_object_has_a_word():
    looked_at = {
        view.declared.name
        for _, view in every_route()
        if hasattr(view, "declared") and view.declared.audit == "look"
    }
    assert ({kind for _, kind in written() if kind} | looked_at) - set(KINDS) == set()


def test_the_trail_is_written_at_all():
    assert len(set(written())) > 20
