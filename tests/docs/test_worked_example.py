"""The room in docs/new-feature.md is taken out of the document, built, and its own tests are run."""

from __future__ import annotations

import importlib
import json
import re
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.apps import AppConfig, apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.template.utils import get_app_template_dirs
from django.test import override_settings
from django.urls import include, path

import lianfang
from lianfang.core import clock
from lianfang.questions.models import Form, Question
from lianfang.questions.queries import get_form
from lianfang.questions.rules import owed
from lianfang.reports import figures
from tests import world as cast

DOCUMENT = Path(__file__).parents[2] / "docs" / "new-feature.md"
FILE = re.compile(r"^`lianfang/(outreach/[^`\n]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
JSON = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
URLS = "tests_docs_worked_example_urls"


def write_room(folder: Path) -> list[str]:
    files = FILE.findall(DOCUMENT.read_text())
    for name, text in files:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    for package in ("migrations", "tests"):
        (folder / "outreach" / package / "__init__.py").touch()
    return [name for name, _ in files]


def make_table(owner_dsn: str) -> None:
    """The document's migration, run by the owner as at a start."""
    executor = MigrationExecutor(connection)
    plan = [(executor.loader.graph.nodes["outreach", "0001_initial"], False)]
    statements = executor.loader.collect_sql(plan)
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        owner.execute("\n".join(statements))


@contextmanager
def installed(name: str) -> Iterator[None]:
    """One app more. Not by changing INSTALLED_APPS: that makes every other app ready a second time."""
    config = AppConfig.create(name)
    config.apps = apps
    apps.app_configs[config.label] = config
    try:
        config.import_models()
        apps.clear_cache()
        get_app_template_dirs.cache_clear()
        yield
    finally:
        del apps.app_configs[config.label]
        del apps.all_models[config.label]
        apps.clear_cache()
        get_app_template_dirs.cache_clear()


@pytest.fixture
def room(tmp_path: Path, committed_db: str, owner_dsn: str) -> Iterator[types.ModuleType]:
    """The document's room, installed, with its table; yields the module of its tests."""
    assert write_room(tmp_path)[-1] == "outreach/tests/test_leaflets.py"
    urls = types.ModuleType(URLS)
    lianfang.__path__.append(str(tmp_path))
    sys.modules[URLS] = urls
    try:
        with installed("lianfang.outreach"), override_settings(ROOT_URLCONF=URLS):
            everything = importlib.import_module("lianfang.config.urls")
            urls.__dict__.update(vars(everything))
            urls.urlpatterns = [*everything.urlpatterns, path("", include("lianfang.outreach.urls"))]
            make_table(owner_dsn)
            yield importlib.import_module("lianfang.outreach.tests.test_leaflets")
    finally:
        lianfang.__path__.remove(str(tmp_path))
        for name in [URLS, *(name for name in sys.modules if name.startswith("lianfang.outreach"))]:
            del sys.modules[name]


def test_the_room_of_the_document_passes_its_own_tests(room: types.ModuleType) -> None:
    call_command("makemigrations", "outreach", check=True, dry_run=True, verbosity=0)
    with clock.frozen(cast.TONIGHT):
        world = cast.build()
        tests = [function for name, function in vars(room).items() if name.startswith("test_")]
        assert len(tests) == 3
        for test in tests:
            with transaction.atomic():
                test(world)
                transaction.set_rollback(True)


def test_its_table_is_behind_the_second_wall(room: types.ModuleType, superuser_dsn: str) -> None:
    with psycopg.connect(superuser_dsn) as superuser:
        superuser.execute(
            "insert into outreach_leaflet (household_id, area_path, leaflet, left_at, left_by)"
            " values (1, 'cn.43.', 'boil-water', now(), 1)"
        )
    for statement, refused in (
        ("select * from outreach_leaflet", "without a scope token"),
        ("delete from outreach_leaflet", "permission denied"),
    ):
        with pytest.raises(DatabaseError, match=refused), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db
def test_the_question_and_the_form_of_the_document_can_be_asked() -> None:
    question, form = map(json.loads, JSON.findall(DOCUMENT.read_text()))
    Question.objects.create(key=question["key"], version=question["version"], definition=question)
    Form.objects.create(
        key=form["key"],
        version=form["version"],
        title=form["title"]["zh-Hans"],
        definition=form,
        created_at=clock.now(),
    )
    found = get_form(form["key"], form["version"])
    assert [item.question.label for item in found.items] == [question["label"]["zh-Hans"]]
    assert owed(found, "household", {}) == [question["key"]]
    assert owed(found, "household", {question["key"]: "well"}) == []
    assert form["purpose"] in found.items[0].question.purposes


def test_the_figure_of_the_document_is_the_one_of_the_code() -> None:
    block = re.search(r"^```python\n(Figure\(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    assert block
    figure = eval(block[1], vars(figures))
    assert figure in figures.FIGURES
