"""Pages that exist in a demonstration only."""

from lianfang.core.routes import SIGNED_IN, route
from lianfang.demo import views

urlpatterns = [
    route(
        "demo/beside",
        views.beside,
        name="demo_beside",
        permission=SIGNED_IN,
        scope="actor",
        sensitivity="none",
        audit="none",
    ),
    route(
        "demo/beside/invitation",
        views.invitation,
        name="demo_invitation",
        permission=SIGNED_IN,
        scope="actor",
        sensitivity="none",
        audit="write",
    ),
]
