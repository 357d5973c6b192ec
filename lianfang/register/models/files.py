"""Sheets that arrived."""

from django.db import models

from lianfang.areas.models import Area
from lianfang.core.models import PathField


class ImportFile(models.Model):
    """A sheet as it arrived, byte for byte and sealed, with what became of its rows."""

    name = models.CharField(max_length=200)
    content = models.BinaryField()  # sealed with the register key
    county = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField()
    received_at = models.DateTimeField()
    received_by = models.BigIntegerField(null=True)
    row_count = models.IntegerField(default=0)
    taken_count = models.IntegerField(default=0)
    rejected_count = models.IntegerField(default=0)
    mapping = models.JSONField(default=dict)  # sheet → field → header as written
    outcome = models.JSONField(default=dict)  # of the check: counts and codes by row, never a value
    taken_at = models.DateTimeField(null=True)  # None: stored and checked, not taken into the register
