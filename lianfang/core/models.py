from typing import Any

from django.db import models


class PathField(models.CharField):
    """An area path (see core/scope.py). Byte order, so that ranges mean the same in Python and in every index."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 120, "db_collation": "C", **options})


class AuditRow(models.Model):
    """Who did or looked at what, and why. Written in the transaction of the work; holds ids, never values."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    area_path = PathField(default="cn.")
    reason = models.TextField(default="")
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["area_path", "-at"], name="audit_area_at"),
            models.Index(fields=["object_kind", "object_id"], name="audit_object"),
        ]
