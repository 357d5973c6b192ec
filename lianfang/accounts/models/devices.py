"""Phones: who carries which, how they came in, and who asks to join for tonight."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from lianfang.accounts.models.accounts import User
from lianfang.areas.models import Area
from lianfang.core.models import PathField
from lianfang.core.sealing import SealedField


class Device(models.Model):
    """One installation of the app on one phone. It signs in with a secret of its own, of which only a keyed digest
    is kept; its rights are its user's of that moment. Whether it runs is never stored: `rules.state_of` says."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="devices")
    area_path = PathField()  # the home of its user when it was last heard of
    secret_digest = models.BinaryField()
    name = models.CharField(max_length=80)  # what the browser says of the phone
    app = models.CharField(max_length=40, default="")  # its version
    contract = models.SmallIntegerField(default=1)
    enrolled_at = models.DateTimeField()
    enrolled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    works_until = models.DateTimeField(null=True)  # of who was sent down for a shift

    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_reason = models.CharField(max_length=200, default="")
    forget_asked_at = models.DateTimeField(null=True)  # hand in what is unsent, then forget
    told_at = models.DateTimeField(null=True)  # it called, and was told to forget
    forgotten_at = models.DateTimeField(null=True)  # it says that it has
    kept_count = models.IntegerField(default=0)  # unsent operations it kept sealed when it forgot

    last_contact_at = models.DateTimeField(null=True)
    waiting_count = models.IntegerField(default=0)  # as the phone said
    refused_count = models.IntegerField(default=0)  # as the phone said
    last_seq = models.IntegerField(default=0)  # operations it says it has made
    stored_count = models.IntegerField(default=0)  # operations of it that are here

    class Meta:
        indexes = [models.Index(fields=["area_path"], name="device_area")]


class Invitation(models.Model):
    """A code to be scanned. For a named user it is good once and for minutes; without one it lets newcomers ask to
    join until the shift ends."""

    code_digest = models.BinaryField(unique=True)
    code = SealedField(
        key="register", purpose="invitation.code", null=True
    )  # until used: the page shows it again
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="invitations")
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()  # of newcomers: when the shift ends
    withdrawn_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["area_path"], name="invitation_area")]


class Newcomer(models.Model):
    """Somebody sent down tonight who scanned a leader's code and asks to join."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等同意")
        ACCEPTED = "accepted", _("已加入")
        REFUSED = "refused", _("没同意")

    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="newcomers")
    area_path = PathField()
    name = models.CharField(max_length=30)
    last4 = SealedField(key="register", purpose="newcomer.last4")
    same_as = (
        models.BinaryField()
    )  # keyed digest of area, name and last four: who scans again is the same person
    ticket_digest = models.BinaryField(unique=True)
    phone_name = models.CharField(max_length=80)
    app = models.CharField(max_length=40, default="")
    contract = models.SmallIntegerField(default=1)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["area_path", "same_as"], name="newcomer_same")]


class EnrolTry(models.Model):
    """How often something was tried in a stretch of time: kept here, not in a process, of which there are several.
    What is counted is a keyed digest: no address of anybody is kept."""

    what = models.BinaryField()
    begins_at = models.DateTimeField()
    count = models.IntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "begins_at"], name="one_count_of_tries")]
