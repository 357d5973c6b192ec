import datetime as dt
from types import SimpleNamespace

from lianfang.core.clock import at
from lianfang.reports.walking import hand_in_by

NOW = at(dt.date(2026, 8, 7), 21, 5)
PASSED, NEXT, LAST = (
    at(dt.date(2026, 8, 7), 20),
    at(dt.date(2026, 8, 8), 12),
    at(dt.date(2026, 8, 9), 18),
)


def walk(due_at):
    return SimpleNamespace(now=NOW, round=SimpleNamespace(due_at=due_at))


def test_a_sheet_is_asked_back_at_the_next_deadline_that_can_be_kept():
    assert hand_in_by([PASSED, LAST], walk(NEXT)) == NEXT


def test_where_every_deadline_has_passed_the_last_one_stands():
    assert hand_in_by([PASSED], walk(PASSED - dt.timedelta(days=1))) == PASSED
