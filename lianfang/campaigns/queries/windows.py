"""What counts for a round: its form, and the instants from which on answers and presences are taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from lianfang.campaigns.models import Round
from lianfang.campaigns.rules import Window, counts_from, reaches_back_to, roster_counts_from
from lianfang.core.clock import local
from lianfang.questions.models import Form
from lianfang.questions.queries import form_of, get_forms
from lianfang.questions.rules import FormDefinition, QuestionDefinition


@dataclass(frozen=True, slots=True)
class Taken:
    """What a round asks, and from when on it takes what was said."""

    round: Round
    form: FormDefinition
    window: Window

    def since(self, question: QuestionDefinition) -> dt.datetime:
        return counts_from(question, self.window)

    @property
    def roster_since(self) -> dt.datetime:
        return roster_counts_from(self.form, self.window)

    @property
    def reach(self) -> dt.datetime:
        """Nothing before this can settle a target of the round."""
        return reaches_back_to(self.form, self.window)


def taken_by(rounds: Iterable[Round], moment: dt.datetime) -> dict[int, Taken]:
    """By the ids of these rounds, which have their campaigns with them: one statement for all their forms, none if the
    rounds were read `with_forms`."""
    all_of = {found.pk: found for found in rounds}
    stored = {pk: form for pk, found in all_of.items() if (form := getattr(found, "form_id", None))}
    keys = {
        pk: (found.campaign.form_key, found.campaign.form_version)
        for pk, found in all_of.items()
        if pk not in stored
    }
    by_key = get_forms(keys.values())
    forms = {pk: form_of(form) for pk, form in stored.items()} | {pk: by_key[key] for pk, key in keys.items()}
    return {pk: Taken(found, forms[pk], window_of(found, moment)) for pk, found in all_of.items()}


def with_forms(rounds: QuerySet[Round]) -> QuerySet[Round]:
    """These rounds with their campaigns, and the ids of their forms, for `taken_by`."""
    asks = Form.objects.filter(key=OuterRef("campaign__form_key"), version=OuterRef("campaign__form_version"))
    return rounds.select_related("campaign").annotate(form_id=Subquery(asks.values("pk")[:1]))


def window_of(found: Round, moment: dt.datetime) -> Window:
    return Window(
        opens_at=found.opens_at,
        closed_at=found.closed_at,
        purpose=found.campaign.purpose,
        looks_back=found.looks_back,
        keeps_fresh=found.campaign.keeps_fresh,
        as_of=moment,
        opens_on=local(found.opens_at).date(),
    )
