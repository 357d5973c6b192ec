"""What phones call."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from lianfang.core.clock import now
from lianfang.intake.envelopes import read_object, receipt_as_json
from lianfang.sync.operations import Answer, receive_push
from lianfang.sync.pushes import read_push


@require_POST
def sync_push(request: HttpRequest) -> JsonResponse:
    """`POST /api/v1/sync/push`: what was done, one receipt for each operation. A receipt means: stored here."""
    push = read_push(read_object(request), received_at=now())
    return JsonResponse(answer_as_json(receive_push(device=request.device, push=push)))


def answer_as_json(answer: Answer) -> dict[str, Any]:
    through = answer.backed_up_through
    return {
        "receipts": [receipt_as_json(receipt) for receipt in answer.receipts],
        "missing_seq": [list(hole) for hole in answer.missing_seq],
        "epoch": answer.epoch,
        "backed_up_through": through.isoformat() if through else None,
        "now": answer.now.isoformat(),
    }
