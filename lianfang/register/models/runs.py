"""Doors that were made before anybody was known behind them."""

from django.db import models

from lianfang.areas.models import Area
from lianfang.core.models import PathField


class DoorRun(models.Model):
    """One making of doors from a pattern, so that it can be taken back as one."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField()
    estate = models.CharField(max_length=80, default="")
    pattern = models.CharField(max_length=2000)  # as typed: 1-62栋 2单元 6层 2户
    door_count = models.IntegerField()
    new_areas = models.JSONField(default=list)  # codes of the estate, buildings and groups that it made
    made_at = models.DateTimeField()
    made_by = models.BigIntegerField(null=True)  # None: on the command line
    undone_at = models.DateTimeField(null=True)
    undone_count = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["area_path"], name="door_run_area")]
