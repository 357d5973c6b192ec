"""The search for doubles as a job: it carries ids and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from lianfang.areas.models import Area
from lianfang.core.scope import Scope
from lianfang.register.doubles.finding import ask_search, find_for, name_of, run_search
from lianfang.register.stored import Stored

MOST_CHANGED = 5_000  # people named one by one in a job; when a file changed more, its whole area is searched


@app.task(
    name="lianfang.find_doubles",
    queue="register",
    retry=RetryStrategy(max_attempts=3, exponential_wait=5),
)
def find_doubles(search_id: int, changed_ids: Sequence[int] = ()) -> int:
    """The people of a search, and before them those whose rows were changed."""
    if changed_ids:
        find_for(person_ids=changed_ids, by=None, found_by=name_of(search_id))
    return run_search(search_id)


def start_search(search_id: int, changed_ids: Sequence[int] = ()) -> None:
    """Queue it in the transaction of the request: without a commit there is no job."""
    find_doubles.configure(lock="doubles", queueing_lock=f"doubles-{search_id}").defer(
        search_id=search_id, changed_ids=list(changed_ids)
    )


@app.task(
    name="lianfang.compare_people",
    queue="register",
    retry=RetryStrategy(max_attempts=3, exponential_wait=5),
)
def compare_people(person_ids: Sequence[int], found_by: str) -> int:
    return find_for(person_ids=person_ids, by=None, found_by=found_by)


def compare_added(person_ids: Sequence[int], *, found_by: str) -> None:
    """Who was entered at a door or a desk is compared with everybody a moment later: nobody at the door waits for it."""
    if person_ids:
        compare_people.configure(lock="doubles").defer(person_ids=list(person_ids), found_by=found_by)


def search_loaded(stored: Stored, *, area: Area, file_id: int, by: int | None) -> None:
    """Whom a file brought or changed is compared with everybody, a moment after it was taken."""
    if not stored.added_ids and not stored.changed_ids:
        return
    first = stored.added_ids[0] if stored.added_ids else 2**62
    changed = stored.changed_ids
    if len(changed) > MOST_CHANGED:
        first, changed = 0, ()
    search = ask_search(
        area=area,
        scope=Scope.over([area.path], actor_id=by, purpose="import_file"),
        by=by,
        first_person_id=first,
        found_by=f"file {file_id}",
    )
    start_search(search.pk, changed)
