"""What the first page says that `lianfang address` prints is what it prints."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = re.compile(r"^```sh\n(echo .*?)^```\n\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SURE = 0.8  # below, a person should look


def readings(lines: str) -> list[dict[str, object]]:
    """How sure it is may be weighed anew; whether a person should look may not change unnoticed."""
    said = [json.loads(line) for line in lines.splitlines()]
    return [each | {"confidence": each["confidence"] >= SURE} for each in said]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_address_reader_answers_as_the_first_page_says(name: str) -> None:
    ((commands, answers),) = BLOCKS.findall((ROOT / name).read_text())
    texts, ways = [], set()
    for line in commands.splitlines():
        _echo, text, pipe, program, *rest = shlex.split(line, comments=True)
        assert (pipe, program) == ("|", "lianfang")
        texts.append(text)
        ways.add(tuple(rest))
    (arguments,) = ways
    done = subprocess.run(
        [sys.executable, "-m", "lianfang.config.cli", *arguments],
        input="\n".join(texts).encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    assert readings(done.stdout.decode()) == readings(answers)
