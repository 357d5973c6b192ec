"""Orders, emergencies, campaigns, who goes where, exemptions, reminders."""

from lianfang.campaigns.views import (
    assigning,
    campaigns,
    collectives,
    declaring,
    doors,
    emergencies,
    exemptions,
    merging,
    orders,
    reminders,
)
from lianfang.core.routes import page

urlpatterns = [
    page("orders", orders.orders, "campaign.read", "none", "none"),
    page("orders/new", orders.order_new, "order.enter", "none", "write"),
    page("orders/<int:order_id>", orders.order, "campaign.read", "none", "none"),
    page("orders/<int:order_id>/sign", orders.order_sign, "order.sign", "none", "write"),
    page("orders/<int:order_id>/emergency", emergencies.emergency_open, "emergency.open", "none", "write"),
    page("emergencies/<int:emergency_id>", emergencies.emergency, "campaign.read", "none", "none"),
    page("emergencies/<int:emergency_id>/act", emergencies.emergency_act, "emergency.renew", "none", "write"),
    page("campaigns", campaigns.campaigns, "campaign.read", "counts", "none"),
    page("campaigns/new", declaring.campaign_new, "campaign.declare", "counts", "write"),
    page("campaigns/new/count", declaring.campaign_count, "campaign.declare", "counts", "none"),
    page("campaigns/<int:campaign_id>", campaigns.campaign, "campaign.read", "counts", "none"),
    page("campaigns/<int:campaign_id>/act", campaigns.campaign_act, "campaign.declare", "counts", "write"),
    page(
        "campaigns/<int:campaign_id>/freezing", campaigns.freeze_progress, "campaign.read", "counts", "none"
    ),
    page("rounds/<int:round_id>/assign", assigning.assign, "target.assign", "names", "look"),
    page("rounds/<int:round_id>/assign/act", assigning.assign_act, "target.assign", "names", "write"),
    page("rounds/<int:round_id>/doors", doors.round_doors, "target.read", "names", "look"),
    page("rounds/<int:round_id>/doors/assign", doors.doors_assign, "target.assign", "names", "write"),
    page("rounds/<int:round_id>/doors/away", doors.doors_away, "target.assign", "names", "write"),
    page("rounds/<int:round_id>/doors/back", doors.doors_back, "target.hand_back", "names", "write"),
    page("register/doors/<int:run_id>/undo", doors.doors_undo, "register.build", "counts", "write"),
    page("register/collectives/new", collectives.collective_new, "register.build", "names", "write"),
    page(
        "register/households/<int:household_id>/roster",
        collectives.roster_add,
        "register.build",
        "personal",
        "write",
    ),
    page(
        "register/households/<int:household_id>/contact/change",
        collectives.contact_change,
        "register.build",
        "personal",
        "write",
    ),
    page("found/new", doors.found_new, "visit.record", "names", "write"),
    page("exemptions", exemptions.exemptions, "target.read", "names", "look"),
    page("exemptions.xlsx", exemptions.exemptions_sheet, "target.read", "names", "look"),
    page("exemptions/decide", exemptions.exemptions_decide, "exemption.decide", "names", "write"),
    page("reminders", reminders.reminders, "coverage.read", "counts", "none"),
    page(
        "reminders/<int:reminder_id>/answer",
        reminders.reminder_answer,
        "reminder.acknowledge",
        "counts",
        "write",
    ),
    page("register/doubles/<int:double_id>/merge", merging.double_merge, "register.merge", "none", "write"),
    page("register/merges/<int:merge_id>/undo", merging.merge_undo, "register.merge", "none", "write"),
]
