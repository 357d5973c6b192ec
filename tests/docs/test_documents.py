"""What the documents say is there: links, commands, names of settings, codes, functions, words."""

from __future__ import annotations

import ast
import re
import shlex
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from lianfang.accounts.rules import PERMISSIONS
from lianfang.config import cli
from lianfang.core.problems import PROBLEMS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SETTING = re.compile(r"\bLIANFANG_[A-Z_]+\b")
CODE_PATH = re.compile(r"`((?:lianfang|tests|benches|contract|docs)/[\w./-]*\w)(?::(\w+))?[`/]")
LARGEST_PICTURE = 150 * 1024
PALETTE = 3


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def prose(text: str) -> str:
    return FENCE.sub("", text)


def shell_lines(text: str) -> Iterator[str]:
    for language, block in FENCE.findall(text):
        if language == "sh":
            yield from (line.strip() for line in block.splitlines() if line.strip())


# ---------- links and names ----------


@every_document
def test_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(prose(document.read_text())):
        if target.startswith(("http:", "https:")):
            continue
        place, _, anchor = target.partition("#")
        found = (document.parent / place).resolve() if place else document
        assert found.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in anchors(found), f"{target}: no such heading"


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", prose(document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_named_files_and_functions_exist(document: Path) -> None:
    for place, function in CODE_PATH.findall(document.read_text()):
        if place.startswith("lianfang/outreach"):
            continue  # the worked example of docs/new-feature.md
        assert (ROOT / place).exists(), place
        if function:
            assert function in defined_in(place), f"{place}:{function}"


@every_document
def test_files_of_code_are_named_in_full(document: Path) -> None:
    for place in re.findall(r"`([\w./-]+/[\w-]+\.py)", document.read_text()):
        assert (ROOT / place).exists() or place.startswith("lianfang/outreach/"), place


@cache
def defined_in(place: str) -> frozenset[str]:
    nodes = ast.walk(ast.parse(text_of(place)))
    kinds = (ast.FunctionDef, ast.ClassDef)
    return frozenset(node.name for node in nodes if isinstance(node, kinds))


@every_document
def test_nothing_of_one_machine_is_in_a_document(document: Path) -> None:
    assert not re.search(r"/(?:work|root|home)/", document.read_text())


# ---------- commands, settings, codes ----------


@pytest.fixture
def folder_with_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The commands name files, which have to be there to be bad or good usage."""
    monkeypatch.chdir(tmp_path)
    for name in ("areas.csv", "people.xlsx"):
        (tmp_path / name).touch()
    return tmp_path


@every_document
def test_commands_are_understood(document: Path, folder_with_files: Path) -> None:
    parser = cli._parser()
    for line in shell_lines(document.read_text()):
        words = shlex.split(line, comments=True)
        while words and "=" in words[0]:
            words = words[1:]
        if words and words[0].rpartition("/")[2] == "lianfang":
            parser.parse_args(words[1:])
        if words and words[0] == "make":
            assert set(words[1:]) <= makefile_targets(), line


def makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))


def test_every_command_stands_in_the_table() -> None:
    described = set(
        re.findall(r"^\| `(lianfang [a-z -]+)` \|", text_of("docs/operating/configuration.md"), re.M)
    )
    assert described == {f"lianfang {words}" for words in subcommands(cli._parser())}


def subcommands(parser: object, before: str = "") -> Iterator[str]:
    for action in parser._actions:  # type: ignore[attr-defined]
        for word, child in (action.choices or {}).items() if hasattr(action, "_name_parser_map") else ():
            below = list(subcommands(child, f"{before}{word} "))
            if word not in cli.HIDDEN:
                yield from below or [f"{before}{word}"]


def test_every_setting_is_described_and_every_described_one_is_read() -> None:
    read = set()
    for path in (*(ROOT / "lianfang").rglob("*.py"), ROOT / "conftest.py", *(ROOT / "tests").glob("*.py")):
        if "tests" not in path.relative_to(ROOT).parts[1:]:
            read |= set(SETTING.findall(path.read_text()))
    assert set(SETTING.findall(text_of("docs/operating/configuration.md"))) == read
    for document in DOCUMENTS:
        assert set(SETTING.findall(document.read_text())) <= read, name_of(document)


def test_codes_in_the_documents_exist_and_all_of_the_start_are_explained() -> None:
    rooms = {code.partition(".")[0] for code in PROBLEMS}
    for document in DOCUMENTS:
        for code in re.findall(r"`([a-z]+\.[a-z_]+)`", document.read_text()):
            is_code = code.partition(".")[0] in rooms and not code.endswith((".key", ".py"))
            assert not is_code or code in PROBLEMS or code in PERMISSIONS, code
    explained = set(re.findall(r"`(start\.[a-z_]+)`", text_of("docs/operating/troubleshooting.md")))
    starting = {code for code in PROBLEMS if code.startswith("start.")}
    assert starting - explained <= {"start.demo_outside"}


# ---------- words and walks ----------


def our_models() -> set[str]:
    ours = [config for config in apps.get_app_configs() if config.name.startswith("lianfang.")]
    return {model.__name__ for config in ours for model in config.get_models()}


def test_the_glossary_has_every_table_and_no_word_that_is_not_in_the_code() -> None:
    first_column = " ".join(re.findall(r"^\| (.*?) \|", text_of("docs/glossary.md"), re.MULTILINE))
    words = set(re.findall(r"`([A-Z]\w+)`", first_column))
    assert our_models() - words == set()
    defined: set[str] = set()
    for path in (ROOT / "lianfang").rglob("*.py"):
        defined |= set(re.findall(r"^ *class (\w+)", path.read_text(), re.MULTILINE))
    assert words - defined == set()


def test_the_values_in_the_glossary_are_those_of_the_code() -> None:
    values = {"filed", "already_filed", "held", "conflict_kept", "quarantined"}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.Field) and field.choices:
                values |= {str(value) for value, _ in field.flatchoices}
    used = set(re.findall(r"`([a-z_]+)`", text_of("docs/glossary.md")))
    assert used - values == set()


def test_the_walk_has_seven_stops_each_with_its_function() -> None:
    stops = re.findall(
        r"^\| (\d) \|[^|]+\| `([\w/.]+\.py):(\w+)` \|", text_of("docs/walk-of-a-visit.md"), re.M
    )
    assert [int(number) for number, _, _ in stops] == list(range(1, 8))
    for _, place, function in stops:
        assert function in defined_in(place)


def test_decisions_are_numbered_and_listed() -> None:
    files = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("0*.md"))
    listed = re.findall(r"\]\((0\d+[^)]+)\)", text_of("docs/decisions/README.md"))
    assert listed == files
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    for name in files:
        title = text_of(f"docs/decisions/{name}").partition("\n")[0].removeprefix("# ")
        assert title.startswith(name[:4])
        assert title[5:] in text_of("docs/decisions/README.md")


# ---------- the first page, twice ----------


def test_both_first_pages_have_the_same_commands_and_pictures() -> None:
    english, chinese = text_of("README.md"), text_of("README.zh-CN.md")
    commands = [list(shell_lines(text)) for text in (english, chinese)]
    assert [line.partition("#")[0].strip() for line in commands[0]] == [
        line.partition("#")[0].strip() for line in commands[1]
    ]
    pictures = [re.findall(r"\((docs/screenshots/[^)]+)\)", text) for text in (english, chinese)]
    assert pictures[0] == pictures[1] != []
    assert english.count("\n## ") == chinese.count("\n## ")
    assert len(re.findall(r"^\d\. ", english, re.M)) == len(re.findall(r"^\d\. ", chinese, re.M))


def test_the_first_two_commands_are_all_it_takes() -> None:
    block = next(block for language, block in FENCE.findall(text_of("README.md")) if language == "sh")
    clone, cd_and_make = block.strip().splitlines()
    assert clone.startswith("git clone ")
    assert cd_and_make.partition("#")[0].strip() == "cd lianfang && make demo"
    assert "demo" in makefile_targets()


def test_pictures_are_small_and_used() -> None:
    pictures = sorted((ROOT / "docs" / "screenshots").glob("*.png"))
    used = " ".join(document.read_text() for document in DOCUMENTS)
    assert pictures
    for picture in pictures:
        data = picture.read_bytes()
        assert len(data) < LARGEST_PICTURE, picture.name
        width, _height, _depth, kind = struct.unpack(">IIBB", data[16:26])
        assert kind == PALETTE, picture.name
        assert width >= 1200, picture.name
        assert picture.name in used
