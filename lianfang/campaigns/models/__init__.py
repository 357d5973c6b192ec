from lianfang.campaigns.models.orders import Campaign, Emergency, EmergencyRenewal, Order, OrderReceipt, Round
from lianfang.campaigns.models.targets import Coverage, Exemption, HandBack, Reminder, Target, Task
from lianfang.campaigns.models.visits import Fact, Visit, VisitLine

__all__ = [
    "Campaign",
    "Coverage",
    "Emergency",
    "EmergencyRenewal",
    "Exemption",
    "Fact",
    "HandBack",
    "Order",
    "OrderReceipt",
    "Reminder",
    "Round",
    "Target",
    "Task",
    "Visit",
    "VisitLine",
]
