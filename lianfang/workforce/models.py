from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.areas.models import Area
from lianfang.core.models import Follows, PathField
from lianfang.core.sealing import SealedField


class Unit(models.Model):
    name = models.CharField(max_length=80)
    area = models.ForeignKey(Area, on_delete=models.PROTECT)


class Worker(models.Model):
    """Somebody who works in the response. The duty name is public within it; the phone is sealed and dialled unseen."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True)
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=40, default="")  # 村支书, 网格员
    phone = SealedField(key="register", purpose="worker.phone", null=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField()
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["area_path"], name="worker_area")]


class Assignment(models.Model):
    """A worker answers for an area, from … to …. Kept apart from tasks: reassigning a grid touches one row."""

    class Part(models.TextChoices):
        A = "a", _("A角")
        B = "b", _("B角")

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="assignments")
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField(
        follows=Follows(when="t.ends_at is null", if_wider="ends_at = %(now)s, ended_reason = %(reason)s")
    )
    part = models.CharField(max_length=1, choices=Part.choices, default=Part.A)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "part"],
                condition=models.Q(ends_at__isnull=True),
                name="one_answers_for_an_area",
            )
        ]
        indexes = [models.Index(fields=["area_path"], name="assignment_area")]
