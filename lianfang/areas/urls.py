from functools import partial

from lianfang.areas import views
from lianfang.core.routes import route

manage = partial(route, permission="area.load", scope="actor", sensitivity="none")

urlpatterns = [
    manage("administration/areas", views.tree, name="area_tree", audit="none"),
    manage("administration/areas.csv", views.sheet, name="area_sheet", audit="none"),
    manage("administration/areas/add", views.add, name="area_add", audit="write"),
    manage("administration/areas/rename", views.rename, name="area_rename", audit="write"),
    manage("administration/areas/load", views.load, name="area_load", audit="write"),
]
