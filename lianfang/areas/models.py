from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lianfang.core.models import STAYS, PathField


class Area(models.Model):
    """A node of the division tree. Not personal: readable by every signed-in account."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("省")
        PREFECTURE = "prefecture", _("市")
        COUNTY = "county", _("县")
        TOWNSHIP = "township", _("乡镇、街道")
        VILLAGE = "village", _("村、社区")
        SECTION = "section", _("片区")
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
    valid_from = models.DateField(null=True)  # None: since before anybody noted it
    valid_to = models.DateField(null=True)  # the first day on which it is no more; None: it lives

    class Meta:
        indexes = [models.Index(fields=["parent", "walk_order", "code"], name="area_children")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_living(self) -> bool:
        return self.valid_to is None


class Adjustment(models.Model):
    """区划调整: changes of one document that take effect on one day. Planned, looked at, confirmed, applied, undone."""

    class State(models.TextChoices):
        PLANNED = "planned", _("待确认")
        CONFIRMED = "confirmed", _("到日生效")
        APPLIED = "applied", _("已生效")
        UNDONE = "undone", _("已撤回")
        DROPPED = "dropped", _("已作废")

    document = models.CharField(max_length=200)  # number or file in which it was ordered
    area = models.ForeignKey(Area, on_delete=models.PROTECT)  # the county
    effective_on = models.DateField()
    steps = models.JSONField()  # of areas/changes/plan.py
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    recorded_by = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    confirmed_by = models.BigIntegerField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, default="")  # why it could not take effect on its day


class AreaChange(models.Model):
    """One old area and one that it became; several rows of an old area are a split. Without `new` it left nothing, or
    a person has still to say where its people belong (`applied_at` empty: 待划分)."""

    class Kind(models.TextChoices):
        MERGE = "merge", _("并入")
        SPLIT = "split", _("拆分")
        RENAME = "rename", _("更名")
        RECODE = "recode", _("换代码")
        MOVE = "move", _("划转")
        END = "end", pgettext_lazy("辖区", "撤销")  # not 撤销 of a merge: that is undone

    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, null=True, related_name="changes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    effective_on = models.DateField()
    old = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="changes")
    new = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="origins")
    old_name = models.CharField(max_length=80, db_index=True)
    new_name = models.CharField(max_length=80, default="")
    source = models.CharField(max_length=200, default="")  # document or file that says so
    recorded_by = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["old", "new", "kind", "old_name", "effective_on"], name="area_change_once"
            )
        ]


class AreaMove(models.Model):
    """Where the rows of one area went when its path changed, at any depth: by it a day before can be shown as the
    tree was on that day."""

    change = models.ForeignKey(AreaChange, on_delete=models.PROTECT, related_name="moves")
    old = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    new = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    old_path = PathField(follows=STAYS)
    new_path = PathField(follows=STAYS)
    old_parent = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+")
    old_name = models.CharField(max_length=80)
    moved_at = models.DateTimeField()
    is_wider = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["new_path", "moved_at"], name="area_move_new"),
            models.Index(fields=["old_path", "moved_at"], name="area_move_old"),
        ]


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
