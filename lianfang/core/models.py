from dataclasses import dataclass
from typing import Any

from django.db import models


@dataclass(frozen=True)
class Follows:
    """How the rows of a table go along when an area merges, moves or is recoded (core/following.py).

    `when`: a condition in SQL over the row `t`; rows that do not meet it are history and stay. `village`: the column
    holds the village under which the row is counted, not the place itself. `counted_from`: the table holds counters by
    village; this is how they are counted anew, (columns) and select, with {villages} for the villages in question. `if_wider`: where
    the new area is more than the old one, rows of the old area itself get this SET clause and stay, instead of
    following: nobody may see more because two townships merged. `codes`: columns of the same row that hold the code of
    the township or the village of the place, with that level; an empty one stays empty.
    """

    when: str = "true"
    village: bool = False
    counted_from: str = ""
    if_wider: str = ""
    codes: tuple[tuple[str, str], ...] = ()


STAYS = Follows(when="false")  # history: it keeps the place that it happened in


class PathField(models.CharField):
    """An area path (see core/scope.py). Byte order, so that ranges mean the same in Python and in every index.

    `follows`: what becomes of the row when its area changes. Unless told otherwise it goes along, so that a new
    table leaves nobody behind.
    """

    def __init__(self, *, follows: Follows = Follows(), **options: Any) -> None:
        self.follows = follows
        super().__init__(**{"max_length": 120, "db_collation": "C", **options})


class CurrentTransaction(models.Func):
    """The number of the running transaction, as versions of doors count (register/versions.py)."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()


class AuditRow(models.Model):
    """Who did or looked at what, and why. Written in the transaction of the work; holds ids, never values."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    area_path = PathField(default="cn.", follows=STAYS)
    reason = models.TextField(default="")
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["area_path", "-at"], name="audit_area_at"),
            models.Index(fields=["object_kind", "object_id"], name="audit_object"),
        ]
