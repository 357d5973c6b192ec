from lianfang.core import views
from lianfang.core.routes import PUBLIC, route

urlpatterns = [
    route(
        "healthz",
        views.healthz,
        name="healthz",
        permission=PUBLIC,
        scope="none",
        sensitivity="none",
        audit="none",
    ),
    route(
        "looks", views.looks, name="looks", permission=PUBLIC, scope="none", sensitivity="none", audit="none"
    ),
]
