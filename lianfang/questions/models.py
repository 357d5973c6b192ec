from django.db import models

from lianfang.areas.models import Area
from lianfang.core.models import PathField


class Question(models.Model):
    """One thing that can be asked. `definition` follows contract/questions/; it never changes once stored."""

    key = models.CharField(max_length=60)
    version = models.SmallIntegerField()
    definition = models.JSONField()
    area_path = PathField(default="cn.")  # who made it: known there, below, and to whoever is above

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="question_once")]


class Form(models.Model):
    """A list of questions for a purpose: {"title", "purpose", "proxy_allowed", "items": [{"question", "version",
    "required", "show_if"?, "require_if"?}]}. Immutable by (key, version)."""

    key = models.CharField(max_length=60)
    version = models.SmallIntegerField()
    title = models.CharField(max_length=80)
    definition = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.BigIntegerField(null=True)
    area_path = PathField(default="cn.")  # the area that made it: it is offered there and below

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="form_once")]


class FormDraft(models.Model):
    """A form that is being made. `content` is the draft (questions/drafting.py), sealed with the register key: it holds
    masked samples of a table until the form is made or the draft put away."""

    title = models.CharField(max_length=80)
    source = models.CharField(max_length=10)
    area = models.ForeignKey(Area, on_delete=models.PROTECT)
    area_path = PathField()
    content = models.BinaryField()
    question_count = models.SmallIntegerField()
    waiting_count = models.SmallIntegerField()  # new questions that nobody said yes to
    created_at = models.DateTimeField()
    created_by = models.BigIntegerField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    form = models.ForeignKey(Form, on_delete=models.PROTECT, null=True)  # what came of it
