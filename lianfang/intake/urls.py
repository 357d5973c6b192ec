"""The one door for records. Whoever records visits enters them; what could not be filed is settled by who leads."""

from lianfang.core.routes import route
from lianfang.intake import api
from lianfang.intake.views import held, living, visiting

_HOUSEHOLD = "visits/households/<int:household_id>"

urlpatterns = [
    route(
        _HOUSEHOLD,
        visiting.visit,
        name="visit",
        permission="visit.record",
        scope="actor",
        sensitivity="personal",
        audit="look",
    ),
    route(
        f"{_HOUSEHOLD}/exemption",
        visiting.ask_exemption,
        name="visit_exemption",
        permission="exemption.request",
        scope="actor",
        sensitivity="personal",
        audit="write",
    ),
    route(
        "register/households/<int:household_id>/life/<slug:what>",
        living.life_form,
        name="life_form",
        permission="register.life",
        scope="actor",
        sensitivity="personal",
        audit="look",
    ),
    route(
        "register/households/<int:household_id>/life/<uuid:event>/undo",
        living.life_undo,
        name="life_undo",
        permission="register.life",
        scope="actor",
        sensitivity="personal",
        audit="write",
    ),
    route(
        "api/v1/intake/operations",
        api.operations,
        name="intake_operations",
        permission="visit.record",
        scope="actor",
        sensitivity="personal",
        audit="write",
    ),
    route(
        "held",
        held.held,
        name="held",
        permission="intake.settle",
        scope="actor",
        sensitivity="personal",
        audit="look",
    ),
    route(
        "held/<uuid:op_id>",
        held.one,
        name="held_one",
        permission="intake.settle",
        scope="actor",
        sensitivity="personal",
        audit="look",
    ),
]
