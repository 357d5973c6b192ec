from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.core.models import CurrentTransaction, PathField


class Operation(models.Model):
    """What was given, as it was given (sealed), and what became of it. All statuses mean: stored here."""

    class Status(models.TextChoices):
        FILED = "filed", _("已入账")
        HELD = "held", _("待处理")
        CONFLICT_KEPT = "conflict_kept", _("两处不一致")
        QUARANTINED = "quarantined", _("隔离")
        REPLACED = "replaced", _("已改正入账")  # by a later operation that refers to it
        SET_ASIDE = "set_aside", _("已退回")

    op_id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=30)
    source = models.CharField(max_length=8)  # phone, desk, file
    actor_id = models.BigIntegerField()
    area_path = PathField(default="cn.")
    body = models.BinaryField()  # sealed with the intake key, or that of the emergency
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    status = models.CharField(max_length=14, choices=Status.choices)
    code = models.CharField(max_length=60, default="")
    detail = models.JSONField(default=dict)
    waits_for = models.UUIDField(
        null=True
    )  # held until this operation is filed: a correction that came first
    refers_to = models.UUIDField(
        null=True
    )  # the operation whose corrected, or other, values this one carries
    # The version of the door as its sender had seen it; null: whoever sees everything (a desk, a file).
    base_version = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.BigIntegerField(null=True)
    settled_reason = models.CharField(max_length=200, default="", db_default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["area_path", "received_at"],
                name="operation_waiting",
                condition=~models.Q(status="filed"),
            ),
            models.Index(fields=["received_at"], name="operation_received"),
            models.Index(
                fields=["waits_for"],
                name="operation_waits_for",
                condition=models.Q(waits_for__isnull=False),
            ),
        ]


# What a person must look at.
WAITING = (Operation.Status.HELD, Operation.Status.CONFLICT_KEPT, Operation.Status.QUARANTINED)


class Paper(models.Model):
    """纸质登记: the photo of a paper (sealed) from which visits of a village were typed. Taken away, it can be brought
    back for a month; a month after the last emergency of its place it goes for good."""

    id = models.UUIDField(primary_key=True)
    area = models.ForeignKey("areas.Area", on_delete=models.PROTECT)
    area_path = PathField()
    content = models.BinaryField()  # the picture, sealed with the intake key
    media_type = models.CharField(max_length=20)
    byte_count = models.IntegerField()
    digest = models.BinaryField(max_length=32)  # keyed: the same photo twice is one paper
    received_at = models.DateTimeField()
    received_by = models.BigIntegerField()
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "digest"], name="paper_once")]
        indexes = [models.Index(fields=["area_path", "received_at"], name="paper_area")]


class PaperVisit(models.Model):
    """Which visits were typed from which paper."""

    pk = models.CompositePrimaryKey("visit_id", "paper_id")
    visit_id = models.UUIDField()
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="visits")
    area_path = PathField()


class EntryDraft(models.Model):
    """What a clerk has typed on the sheet of a village and not saved as visits yet: one for each of them. Sealed, as
    it names residents, and kept here because a browser keeps no such thing safely."""

    user_id = models.BigIntegerField()
    area_path = PathField()
    area_code = models.CharField(
        max_length=40
    )  # where it was begun; merged villages have two, until the next save
    version = models.IntegerField(default=0)  # a page that is older than this may not write over it unseen
    content = models.BinaryField(null=True)  # sealed JSON (entry_operations.py)
    discarded = models.BinaryField(null=True)  # the last that was thrown away, until the next is
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "area_code"], name="one_draft_a_clerk_and_village")
        ]
        indexes = [models.Index(fields=["area_path", "user_id"], name="entry_draft_area")]


class PhoneKey(models.Model):
    """The name that a phone gave to a household or a person before the register had one, so that what it made before
    it heard from us is understood afterwards. `person_id` 0: the household."""

    key = models.UUIDField(primary_key=True)
    household_id = models.BigIntegerField()
    person_id = models.BigIntegerField(default=0)
    area_path = PathField()

    class Meta:
        indexes = [models.Index(fields=["household_id"], name="phone_key_household")]


class FieldTold(models.Model):
    """Who told a field of a person last, from the field. The value itself stands in the register."""

    pk = models.CompositePrimaryKey("person_id", "field")
    person_id = models.BigIntegerField()
    field = models.CharField(max_length=20)
    area_path = PathField()
    told_at = models.DateTimeField()
    told_by = models.BigIntegerField()
    record = models.UUIDField()  # the operation
    version = models.BigIntegerField(db_default=CurrentTransaction())


class Conflict(models.Model):
    """两处不一致: two people told one thing of one subject differently, and the one whose record came later had not seen
    the other's. Both records stand; the village says which is right."""

    household_id = models.BigIntegerField()
    person_id = models.BigIntegerField(default=0)  # 0: the household
    question = models.CharField(
        max_length=60
    )  # of the dictionary; presence; or `person.` and a field of the register
    area_path = PathField()
    first = models.UUIDField(null=True)  # the record that was here; null: it came by a sheet or a desk
    first_by = models.BigIntegerField(null=True)
    first_at = models.DateTimeField(null=True)
    second = models.UUIDField()
    second_by = models.BigIntegerField()
    second_at = models.DateTimeField()
    said = models.BinaryField(
        null=True
    )  # of a field of the register: both values, sealed; else in the visits
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.BigIntegerField(null=True)
    settled_as = models.CharField(max_length=6, default="")  # first, second

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household_id", "person_id", "question"],
                condition=models.Q(settled_at__isnull=True),
                name="one_conflict_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["area_path", "opened_at"],
                name="conflict_open",
                condition=models.Q(settled_at__isnull=True),
            ),
            models.Index(fields=["second"], name="conflict_second"),
        ]
