from django.db import models

from lianfang.areas.models import Area
from lianfang.campaigns.models import Round
from lianfang.core.models import STAYS, PathField


class DayClose(models.Model):
    """日清日结: an area's signed figures of one evening. A later record makes a revision, never an edit."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField(follows=STAYS)  # what was signed was signed for the area of that day
    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    closed_on = models.DateField()
    revision = models.SmallIntegerField(default=0)
    figures = models.JSONField()
    mop_up_count = models.IntegerField()
    as_of = models.DateTimeField()
    signed_at = models.DateTimeField()
    signed_by = models.BigIntegerField()
    note = models.CharField(max_length=400, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "round", "closed_on", "revision"], name="closed_once")
        ]


class RecheckSample(models.Model):
    """A door drawn at random from what was marked done (LQAS), and what the second look found."""

    close = models.ForeignKey(DayClose, on_delete=models.PROTECT, related_name="samples")
    household_id = models.BigIntegerField()
    area_path = PathField()
    verdict = models.CharField(max_length=10, default="")  # agrees, differs
    note = models.CharField(max_length=200, default="")
    checked_at = models.DateTimeField(null=True)
    checked_by = models.BigIntegerField(null=True)
