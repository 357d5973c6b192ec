"""What the worker process does for files: it checks and takes what is too large for a request. A job carries ids only
and opens a scope of its own; its progress goes to the page by a connection of its own."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from lianfang.areas.models import Area
from lianfang.core.scope import Scope, scoped
from lianfang.register import filing
from lianfang.register.file_queries import get_file
from lianfang.register.importing import Outcome
from lianfang.register.models import ImportFile
from lianfang.register.progress import Progress

log = logging.getLogger(__name__)
State = ImportFile.State
WORK = "lianfang.work_on_file"
AT_ONCE_BYTES = 300_000  # about 3,000 rows: checked and taken in the request, under a second
# The database may be away for a moment; whatever else goes wrong is told on the file's page and not tried again.
_RETRY = RetryStrategy(max_attempts=5, wait=5, retry_exceptions={OperationalError, InterfaceError})


@app.task(name=WORK, queue="files", retry=_RETRY)
def work_on_file(file_id: int, run: int, area_id: int, by: int) -> str:
    """Check or take a file, whichever it is in. Returns the state it is in then; a run that is over is left alone."""
    area = Area.objects.get(pk=area_id)
    scope = Scope.over([area.path], actor_id=by, purpose="import_file")
    with scoped(scope):
        file = get_file(scope, file_id)
    if file.run != run or not file.is_busy:
        return file.state
    with Progress(file.pk, run, scope) as progress:
        work(file, scope=scope, by=by, progress=progress)
    return file.state


def work(file: ImportFile, *, scope: Scope, by: int, progress: Progress | None = None) -> Outcome | None:
    if file.state == State.CHECKING:
        filing.check_file(file=file, scope=scope, by=by, progress=progress)
        return None
    return filing.take_file(file=file, scope=scope, by=by, progress=progress)


def ask(*, file_id: int, state: str, scope: Scope, by: int) -> tuple[ImportFile, Outcome | None]:
    """Begin to check or take a file: a small one at once, a large one by the worker, queued with the request.

    What the worker gave up can be begun anew."""
    if is_forsaken(get_file(scope, file_id)):
        filing.stop(file_id=file_id, scope=scope, by=by)
    file = filing.begin(file_id=file_id, state=state, scope=scope, by=by)
    if file.byte_count <= AT_ONCE_BYTES:
        return file, work(file, scope=scope.within(file.area_path), by=by)
    work_on_file.configure(lock=f"file-{file.pk}").defer(
        file_id=file.pk, run=file.run, area_id=file.county_id, by=by
    )
    return file, None


def is_forsaken(file: ImportFile) -> bool:
    """It should be worked on, and no job will: the worker gave it up. Then a person may begin anew."""
    if not file.is_busy:
        return False
    waiting = ProcrastinateJob.objects.filter(
        task_name=WORK, args__file_id=file.pk, args__run=file.run, status__in=("todo", "doing")
    )
    return not waiting.exists()


@app.periodic(cron="20 3 * * *")
@app.task(name="lianfang.purge_files", queue="clock", queueing_lock="purge_files")
def purge_files(timestamp: int) -> int:
    """What was put aside a month ago goes for good."""
    return filing.purge_removed()
