from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.areas.models import Area
from lianfang.areas.rules import OWN_LEVELS
from lianfang.core.models import Follows, PathField


class Role(models.TextChoices):
    COUNTY_LEAD = "county_lead", _("县指挥长")
    DATA_OFFICER = "data_officer", _("数据专班")
    TOWNSHIP_LEAD = "township_lead", _("乡镇负责人")
    VILLAGE_LEAD = "village_lead", _("村负责人")
    GRID_WORKER = "grid_worker", _("网格员")
    INSPECTOR = "inspector", _("督查员")
    AUDITOR = "auditor", _("审计员")


class User(AbstractBaseUser):
    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)
    failed_count = models.SmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)

    objects = BaseUserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A role in an area, from … to …. Read at each request, never kept in a token."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField(
        follows=Follows(
            when="t.ends_at > %(now)s",
            # Who led a township that went into another sees nothing more by that: somebody gives the new role.
            if_wider="ends_at = greatest(%(now)s, t.starts_at + interval '1 second')",
        )
    )
    title = models.CharField(max_length=40, default="")  # as people call it: 村支书, 数据专班
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="grant_ends_after_start", condition=models.Q(ends_at__gt=models.F("starts_at"))
            )
        ]

    @property
    def is_below_village(self) -> bool:
        """Its area's name (1组, 3栋) says little without that of what it lies in."""
        return self.area.level in OWN_LEVELS
