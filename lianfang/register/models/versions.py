"""When a door last changed, for phones that hold a copy of it (docs/algorithms/sync.md). Kept by triggers only."""

from django.db import models

from lianfang.core.models import STAYS, PathField


class DoorVersion(models.Model):
    """One household that lives behind a door now. `version`: the last transaction that changed anything a phone shows
    of it, as PostgreSQL counts transactions (xid8). Not indexed: a pack is read by its area, and a row whose version
    alone changes stays in its page."""

    household_id = models.BigIntegerField(primary_key=True)
    area_path = PathField()
    version = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["area_path", "household_id"], name="door_version_area")]


class DoorGone(models.Model):
    """A household that left an area, or is no more, by which transaction. It may have come back since."""

    pk = models.CompositePrimaryKey("area_path", "household_id")
    household_id = models.BigIntegerField()
    area_path = PathField(follows=STAYS)
    version = models.BigIntegerField()
