"""Orders, emergencies, campaigns, who goes where, exemptions, reminders."""

from typing import Any

from django.urls import URLPattern

from lianfang.campaigns.views import (
    assigning,
    campaigns,
    declaring,
    doors,
    emergencies,
    exemptions,
    orders,
    reminders,
)
from lianfang.core.routes import AuditKind, Sensitivity, route


def _page(address: str, view: Any, permission: str, sensitivity: Sensitivity, audit: AuditKind) -> URLPattern:
    """Every page of this room works within the actor's areas and is named as its view."""
    return route(
        address,
        view,
        name=view.__name__,
        permission=permission,
        scope="actor",
        sensitivity=sensitivity,
        audit=audit,
    )


urlpatterns = [
    _page("orders", orders.orders, "campaign.read", "none", "none"),
    _page("orders/new", orders.order_new, "order.enter", "none", "write"),
    _page("orders/<int:order_id>", orders.order, "campaign.read", "none", "none"),
    _page("orders/<int:order_id>/sign", orders.order_sign, "order.sign", "none", "write"),
    _page("orders/<int:order_id>/emergency", emergencies.emergency_open, "emergency.open", "none", "write"),
    _page("emergencies/<int:emergency_id>", emergencies.emergency, "campaign.read", "none", "none"),
    _page(
        "emergencies/<int:emergency_id>/act", emergencies.emergency_act, "emergency.renew", "none", "write"
    ),
    _page("campaigns", campaigns.campaigns, "campaign.read", "counts", "none"),
    _page("campaigns/new", declaring.campaign_new, "campaign.declare", "counts", "write"),
    _page("campaigns/new/count", declaring.campaign_count, "campaign.declare", "counts", "none"),
    _page("campaigns/<int:campaign_id>", campaigns.campaign, "campaign.read", "counts", "none"),
    _page("campaigns/<int:campaign_id>/act", campaigns.campaign_act, "campaign.declare", "counts", "write"),
    _page(
        "campaigns/<int:campaign_id>/freezing", campaigns.freeze_progress, "campaign.read", "counts", "none"
    ),
    _page("rounds/<int:round_id>/assign", assigning.assign, "target.assign", "names", "look"),
    _page("rounds/<int:round_id>/assign/act", assigning.assign_act, "target.assign", "names", "write"),
    _page("rounds/<int:round_id>/doors", doors.round_doors, "target.read", "names", "look"),
    _page("rounds/<int:round_id>/doors/assign", doors.doors_assign, "target.assign", "names", "write"),
    _page("rounds/<int:round_id>/doors/away", doors.doors_away, "target.assign", "names", "write"),
    _page("rounds/<int:round_id>/doors/back", doors.doors_back, "target.hand_back", "names", "write"),
    _page("found/new", doors.found_new, "visit.record", "names", "write"),
    _page("exemptions", exemptions.exemptions, "target.read", "names", "look"),
    _page("exemptions.xlsx", exemptions.exemptions_sheet, "target.read", "names", "look"),
    _page("exemptions/decide", exemptions.exemptions_decide, "exemption.decide", "names", "write"),
    _page("reminders", reminders.reminders, "coverage.read", "counts", "none"),
    _page(
        "reminders/<int:reminder_id>/answer",
        reminders.reminder_answer,
        "reminder.acknowledge",
        "counts",
        "write",
    ),
]
