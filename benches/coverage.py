"""K7: coverage at any level over 5,000,000 tasks while visits come in, beside a GROUP BY over the targets."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import random
import time

from benches import rounds
from benches.setting import Installation, in_turns, median_ms, percentile_ms, report

TASKS = 5_000_000
READS = 200
WRITERS = 8


def run(installation: Installation) -> None:
    from lianfang.areas.models import Area
    from lianfang.campaigns.models import Round
    from lianfang.campaigns.operations.rounds import generate_targets
    from lianfang.core.clock import now
    from lianfang.core.scope import ROOT, Scope, scoped

    with installation.superuser() as database:
        stored = _task_count(database)
        while stored < TASKS:
            round_id = rounds.declare("person")
            with scoped(Scope.over([ROOT], purpose="bench")):
                generate_targets(Round.objects.select_related("campaign").get(pk=round_id))
            stored = _task_count(database)
        database.execute("vacuum analyze campaigns_target, campaigns_task, campaigns_coverage")
        county = Area.objects.get(level="county")
        found = Round.objects.filter(campaign__subject="household").select_related("campaign").earliest("pk")
        _levels(installation, found, stored)
        for writers, name, limit in ((1, "median", 2.0), (WRITERS, "p95", 15.0)):
            times = _while_writing(installation, writers, found.pk, county.pk)
            value = median_ms(times) if writers == 1 else percentile_ms(times, 0.95)
            report(
                "K7",
                f"county of {stored:,} tasks, {writers} writer(s), {name}",
                f"{value:.2f} ms",
                f"≤ {limit:g} ms",
                is_met=value <= limit,
            )
        kept = database.execute(_KEPT).fetchall()
        assert kept == database.execute(_COUNTED).fetchall(), "kept counters differ from a recount"
        print(
            "K7   counters equal a recount after the writers stopped; clock",
            now().isoformat(timespec="seconds"),
        )


_KEPT = (
    "select round_id, village_path, sum(due), sum(done), sum(exempt), sum(not_met), sum(open) from campaigns_coverage"
    " group by 1, 2 order by 1, 2"
)
_COUNTED = (
    "select round_id, village_path, count(*), count(*) filter (where state = 'done'),"
    " count(*) filter (where state = 'exempt'), count(*) filter (where state = 'not_met'),"
    " count(*) filter (where state = 'open') from campaigns_target group by 1, 2 order by 1, 2"
)


def _task_count(database) -> int:
    return database.execute("select count(*) from campaigns_task").fetchone()[0]


def _levels(installation: Installation, found, stored: int) -> None:
    from lianfang.areas.models import Area
    from lianfang.campaigns.queries.coverage import coverage_of
    from lianfang.core.clock import now
    from lianfang.core.scope import ROOT, Scope, scoped

    scope = Scope.over([ROOT], purpose="bench")
    with installation.superuser() as database:
        for level in ("prefecture", "county", "township", "village", "group"):
            area = Area.objects.filter(level=level).order_by("path")[0]
            low, high = scope.within(area.path).ranges[0]
            counted = {}

            def ours(area=area, counted=counted) -> None:
                counted["ours"] = coverage_of(scope, found, area, now()).due

            def rival(low=low, high=high, counted=counted) -> None:
                rows = database.execute(
                    "select state, count(*) from campaigns_target where round_id = %s and area_path >= %s"
                    " and area_path < %s group by 1",
                    [found.pk, low, high],
                ).fetchall()
                counted["rival"] = sum(count for _, count in rows)

            with scoped(scope):
                a, b = in_turns(ours, rival, 11)
            assert counted["ours"] == counted["rival"], (level, counted)
            value = median_ms(a)
            what = f"{level} of {stored:,} tasks, nobody writing, median"
            report("K7", what, f"{value:.2f} ms, GROUP BY {median_ms(b):.1f} ms", "≤ 2 ms", is_met=value <= 2)


def _while_writing(installation: Installation, writers: int, round_id: int, area_id: int) -> list[float]:
    """Times of reading the county while other processes file visits as fast as they can."""
    from lianfang.areas.models import Area
    from lianfang.campaigns.models import Round
    from lianfang.campaigns.queries.coverage import coverage_of
    from lianfang.core.clock import now
    from lianfang.core.scope import ROOT, Scope, scoped

    spawn = multiprocessing.get_context("spawn")
    stop = spawn.Event()
    ready = spawn.Barrier(writers + 1)
    crew = [spawn.Process(target=write, args=(seed, stop, ready), daemon=True) for seed in range(writers)]
    for process in crew:
        process.start()
    ready.wait(timeout=120)
    scope, area = Scope.over([ROOT], purpose="bench"), Area.objects.get(pk=area_id)
    found = Round.objects.get(pk=round_id)
    times = []
    with scoped(scope):
        for _ in range(READS):
            started = time.perf_counter()
            coverage_of(scope, found, area, now())
            times.append(time.perf_counter() - started)
            time.sleep(0.02)
    stop.set()
    for process in crew:
        process.join(timeout=60)
        assert process.exitcode == 0, "a writer failed"
    return times


def write(seed: int, stop, ready) -> None:
    """One writer: batches of 50 visits at households of its own, until told to stop (a minute at most)."""
    import django

    django.setup()
    from lianfang.campaigns.operations.carrying import LineInput, VisitInput
    from lianfang.campaigns.operations.visits import record_visits
    from lianfang.core.clock import now
    from lianfang.core.ids import new_id
    from lianfang.core.scope import ROOT, Scope, scoped
    from lianfang.register.models import Person

    chance = random.Random(seed)
    scope = Scope.over([ROOT], purpose="bench")
    ready.wait(timeout=120)
    until = time.monotonic() + 60
    while not stop.is_set() and time.monotonic() < until:
        households = sorted(8 * chance.randrange(1, 29_000) + seed for _ in range(50))
        with scoped(scope):
            people: dict[int, list[int]] = {}
            for person, household in Person.objects.filter(household_id__in=households).values_list(
                "id", "household_id"
            ):
                people.setdefault(household, []).append(person)
            visits = [
                VisitInput(
                    visit_id=new_id(),
                    household_id=household,
                    channel="door",
                    outcome="met",
                    happened_at=now() - dt.timedelta(seconds=1),
                    lines=tuple(LineInput(person, "seen") for person in people[household]),
                    answers={"returned_count": 0},
                )
                for household in dict.fromkeys(households)
                if household in people
            ]
            record_visits(visits, scope=scope, by=1)
    os._exit(0)
