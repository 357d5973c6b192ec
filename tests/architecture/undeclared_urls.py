"""The addresses of the desk with one that somebody forgot to declare."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from lianfang.config.urls import handler400, handler403, handler404, handler500
from lianfang.config.urls import urlpatterns as declared

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("every name of the county")


urlpatterns = [*declared, path("forgotten", forgotten)]
