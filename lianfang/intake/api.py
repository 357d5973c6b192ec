"""`POST /api/v1/intake/operations`: a batch of operations in, a receipt for each out. For programs that work with
somebody's session; phones have an address of their own (`sync/api.py`)."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from lianfang.intake.envelopes import read_object, read_operation, read_ops, receipt_as_json, turn
from lianfang.intake.operations import filer, home_of, receive


@require_POST
def operations(request: HttpRequest) -> JsonResponse:
    """Only what is no list of operations at all is refused; whatever can be stored is stored, and has a receipt."""
    given = read_ops(read_object(request))
    parsed = [read_operation(raw, number) for number, raw in enumerate(given)]
    in_turn = sorted(range(len(parsed)), key=lambda at: turn(given[at], at))
    rights = filer(request.actor)
    receipts = receive(
        [parsed[at] for at in in_turn],
        source="phone",
        scope=rights.scope,
        home_path=home_of(request.actor),
        by=rights.by,
        others=rights.others,
    )
    answers = dict(zip(in_turn, receipts, strict=True))
    return JsonResponse({"receipts": [receipt_as_json(answers[at]) for at in range(len(parsed))]})
