"""K5: a round for 240,000 households and one for 760,000 people, generated, and generated again."""

from __future__ import annotations

import datetime as dt

from benches import county
from benches.setting import Installation, report, seconds


def declare(subject: str, *, base: str = "registered") -> int:
    """A campaign over the whole county with its first round; returns the round's id."""
    from lianfang.areas.models import Area
    from lianfang.campaigns.models import Campaign, Round
    from lianfang.core.clock import now
    from lianfang.core.scope import ROOT, Scope, scoped

    area, moment = Area.objects.get(level="county"), now()
    with scoped(Scope.over([ROOT], purpose="bench")):
        emergency = county.emergency()
        campaign = Campaign.objects.create(
            emergency=emergency,
            name=subject,
            purpose="household_sweep",
            subject=subject,
            base=base,
            form_key="household_sweep",
            form_version=1,
            declared_at=moment,
            declared_by=1,
            area=area,
            area_path=area.path,
        )
        found = Round.objects.create(
            campaign=campaign, number=1, opens_at=moment, due_at=moment + dt.timedelta(days=1)
        )
        return found.pk


def run(installation: Installation) -> None:
    from lianfang.campaigns.models import Round
    from lianfang.campaigns.operations.rounds import generate_targets
    from lianfang.core.scope import ROOT, Scope, scoped

    def generate(round_id: int) -> int:
        with scoped(Scope.over([ROOT], purpose="bench")):
            return generate_targets(Round.objects.select_related("campaign").get(pk=round_id))

    rounds = [declare("household"), declare("person")]
    counts: list[int] = []
    first = seconds(lambda: counts.extend(generate(round_id) for round_id in rounds))
    again: list[int] = []
    second = seconds(lambda: again.extend(generate(round_id) for round_id in rounds))
    with installation.superuser() as database:
        database.execute(
            "create table rival (like campaigns_target including indexes); create table rival_task (like campaigns_task including indexes)"
        )
        plain = seconds(
            lambda: [
                database.execute(
                    "insert into rival select * from campaigns_target where round_id = any(%s)", [rounds]
                ),
                database.execute(
                    "insert into rival_task select * from campaigns_task where round_id = any(%s)", [rounds]
                ),
            ]
        )
        stored = database.execute(
            "select count(*) from campaigns_task where round_id = any(%s)", [rounds]
        ).fetchone()
        due = database.execute(
            "select sum(due) from campaigns_coverage where round_id = any(%s)", [rounds]
        ).fetchone()
        database.execute("drop table rival, rival_task")
    assert counts[0] == county.HOUSEHOLDS, counts
    assert stored[0] == due[0] == sum(counts), (stored, due, counts)
    assert again == [0, 0], again
    what = f"{counts[0]:,} households + {counts[1]:,} people, targets and tasks"
    report(
        "K5",
        what,
        f"{first:.1f} s, plain INSERT … SELECT {plain:.1f} s (×{first / plain:.2f})",
        "≤ 20 s",
        is_met=first <= 20,
    )
    report("K5", "the same again", f"{sum(again)} rows, {second:.1f} s", "0 rows, ≤ 8 s", is_met=second <= 8)
