"""Addresses of sheets that nobody could read yet."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.areas.models import Area, AreaAlias
from lianfang.core.models import PathField
from lianfang.core.sealing import SealedField
from lianfang.register.models.files import ImportFile


class UnreadAddress(models.Model):
    """One text, however many rows say it. A person says where it lies, once; the rows that wait are then taken."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待认")
        READ = "read", _("已认出")
        OUTSIDE = "outside", _("不在本辖区")
        SET_ASIDE = "set_aside", _("先放着")

    NEXT = {
        State.WAITING: (State.READ, State.OUTSIDE, State.SET_ASIDE),
        State.SET_ASIDE: (State.READ, State.OUTSIDE, State.WAITING),
        State.READ: (State.WAITING,),
        State.OUTSIDE: (State.WAITING,),
    }

    area_path = PathField()  # of the area its sheet was loaded for: who loads there settles it
    sent_for = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    text = SealedField(key="register", purpose="unread_address.text")
    token = models.BinaryField(max_length=16)  # keyed digest of the folded text
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    candidates = models.JSONField(default=list)  # codes of areas the reader hesitates between
    neighbours = models.JSONField(default=dict)  # village code → how many rows around it lie there
    row_count = models.IntegerField(default=0)
    found_at = models.DateTimeField()
    answer = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+")
    learned = models.ForeignKey(AreaAlias, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sent_for", "token"], name="unread_address_once")]
        indexes = [models.Index(fields=["area_path", "state"], name="unread_address_queue")]


class UnreadRow(models.Model):
    """A row of a sheet that waits for its address. `taken_at`: its file was taken again after the answer."""

    pk = models.CompositePrimaryKey("file_id", "sheet", "row")
    address = models.ForeignKey(UnreadAddress, on_delete=models.PROTECT, related_name="rows")
    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="+")
    area_path = PathField()
    sheet = models.CharField(max_length=100)
    row = models.IntegerField()
    taken_at = models.DateTimeField(null=True)
