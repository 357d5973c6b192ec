"""Where people live, who they are, and how they are found."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.areas.models import Area
from lianfang.core.models import PathField
from lianfang.core.sealing import SealedField
from lianfang.register.models.runs import DoorRun


class Door(models.Model):
    """A place where people may live. Hangs on the deepest area known: building, else grid or group, else village."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField()
    unit = models.CharField(max_length=12, default="")
    floor = models.CharField(max_length=8, default="")
    room = models.CharField(max_length=12, default="")
    label = models.CharField(max_length=60)  # as said on the spot, below the area: 2单元402, 12号, 老学堂
    walk_order = models.IntegerField(default=0)
    run = models.ForeignKey(
        DoorRun, on_delete=models.PROTECT, null=True, db_index=False
    )  # made from a pattern

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "label"], name="door_once_in_area")]
        indexes = [
            models.Index(fields=["area_path", "walk_order"], name="door_walk"),
            models.Index(fields=["run"], name="door_of_run", condition=models.Q(run__isnull=False)),
        ]


class Households(models.Manager["Household"]):
    """Leaves the contact's phone sealed: it is opened by itself, when there is cause and an audit row."""

    def get_queryset(self) -> models.QuerySet[Household]:
        return super().get_queryset().defer("contact_phone")


class Household(models.Model):
    """Who lives behind a door. An unnamed one stands for whoever may live behind a door that was made from a pattern:
    a target like any other, named by the first visit or the first sheet that knows better (decision 0021)."""

    class Kind(models.TextChoices):
        FAMILY = "family", _("家庭户")
        COLLECTIVE = "collective", _("集体户")

    class CollectiveKind(models.TextChoices):
        DORMITORY = "dormitory", _("宿舍")
        SITE = "site", _("工地")
        NURSING_HOME = "nursing_home", _("养老院")
        BOAT = "boat", _("船上")
        STREET = "street", _("街面、无固定住处")
        OTHER = "other", _("其他")

    door = models.ForeignKey(Door, on_delete=models.PROTECT, related_name="households")
    area_path = PathField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FAMILY)
    reference = models.CharField(max_length=40, default="")  # 户号 of the sheet it came from
    head_name = models.CharField(max_length=60, default="")  # of a 集体户: its contact
    is_current = models.BooleanField(default=True)
    is_unnamed = models.BooleanField(
        default=False, db_default=False
    )  # 未登记: nobody has said yet who lives there
    named_at = models.DateTimeField(null=True)  # when an unnamed household got its first name
    # Of a 集体户: what it is, its contact's phone, and how many are expected there.
    collective_kind = models.CharField(
        max_length=12, choices=CollectiveKind.choices, default="", db_default="", blank=True
    )
    contact_phone = SealedField(key="register", purpose="household.contact_phone", null=True)
    expected_count = models.IntegerField(null=True)

    objects = Households()

    class Meta:
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["area_path", "id"], name="household_area"),
            models.Index(fields=["area_path"], name="household_unnamed", condition=models.Q(is_unnamed=True)),
            models.Index(
                fields=["area_path", "named_at"],
                name="household_named",
                condition=models.Q(named_at__isnull=False),
            ),
        ]


class Person(models.Model):
    """One resident. The three `is_` columns are the three bases a campaign can name (户籍, 常住, 今晚在家)."""

    class Sex(models.TextChoices):
        MALE = "male", _("男")
        FEMALE = "female", _("女")

    class Relation(models.TextChoices):
        HEAD = "head", _("户主")
        SPOUSE = "spouse", _("配偶")
        CHILD = "child", _("子女")
        GRANDCHILD = "grandchild", _("孙辈")
        PARENT = "parent", _("父母")
        OTHER = "other", _("其他")
        TENANT = "tenant", _("租客")

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="people")
    area_path = PathField()
    name = models.CharField(max_length=60)
    initials = models.CharField(max_length=20, default="")
    sex = models.CharField(max_length=6, choices=Sex.choices, default="", blank=True)
    birth_on = models.DateField(null=True)
    relation = models.CharField(max_length=10, choices=Relation.choices, default=Relation.OTHER)
    id_number = SealedField(key="register", purpose="person.id_number", null=True)
    phone = SealedField(key="register", purpose="person.phone", null=True)
    is_registered_here = models.BooleanField(default=True)
    is_living_here = models.BooleanField(default=True)
    is_here_tonight = models.BooleanField(default=True)
    registered_place = SealedField(key="register", purpose="person.registered_place", null=True)
    present_place = SealedField(key="register", purpose="person.present_place", null=True)
    reference = models.CharField(max_length=40, default="")  # 编号 of the sheet it came from
    is_current = models.BooleanField(default=True)  # False: moved away, dead, or merged into another row
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    # Of the last sheet that said something new of them: ImportFile, sheet and row as the spreadsheet counts.
    source_file_id = models.BigIntegerField(null=True)
    source_sheet = models.CharField(max_length=120, default="", db_default="")
    source_row = models.IntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["area_path", "name"], name="person_name"),
            # Found by equality inside a range of areas, so what is equal comes first.
            models.Index(fields=["name", "area_path"], name="person_by_name"),
            models.Index(fields=["initials", "area_path"], name="person_initials"),
            # Of a list's row whose name was misheard, the birthday is what is left.
            models.Index(fields=["birth_on", "area_path"], name="person_born"),
        ]


class LookupToken(models.Model):
    """Keyed digests by which sealed values are found (core/sealing.py). Kinds: id, phone, phone_name, name_birth."""

    pk = models.CompositePrimaryKey("token", "area_path", "person_id")
    token = models.BinaryField(max_length=16)
    area_path = PathField()
    # Made from the very rows it names: a check of each would cost as much as the insert (decision 0018).
    person = models.ForeignKey(Person, on_delete=models.CASCADE, db_index=True, db_constraint=False)
