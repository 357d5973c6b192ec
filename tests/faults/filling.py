"""`python -m tests.faults.filling fill N | check`: in an installation of its own (LIANFANG_HOME), the named cast and N
phones for each of its three grid workers; and whether what was filed there adds up."""

from __future__ import annotations

import json
import os
import sys

import django

from lianfang.config import installation
from lianfang.core.database import with_login
from lianfang.core.embedded import APP, EmbeddedPostgres


def main(arguments: list[str]) -> None:
    """Beside the running installation, as its app."""
    home = installation.home_folder()
    password = (home / "keys" / "app_password").read_text()
    os.environ["LIANFANG_APP_URL"] = with_login(EmbeddedPostgres(home).owner_url, APP, password)
    django.setup()
    print(json.dumps(fill(int(arguments[1])) if arguments[0] == "fill" else check()))


def fill(count: int) -> list[dict[str, object]]:
    """Who may sign in: device, authorization, and the households it goes to, with their people."""
    from django.db import transaction

    from lianfang.accounts.devices.codes import authorization
    from lianfang.accounts.devices.enrolling import PhoneFacts, add_device
    from tests.world import build

    with transaction.atomic():
        world = build()
    world.campaign()
    phones = []
    for name, grid in (("王小红", "杨梅村/1组"), ("曾祥林", "杨梅村/2组"), ("谭小英", "田心村/1组")):
        with world.as_root():
            households = {
                world.households[f"{grid}/{number}"].pk: [
                    person.pk for person in world.people(f"{grid}/{number}")
                ]
                for number in (1, 2, 3)
            }
            for _ in range(count):
                made = add_device(
                    user=world.users[name], phone=PhoneFacts("simulated"), works_until=None, by=None
                )
                sign = authorization(made.device.pk, made.secret)
                phones.append(
                    {
                        "device": str(made.device.pk),
                        "authorization": sign,
                        "households": list(households.items()),
                    }
                )
    return phones


def check() -> dict[str, object]:
    """What is stored, and whether the counters of the round are what a recount finds."""
    from lianfang.campaigns.models import Coverage, Round, Visit
    from lianfang.campaigns.operations.rounds import recount
    from lianfang.core.scope import ROOT, Scope, scoped
    from lianfang.intake.models import Operation
    from lianfang.sync.models import DeviceOperation

    with scoped(Scope.over([ROOT], purpose="test")):
        found = Round.objects.select_related("campaign").get()
        kept = sorted(Coverage.objects.filter(round=found).values_list())
        recount(found)
        return {
            "operations": {str(op.pk): op.status for op in Operation.objects.all()},
            "visits": sorted(str(pk) for pk in Visit.objects.values_list("pk", flat=True)),
            "numbers": sorted(
                (str(device), seq) for device, seq in DeviceOperation.objects.values_list("device_id", "seq")
            ),
            "is_counted_once": kept == sorted(Coverage.objects.filter(round=found).values_list()),
        }


if __name__ == "__main__":
    main(sys.argv[1:])
