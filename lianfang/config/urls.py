"""All addresses. Each room declares its own, with permission, scope, sensitivity and audit kind."""

from django.urls import include, path

from lianfang.core import views as core_views

urlpatterns = [
    path("", include("lianfang.core.urls")),
    path("", include("lianfang.accounts.urls")),
    path("", include("lianfang.areas.urls")),
    path("", include("lianfang.register.urls")),
    path("", include("lianfang.reports.urls")),
    path("", include("lianfang.campaigns.urls")),
    path("", include("lianfang.workforce.urls")),
    path("", include("lianfang.verification.urls")),
    path("", include("lianfang.intake.urls")),
    path("", include("lianfang.demo.urls")),
    path("", include("lianfang.sync.urls")),
]
handler400 = core_views.bad_request
handler403 = core_views.denied
handler404 = core_views.not_found
handler500 = core_views.failed
