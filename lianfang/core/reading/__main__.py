from __future__ import annotations

import marshal
import resource
import sys
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from lianfang.core.reading import files

MEMORY_BYTES = 4 << 30  # address space; the old binary formats are held whole
CPU_SECONDS = 300
_KNOWN = ("empty", "not_a_sheet", "archive", "word", "pdf", "picture")  # what a reader says of a file


def main(path: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer
    try:
        for message in files.messages(Path(path)):
            _send(out, message)
    except BrokenPipeError:
        return
    except MemoryError:
        _send(out, ("", "too_large", ""))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a stranger's file, it is told in one line
        _send(out, _told(error))


def _told(error: Exception) -> tuple[str, str, str]:
    name, said = type(error).__name__, str(error)
    if "assword" in name + said or "ncrypt" in said:
        return "", "password", ""
    if isinstance(error, ValueError) and said in _KNOWN:
        return "", said, ""
    if isinstance(error, (zipfile.BadZipFile, EOFError)) or "zlib" in said or "CRC" in said:
        return "", "cut_off", ""
    return "", "unreadable", f"{name}: {said}"[:200]


def _send(out: BinaryIO, message: tuple[Any, ...]) -> None:
    body = marshal.dumps(message)
    out.write(len(body).to_bytes(4, "big"))
    out.write(body)
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1])
