from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.core.models import PathField


class Area(models.Model):
    """A node of the division tree. Not personal: readable by every signed-in account."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("省")
        PREFECTURE = "prefecture", _("市")
        COUNTY = "county", _("县")
        TOWNSHIP = "township", _("乡镇、街道")
        VILLAGE = "village", _("村、社区")
        ESTATE = "estate", _("小区")
        GRID = "grid", _("网格")
        GROUP = "group", _("村民小组")
        BUILDING = "building", _("楼栋")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=12, choices=Level.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    path = PathField(unique=True)
    initials = models.CharField(max_length=40, default="", db_index=True)
    walk_order = models.IntegerField(default=0)
    is_sample = models.BooleanField(default=False)  # 演示抽样: only a few of its households are loaded

    class Meta:
        indexes = [models.Index(fields=["parent", "walk_order", "code"], name="area_children")]

    def __str__(self) -> str:
        return self.name


class AreaAlias(models.Model):
    """Another name of an area, or an estate that lies in it, learned when a person confirmed where a text lies.

    A name may stand for two areas; the reader then asks. Not personal: it is cut out of an address without its door.
    """

    class Kind(models.TextChoices):
        ALIAS = "alias", _("别名")
        ESTATE = "estate", _("小区")

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="aliases")
    county_path = PathField()  # where the name is understood
    text = models.CharField(max_length=40)  # folded
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.ALIAS)
    confirmed_by = models.BigIntegerField(null=True)
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["county_path", "text", "area"], name="area_alias_once")
        ]
