"""The demo county on a real database: a few villages of it, loaded once a file, at the hour at which it opens."""

import psycopg
import pytest
from django.db import transaction

from lianfang.campaigns.models import Round
from lianfang.core.clock import frozen
from lianfang.core.scope import ROOT, Scope, opened
from lianfang.demo import fates, loading, people, places

NEIGHBOUR_VILLAGE = "430581107209"  # 田心村
FEW = (places.ESTATE_VILLAGE, NEIGHBOUR_VILLAGE, fates.DEMOLISHED_VILLAGE, "430581003005", "430581205001")


def few_villages(target_people=None, seed=people.SEED, weaver=None):
    return (weaver.weave(village) for village in people.plan() if village.code in FEW)


def load(owner_dsn):
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        loading.load(analyze=lambda: owner.execute("analyze"))


@pytest.fixture(scope="module")
def county(committed_module, prepared_server):
    """A few villages of the county, loaded once for this file. Tests that change it undo it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "population", few_villages)
        load(prepared_server.owner(committed_module))


@pytest.fixture
def everywhere(county):
    """21:05, in all areas; what a test changes is rolled back."""
    with frozen(loading.STANDS_AT), opened(Scope.over([ROOT], purpose="test")):
        yield Scope.over([ROOT], purpose="test")
        transaction.set_rollback(True)


def rounds():
    return list(Round.objects.select_related("campaign").order_by("pk"))
