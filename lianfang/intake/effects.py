"""Kind of record → the operations it starts. All on one screen: this is where work rooms meet."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from lianfang.campaigns.operations.following import follow_events
from lianfang.core.scope import Scope
from lianfang.intake.doubts import Filed
from lianfang.intake.kinds.dials import file_dials
from lianfang.intake.kinds.exemptions import file_exemptions
from lianfang.intake.kinds.households import file_households
from lianfang.intake.kinds.list_rows import file_list_answers, file_list_calls
from lianfang.intake.kinds.people import file_people
from lianfang.intake.kinds.photos import file_photos
from lianfang.intake.kinds.visits import file_visits
from lianfang.register.life import Change, cancel_event


@transaction.atomic
def tell_life(tell: Callable[[], Change], *, by: int) -> Change:
    """A dated event of a household (`register/life`), and the lists of running rounds after it."""
    change = tell()
    follow_events(events=[change.event], by=by)
    return change


def take_back_life(*, event: UUID, key: UUID, reason: str, scope: Scope, by: int) -> Change:
    return tell_life(lambda: cancel_event(event=event, key=key, reason=reason, scope=scope, by=by), by=by)


EFFECTS: dict[str, Callable[..., Filed | None]] = {
    "visit": file_visits,
    "household": file_households,
    "person": file_people,
    "exemption": file_exemptions,
    "photo": file_photos,
    "dial": file_dials,
    "list_call": file_list_calls,
    "list_answer": file_list_answers,
}
