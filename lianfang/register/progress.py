"""How far the checking or the taking of a file is, and whether it may go on."""

from __future__ import annotations

from lianfang.core.problems import Problem
from lianfang.core.progress import Telling
from lianfang.core.scope import Scope

_DONE = """
update register_importfile set rows_done = %s
where id = %s and run = %s and state in ('checking', 'taking') and {range}
"""


class Progress(Telling):
    def __init__(self, file_id: int, run: int, scope: Scope) -> None:
        super().__init__(scope, _DONE, file_id, run)

    def __call__(self, done: int) -> None:
        """Rows done. Raises `register.stopped` when somebody stopped this run."""
        if not self.tell(done):
            raise Problem("register.stopped")
