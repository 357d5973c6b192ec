"""Two rows that may be one person, and what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.areas.models import Area
from lianfang.core.models import PathField
from lianfang.register.models.people import Person


class Double(models.Model):
    """疑似同一人: a pair, found once. It belongs to the smallest area that holds both, and only who covers that sees it.

    Reasons are codes: what agrees and what differs is read from the two persons when somebody looks.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待核")
        DIFFERENT = "different", _("不是同一个人")
        MERGED = "merged", _("已合并")

    class Verdict(models.TextChoices):
        SAME = "same", _("是同一个人")
        PROBABLY = "probably", _("很可能是")

    person_a = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    person_b = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    area_path = PathField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    weight = models.FloatField()  # odds as a power of two
    reasons = models.JSONField(default=list)  # [code, agrees | near | differs, weight], the weightiest first
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField()
    found_by = models.CharField(max_length=40, default="")  # file 12, search 3
    decided_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person_a", "person_b"], name="double_once"),
            models.CheckConstraint(
                name="double_in_order", condition=models.Q(person_a__lt=models.F("person_b"))
            ),
        ]
        indexes = [models.Index(fields=["state", "area_path"], name="double_area")]


class DoubleSearch(models.Model):
    """A search for doubles among the people of an area: how far it is, and what it found."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField()
    first_person_id = models.BigIntegerField(
        default=0
    )  # only people from this id on: those whom a file added
    found_by = models.CharField(max_length=40, default="")
    asked_at = models.DateTimeField()
    asked_by = models.BigIntegerField(null=True)
    step_count = models.IntegerField(default=1)
    done_count = models.IntegerField(default=0)
    found_count = models.IntegerField(default=0)
    finished_at = models.DateTimeField(null=True)


class Merge(models.Model):
    """合并: one row of two goes on, the other stays as it was and points to it. Both images are kept sealed, so that
    it can be undone."""

    kept = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    dropped = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    area_path = PathField()
    taken = models.JSONField(default=list)  # names of the fields whose value came from the dropped row
    images = models.BinaryField()  # sealed JSON: the rows before and after
    followed = models.BinaryField(null=True)  # sealed JSON: what other rooms changed along
    merged_at = models.DateTimeField()
    merged_by = models.BigIntegerField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["area_path", "merged_at"], name="merge_area")]
