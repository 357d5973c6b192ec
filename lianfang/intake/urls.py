"""The one door for records. Whoever records visits enters them; what could not be filed is settled by who leads."""

from lianfang.core.routes import page, route
from lianfang.intake import api
from lianfang.intake.views import conflicts, entry, entry_blocks, exempting, held, living, papers, visiting

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
        exempting.ask_exemption,
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
    page("papers", papers.papers_here, "visit.record", "none", "none"),
    page("papers/<str:code>", papers.papers, "visit.record", "names", "look"),
    page("papers/one/<uuid:paper_id>", papers.paper, "visit.record", "personal", "look"),
    page("papers/one/<uuid:paper_id>/picture", papers.paper_picture, "visit.record", "personal", "look"),
    page("papers/one/<uuid:paper_id>/drop", papers.paper_drop, "visit.record", "none", "write"),
    page("papers/one/<uuid:paper_id>/bring-back", papers.paper_bring_back, "visit.record", "none", "write"),
    route(
        "api/v1/intake/operations",
        api.operations,
        name="intake_operations",
        permission="visit.record",
        scope="actor",
        sensitivity="personal",
        audit="write",
    ),
    page("entry", entry.entry, "visit.record", "personal", "look"),
    page("entry/draft", entry.entry_draft, "visit.record", "personal", "write"),
    page("entry/paste", entry_blocks.entry_paste, "visit.record", "personal", "write"),
    page("entry/sheet", entry_blocks.entry_sheet, "visit.record", "personal", "write"),
    page("entry/returned", entry_blocks.entry_returned, "visit.record", "personal", "write"),
    page("entry/file", entry.entry_file, "visit.record", "personal", "write"),
    page("entry/discard", entry.entry_discard, "visit.record", "personal", "write"),
    page("entry/restore", entry.entry_restore, "visit.record", "personal", "write"),
    route(
        "held",
        held.held,
        name="held",
        permission="intake.settle",
        scope="actor",
        sensitivity="personal",
        audit="look",
    ),
    page("held/conflicts/<int:conflict_id>", conflicts.conflict_settle, "intake.settle", "none", "write"),
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
