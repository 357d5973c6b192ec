from django.db import models


class Question(models.Model):
    """One thing that can be asked. `definition` follows contract/questions/; it never changes once stored."""

    key = models.CharField(max_length=60)
    version = models.SmallIntegerField()
    definition = models.JSONField()

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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="form_once")]
