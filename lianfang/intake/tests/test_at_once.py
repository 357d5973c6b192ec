"""Many phones at once: nobody waits in a circle, nothing is filed twice, the counters stay true."""

from __future__ import annotations

import random
import threading

from django.db import connections

from lianfang.campaigns.models import Coverage, Target, Visit
from lianfang.campaigns.operations.rounds import recount
from lianfang.core.scope import opened
from lianfang.intake.models import Operation
from lianfang.intake.tests.test_operations import operation, send
from tests.world import build

CLIENTS = 4


def test_batches_of_the_same_doors_in_any_order_at_once(committed_db):
    world = build()
    found = world.campaign()
    doors = sorted(world.households)
    with world.as_root():
        operations = [
            operation(world, door, outcome=outcome) for door in doors for outcome in ("met", "refused")
        ]
        operations += [operation(world, door, outcome="fled") for door in doors[:2]]  # forces the slow path
    faults: list[BaseException] = []
    ready = threading.Barrier(CLIENTS)

    def client(seed: int) -> None:
        mine = random.Random(seed).sample(operations, len(operations))
        try:
            ready.wait()
            for at in range(0, len(mine), 10):
                with opened(world.scope("王小红")):
                    send(world, *mine[at : at + 10])
        except BaseException as error:  # noqa: BLE001 - shown by the test
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with world.as_root():
        assert Operation.objects.count() == len(operations)
        assert Operation.objects.filter(status="held").count() == 2
        assert Visit.objects.count() == 2 * len(doors)
        assert set(Target.objects.filter(round=found).values_list("state", "attempt_count")) == {("done", 2)}
        kept = sorted(Coverage.objects.filter(round=found).values_list())
        recount(found)
        assert sorted(Coverage.objects.filter(round=found).values_list()) == kept
