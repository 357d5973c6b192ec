from __future__ import annotations

from lianfang.campaigns.models import Emergency
from lianfang.core.clock import now


def running_emergency() -> Emergency | None:
    """The emergency that runs now. It has ended when its time has come, whether or not anybody pressed a button."""
    moment = now()
    running = Emergency.objects.filter(opened_at__lte=moment, ends_at__gt=moment, ended_at__isnull=True)
    return running.order_by("-opened_at").first()
