from functools import partial

from lianfang.areas import views
from lianfang.areas.changes import views as changes
from lianfang.core.routes import route

manage = partial(route, permission="area.load", scope="actor", sensitivity="none")
_CHANGE = "administration/areas/changes/<int:adjustment_id>"
_DIVIDE = "administration/areas/divide/<str:code>"

urlpatterns = [
    manage("administration/areas", views.tree, name="area_tree", audit="none"),
    manage("administration/areas.csv", views.sheet, name="area_sheet", audit="none"),
    manage("administration/areas/add", views.add, name="area_add", audit="write"),
    manage("administration/areas/rename", views.rename, name="area_rename", audit="write"),
    manage("administration/areas/load", views.load, name="area_load", audit="write"),
    manage("administration/areas/changes", changes.changes, name="area_changes", audit="none"),
    manage("administration/areas/changes/plan", changes.plan, name="area_change_plan", audit="write"),
    manage(_CHANGE, changes.change, name="area_change", audit="none"),
    manage(f"{_CHANGE}.xlsx", changes.change_sheet, name="area_change_sheet", audit="none"),
    manage(f"{_CHANGE}/act", changes.change_act, name="area_change_act", audit="write"),
    manage(_DIVIDE, changes.divide, name="area_divide", audit="none"),
    manage(f"{_DIVIDE}/act", changes.divide_act, name="area_divide_act", audit="write"),
]
