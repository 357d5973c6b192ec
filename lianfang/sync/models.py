"""What the server keeps of the talk with phones: which number of which phone is here, and whether this database is
the one that was here last time."""

from __future__ import annotations

from django.db import models


class DeviceOperation(models.Model):
    """One number of one phone's series, and when the operation happened by our clock. Two operations under one number
    are both kept: a phone that was copied or restored from its own backup loses nothing."""

    pk = models.CompositePrimaryKey("device_id", "seq", "op_id")
    device_id = models.UUIDField()
    seq = models.IntegerField()
    op_id = models.UUIDField()
    happened_at = models.DateTimeField()  # by the server's clock, as far as it is known
    offset_ms = models.BigIntegerField(null=True)  # how far the phone's clock was off; null: nobody knows
    is_uncertain = models.BooleanField(default=False)
    received_at = models.DateTimeField()


class DeviceContact(models.Model):
    """When a phone pulled and told that it had made so many operations: the first time and the last. Whatever it says of
    its clock, a higher number was given after the last, and none up to this one after the first."""

    pk = models.CompositePrimaryKey("device_id", "last_seq")
    device_id = models.UUIDField()
    last_seq = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()


class DatabaseEpoch(models.Model):
    """One row. `value` and `mark` stand in files beside the database too (epoch.py): where the two differ, this is an
    older database than the one that was here."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    value = models.CharField(max_length=40)
    mark = models.BigIntegerField(default=0)
    since = models.DateTimeField()
