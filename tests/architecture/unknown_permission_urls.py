"""The addresses of the desk with one that asks for a permission which no role has."""

from django.http import HttpRequest, HttpResponse

from lianfang.config.urls import urlpatterns as declared
from lianfang.core.routes import route


def spy(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [
    *declared,
    route("spy", spy, name="spy", permission="people.spy", scope="none", sensitivity="none", audit="none"),
]
