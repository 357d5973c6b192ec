"""What the middleware promises every page: one transaction, the scope inside it to the last byte, failures undone,
refusals kept. The pages are made here, so that each promise is seen alone."""

import pytest
from django.db import connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import include, path

from lianfang.areas.models import Area
from lianfang.core import audit, clock
from lianfang.core.models import AuditRow
from lianfang.core.problems import Problem
from lianfang.core.routes import PUBLIC, route
from tests import world as cast
from tests.world import Household


def households():
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from register_household")
        return cursor.fetchone()[0]


def work(request):
    """Renames an area and writes both kinds of audit rows."""
    Area.objects.filter(code="430581107221").update(name="改了名")
    audit.record("test.work", "area", 1, by=request.actor.id)
    audit.survive("test.refusal", "area", 1, by=request.actor.id)


def fine(request):
    work(request)
    return HttpResponse(households())


def broken(request):
    work(request)
    raise RuntimeError("a bug")


def says_500(request):
    work(request)
    return HttpResponse(status=503)


def refuses(request):
    work(request)
    raise Problem("campaigns.already_decided")


def outside(request):
    return HttpResponse(request.scope.within("cn.43.05.81.107.222.").ranges)


def lazy(request):
    """Rendered after the view has returned; the query runs while it renders."""
    template = engines["django"].from_string("{{ counted.all|length }}户")
    return TemplateResponse(request, template, {"counted": Household.objects})


def lazily_broken(request):
    work(request)

    def boom():
        raise RuntimeError("a bug in a template")

    return TemplateResponse(request, engines["django"].from_string("{{ boom }}"), {"boom": boom})


def stream(request):
    """Counts piece by piece, long after the view has returned."""

    def pieces():
        for _ in range(3):
            yield str(households())

    return StreamingHttpResponse(pieces())


def public(request):
    return HttpResponse(households())


def page(name, view, permission="register.read", look="none"):
    scope = "none" if permission == PUBLIC else "actor"
    return route(name, view, name=name, permission=permission, scope=scope, sensitivity="none", audit=look)


urlpatterns = [
    path("", include("lianfang.core.urls")),
    path("", include("lianfang.accounts.urls")),
    page("fine", fine, look="look"),
    page("broken", broken),
    page("says-500", says_500, look="look"),
    page("refuses", refuses),
    page("outside", outside),
    page("lazy", lazy),
    page("lazily-broken", lazily_broken),
    page("stream", stream),
    page("public", public, PUBLIC),
]


@pytest.fixture(scope="module")
def county(committed_module):
    return cast.build()


@pytest.fixture
def world(county, settings):
    settings.ROOT_URLCONF = __name__
    with clock.frozen(cast.TONIGHT):
        yield county
    connection.close()


def signed_in(world, name):
    client = Client(raise_request_exception=False)
    with transaction.atomic():
        client.force_login(world.users[name])
    return client


@pytest.fixture
def village_lead(world):
    return signed_in(world, "邓永福")


def name_now():
    return Area.objects.get(code="430581107221").name


def actions_after(before):
    return list(AuditRow.objects.filter(pk__gt=before).order_by("pk").values_list("action", flat=True))


@pytest.fixture
def before(world):
    return AuditRow.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


@pytest.mark.parametrize("address", ["/broken", "/says-500", "/refuses", "/lazily-broken"])
def test_a_failure_undoes_the_work_and_keeps_what_has_to_survive(village_lead, before, address):
    response = village_lead.get(address)
    assert response.status_code in (409, 500, 503)
    assert name_now() == "杨梅村"
    assert actions_after(before) == ["test.refusal"]


def test_a_page_that_works_commits_its_work_its_row_and_the_look(village_lead, before):
    assert village_lead.get("/fine").content == b"6"
    assert name_now() == "改了名"
    assert sorted(actions_after(before)) == ["look", "test.refusal", "test.work"]
    Area.objects.filter(code="430581107221").update(name="杨梅村")


def test_a_refused_role_is_kept_with_who_and_where(world, before):
    auditor = signed_in(world, "申志文")
    assert auditor.get("/fine").status_code == 403
    row = AuditRow.objects.get(pk__gt=before, action="refused")
    assert (row.actor_id, row.object_id, row.reason) == (world.users["申志文"].pk, "fine", "access.denied")
    assert row.area_path == world.areas["武冈市"].path
    assert name_now() == "杨梅村"


def test_an_area_of_others_is_refused_and_the_refusal_kept(village_lead, before):
    assert village_lead.get("/outside").status_code == 403
    assert AuditRow.objects.get(pk__gt=before, action="refused").reason == "scope.outside"


def test_a_lazy_page_is_rendered_inside_the_scope(village_lead):
    assert village_lead.get("/lazy").content.decode() == "6户"


def test_a_stream_has_the_same_scope_to_its_last_piece(village_lead):
    response = village_lead.get("/stream")
    assert b"".join(response.streaming_content) == b"666"


def test_a_public_page_cannot_read_scoped_tables(world):
    assert Client(raise_request_exception=False).get("/public").status_code == 500


def test_two_requests_on_one_connection_share_no_scope(world):
    assert signed_in(world, "戴春燕").get("/fine").content == b"12"
    Area.objects.filter(code="430581107221").update(name="杨梅村")
    assert Client(raise_request_exception=False).get("/public").status_code == 500
    assert signed_in(world, "王小红").get("/lazy").content.decode() == "3户"


def test_who_is_not_signed_in_is_led_to_the_door_and_back(world):
    response = Client().get("/fine?a=1")
    assert (response.status_code, response["Location"]) == (302, "/login?next=%2Ffine%3Fa%3D1")
