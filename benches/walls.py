"""K10: what row-level security costs: lists and counts, the same query and the same ranges with and without it."""

from __future__ import annotations

import psycopg

from benches.setting import Installation, in_turns, median_ms, ratio, report

COUNT = "select count(*) from register_person where area_path >= %(low)s and area_path < %(high)s"
LIST = (
    "select id, name, relation from register_person where area_path >= %(low)s and area_path < %(high)s"
    " order by area_path, name limit 50"
)
LEVELS = ("group", "village", "township", "county")


def run(installation: Installation) -> None:
    from lianfang.areas.models import Area
    from lianfang.core.scope import Scope

    with psycopg.connect(installation.app_url) as walled, installation.superuser() as free:
        for level in LEVELS:
            area = Area.objects.filter(level=level).order_by("path")[0]
            scope = Scope.over([area.path], purpose="bench")
            low, high = scope.ranges[0]
            for name, statement in (("count", COUNT), ("list", LIST)):
                _compare(walled, free, scope, statement, {"low": low, "high": high}, f"{name} at {level}")


def _compare(
    walled: psycopg.Connection,
    free: psycopg.Connection,
    scope: object,
    statement: str,
    values: dict[str, str],
    what: str,
) -> None:
    answers: dict[str, list] = {}

    def ours() -> None:
        answers["ours"] = walled.execute(statement, values).fetchall()

    def rival() -> None:
        answers["rival"] = free.execute(statement, values).fetchall()

    with walled.transaction():
        walled.execute("select set_config('lianfang.token', %s, true)", [scope.token()])
        a, b = in_turns(ours, rival, 50)
    assert answers["ours"] == answers["rival"], what
    with_wall, without = median_ms(a), median_ms(b)
    if what.endswith("county"):
        is_met, asked = ratio(a, b) <= 1.6, "≤ 1.6 ×"
    else:
        is_met, asked = with_wall <= 1 + 1.5 * without, "≤ 1 ms + 1.5 ×"
    report(
        "K10",
        what,
        f"{with_wall:.2f} ms, without {without:.2f} ms (×{ratio(a, b):.2f})",
        asked,
        is_met=is_met,
    )
