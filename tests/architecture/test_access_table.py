"""Who may open which page. One line a route: a new route is not done until it stands here.

Every role asks for every route with GET. What the middleware refuses comes back as `access.denied`, before the view
runs; everything else (a list, 404 for an invented id, 405 for a POST) means that the role may.
"""

import re
import uuid

import pytest

from lianfang.accounts.models import Role
from lianfang.accounts.rules import require_known_permissions
from lianfang.core import clock
from lianfang.core.gate import is_for_phones
from lianfang.core.routes import PUBLIC, every_route, require_declarations
from tests import world as cast

EVERYBODY = frozenset({"anonymous", *Role.values})  # nobody needs to be signed in
ALL = frozenset(Role.values)
LEADS = frozenset({Role.COUNTY_LEAD, Role.DATA_OFFICER, Role.TOWNSHIP_LEAD, Role.VILLAGE_LEAD})
COUNTY = frozenset({Role.COUNTY_LEAD, Role.DATA_OFFICER})
OFFICER = frozenset({Role.DATA_OFFICER})
AUDITOR = frozenset({Role.AUDITOR})
FIELD = LEADS | {Role.GRID_WORKER}  # who records visits
PHONES: frozenset[str] = frozenset()  # phones with their own key: nobody who sits at a desk
NAMES = FIELD | {Role.INSPECTOR}  # who sees residents: never the auditor, who watches those who do

ACCESS: dict[str, frozenset[str]] = {
    # core
    "healthz": EVERYBODY,
    "looks": EVERYBODY,
    "trust": EVERYBODY,
    "trust_certificate": EVERYBODY,
    "phone_app": EVERYBODY,
    "phone_app_file": EVERYBODY,
    # accounts
    "first_run": EVERYBODY,
    "login": EVERYBODY,
    "logout": EVERYBODY,
    "demo_login": EVERYBODY,
    "language": EVERYBODY,
    "me": ALL,
    "choose_areas": ALL,
    "administration": OFFICER,
    "accounts_sheet": OFFICER,
    "account_add": OFFICER,
    "account": OFFICER,
    "account_password": OFFICER,
    "grant_end": OFFICER,
    "audit": AUDITOR,
    "audit_sheet": AUDITOR,
    "device_enrol": EVERYBODY,
    "device_ticket": EVERYBODY,
    "device_forgotten": PHONES,
    "devices": LEADS,
    "devices_sheet": LEADS,
    "device_invite": LEADS,
    "invitation": LEADS,
    "invitation_state": LEADS,
    "invitation_withdraw": LEADS,
    "device": LEADS,
    "device_act": LEADS,
    # demo: 404 elsewhere
    "demo_beside": ALL,
    "demo_invitation": ALL,
    # areas
    "area_tree": OFFICER,
    "area_sheet": OFFICER,
    "area_add": OFFICER,
    "area_rename": OFFICER,
    "area_load": OFFICER,
    "area_changes": OFFICER,
    "area_change_plan": OFFICER,
    "area_change": OFFICER,
    "area_change_sheet": OFFICER,
    "area_change_act": OFFICER,
    "area_divide": OFFICER,
    "area_divide_act": OFFICER,
    # register
    "register": NAMES,
    "register_sheet": FIELD,
    "household": NAMES,
    "register_changes": NAMES,
    "person_life": NAMES,
    "register_changes_sheet": FIELD,
    "life_form": frozenset({Role.VILLAGE_LEAD, Role.DATA_OFFICER}),
    "life_undo": frozenset({Role.VILLAGE_LEAD, Role.DATA_OFFICER}),
    "person_reveal": LEADS,
    "find": NAMES,
    "find_outside": NAMES,
    "contact_reveal": LEADS,
    "doors_new": LEADS,
    "doors_preview": LEADS,
    "register_load": OFFICER,
    "unread_addresses": OFFICER,
    "unread_sheet": OFFICER,
    "files_sheet": OFFICER,
    "unread_settle": OFFICER,
    "register_file": OFFICER,
    "register_file_progress": OFFICER,
    "register_file_act": OFFICER,
    "register_file_raw": OFFICER,
    "register_file_columns": OFFICER,
    "register_file_columns_save": OFFICER,
    "register_file_marked": OFFICER,
    "doubles": LEADS,
    "doubles_sheet": LEADS,
    "doubles_search": LEADS,
    "doubles_progress": LEADS,
    "double": LEADS,
    "double_decide": LEADS,
    # workforce
    "people": ALL,
    "workers": ALL,
    "workers_sheet": ALL,
    "worker_new": LEADS,
    "duty_new": LEADS,
    "duty_end": LEADS,
    "dial": NAMES,
    "shifts": LEADS,
    "shift_open": LEADS,
    "shift": LEADS,
    "shift_asking": LEADS,
    "shift_news": LEADS,
    "shift_decide": LEADS,
    "shift_act": LEADS,
    # campaigns
    "doors_undo": LEADS,
    "collective_new": LEADS,
    "roster_add": LEADS,
    "contact_change": LEADS,
    "double_merge": LEADS,
    "merge_undo": LEADS,
    "orders": ALL,
    "order_new": COUNTY,
    "order": ALL,
    "order_sign": LEADS,
    "emergency_open": frozenset({Role.COUNTY_LEAD}),
    "emergency": ALL,
    "emergency_act": COUNTY,
    "forms": ALL,
    "forms_sheet": ALL,
    "form": ALL,
    "form_version": ALL,
    "form_phone": ALL,
    "form_new": COUNTY,
    "form_copy": COUNTY,
    "form_draft": COUNTY,
    "form_draft_check": COUNTY,
    "form_draft_act": COUNTY,
    "campaigns": ALL,
    "campaign_new": COUNTY,
    "campaign_count": COUNTY,
    "campaign": ALL,
    "campaign_act": COUNTY,
    "freeze_progress": ALL,
    "assign": LEADS,
    "assign_act": LEADS,
    "round_doors": NAMES,
    "doors_assign": LEADS,
    "doors_away": LEADS,
    "doors_back": frozenset({Role.GRID_WORKER}),
    "found_new": FIELD,
    "exemptions": NAMES,
    "exemptions_sheet": NAMES,
    "exemptions_decide": LEADS,
    "reminders": ALL,
    "reminder_answer": FIELD,
    # intake
    "papers_here": FIELD,
    "papers": FIELD,
    "paper": FIELD,
    "paper_picture": FIELD,
    "paper_drop": FIELD,
    "paper_bring_back": FIELD,
    "entry": FIELD,
    "entry_draft": FIELD,
    "entry_paste": FIELD,
    "entry_sheet": FIELD,
    "entry_returned": FIELD,
    "entry_file": FIELD,
    "entry_discard": FIELD,
    "entry_restore": FIELD,
    "visit": FIELD,
    "visit_exemption": FIELD,
    "intake_operations": FIELD,
    "sync_push": PHONES,
    "sync_settled": PHONES,
    "sync_handover": EVERYBODY,
    "handover": FIELD,
    "sync_pull": PHONES,
    "lists_claim": PHONES,
    "held": LEADS,
    "held_one": LEADS,
    "conflict_settle": LEADS,
    # reports
    "today": ALL,
    "today_saved": ALL,
    "doors": NAMES,
    "coverage": ALL,
    "coverage_numbers": ALL,
    "coverage_names": NAMES,
    "coverage_sheet": ALL,
    "coverage_names_sheet": NAMES,
    "close": ALL,
    "close_area": ALL,
    "close_phones": ALL,
    "close_sign": LEADS,
    "close_revise": LEADS,
    "close_recount": LEADS,
    "day_sheet": ALL,
    "mop_up_sheet": NAMES,
    "recheck": NAMES,
    "recheck_record": COUNTY | {Role.TOWNSHIP_LEAD, Role.INSPECTOR},
    "owed": ALL,
    "owed_of": ALL,
    "figures": ALL,
    "figures_of": ALL,
    "figures_sheet": ALL,
    "figure_page": ALL,
    "figure_questions": ALL,
    "figure_names": NAMES,
    "figure_names_sheet": NAMES,
    "department_tables": ALL,
    "department_tables_sheet": ALL,
    "table_upload": COUNTY,
    "department_table": ALL,
    "table_progress": ALL,
    "table_columns": COUNTY,
    "table_confirm": COUNTY,
    "table_question": COUNTY,
    "table_template": COUNTY,
    "table_approve": COUNTY,
    "table_act": COUNTY,
    "table_fill": LEADS,
    "table_filling": LEADS,
    "table_ask": COUNTY,
    "asked": ALL,
    "asked_of": ALL,
    "walk_sheet": FIELD,
    "walk_excel": FIELD,
    # verification: a village and its workers see their own rows, the county the list
    "lists": FIELD,
    "lists_sheet": FIELD,
    "list_new": COUNTY,
    "list_mine": FIELD,
    "list_mine_sheet": FIELD,
    "list_objections": FIELD,
    "list_objections_sheet": FIELD,
    "list_columns": COUNTY,
    "list_letter": COUNTY,
    "list_give": LEADS,
    "list_confirm": LEADS,
    "list_reminder": FIELD,
    "list_urgent": FIELD,
    "list_one": FIELD,
    "list_act": COUNTY,
    "list_returned": COUNTY,
    "list_summary": COUNTY,
    "list_sign": FIELD,
    "list_rows": FIELD,
    "list_rows_sheet": FIELD,
    "list_decide": COUNTY,
    "list_desk": LEADS,
    "list_desk_sheet": LEADS,
    "list_row": FIELD,
    "list_row_decide": COUNTY,
    "list_row_place": LEADS,
    "list_row_ring": FIELD,
    "list_row_act": FIELD,
    "list_row_confirm": LEADS,
}

PEOPLE = {  # one of the cast for each role
    Role.COUNTY_LEAD: "刘志远",
    Role.DATA_OFFICER: "周敏",
    Role.TOWNSHIP_LEAD: "戴春燕",
    Role.VILLAGE_LEAD: "邓永福",
    Role.GRID_WORKER: "王小红",
    Role.INSPECTOR: "瞿敏",
    Role.AUDITOR: "申志文",
}
INVENTED = {
    "int": "999999999",
    "str": "430581107221",
    "slug": "nobody",
    "uuid": str(uuid.UUID(int=7)),
    "path": "nowhere",
}


def routes():
    return {
        view.declared.name: (address, view.declared)
        for address, view in every_route()
        if hasattr(view, "declared")
    }


def url(address):
    """The address with something of the right kind in each place."""
    filled = re.sub(r"<(?:(\w+):)?\w+>", lambda match: INVENTED.get(match[1] or "str", "1"), address)
    return "/" + filled.lstrip("^").rstrip("$").replace("\\Z", "")


def test_every_route_stands_in_the_table_and_nothing_else_does():
    declared = set(routes())
    assert declared - set(ACCESS) == set(), "routes that the table does not name"
    assert set(ACCESS) - declared == set(), "lines of the table without a route"


def test_what_phones_call_passes_the_gate_and_nothing_else_does():
    of_phones = {name for name, (_, declared) in routes().items() if declared.device}
    let_through = {name for name, (address, _) in routes().items() if is_for_phones(url(address))}
    assert of_phones - let_through == set()
    assert {name for name in let_through - of_phones if ACCESS[name] != EVERYBODY} == set()


def test_no_two_routes_share_a_name():
    names = [view.declared.name for _, view in every_route() if hasattr(view, "declared")]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("who", ["anonymous", *Role.values])
def test_each_role_gets_exactly_what_the_table_says(who, client, db):
    world = cast.build()
    if who != "anonymous":
        client.force_login(world.users[PEOPLE[who]])
    wrong = []
    with clock.frozen(cast.TONIGHT):
        for name, (address, _) in routes().items():
            may = was_let_in(client.get(url(address), headers={"Accept": "application/json"}))
            if may != (who in ACCESS.get(name, ())):
                wrong.append(f"{who} {'may' if may else 'may not'} {name}")
    assert wrong == []


def was_let_in(response):
    if response.status_code == 302 and response["Location"].startswith("/login?next="):
        return False
    if response.status_code == 401:
        return False
    if response.status_code == 403:
        return response.json()["code"] not in ("access.denied", "access.no_role")
    return True


def test_an_account_without_a_running_role_gets_only_what_everybody_gets(client, db):
    world = cast.build()
    client.force_login(world.users["周敏"])
    wrong = []
    with clock.frozen(cast.TONIGHT + cast.dt.timedelta(days=400)):
        for name, (address, _) in routes().items():
            if was_let_in(client.get(url(address), headers={"Accept": "application/json"})) != (
                ACCESS.get(name) == EVERYBODY
            ):
                wrong.append(name)
    assert wrong == []


def test_a_route_that_declares_nothing_stops_the_server(settings):
    settings.ROOT_URLCONF = "tests.architecture.undeclared_urls"
    with pytest.raises(Exception, match="forgotten"):
        require_declarations()


def test_a_route_that_declares_nothing_answers_nobody(client, db, settings):
    world = cast.build()
    client.force_login(world.users["周敏"])
    settings.ROOT_URLCONF = "tests.architecture.undeclared_urls"
    response = client.get("/forgotten", headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["code"]) == (403, "access.denied")


def test_a_permission_that_no_role_has_stops_the_server(settings):
    settings.ROOT_URLCONF = "tests.architecture.unknown_permission_urls"
    with pytest.raises(LookupError, match=r"people\.spy"):
        require_known_permissions()


def test_the_server_starts_with_the_routes_it_has():
    require_declarations()
    require_known_permissions()


def test_who_sees_names_is_recorded():
    """A page that shows residents or staff by name writes who looked, or what was done."""
    silent = [
        name
        for name, (_, declared) in routes().items()
        if declared.sensitivity in ("names", "personal") and declared.audit == "none"
    ]
    assert silent == []


def test_a_public_route_reads_no_scoped_table_and_shows_nobody():
    loose = [
        name
        for name, (_, declared) in routes().items()
        if declared.permission == PUBLIC and (declared.scope != "none" or declared.sensitivity != "none")
    ]
    assert loose == []
