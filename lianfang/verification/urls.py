"""Lists sent down: taken in, sorted, sent, answered, returned."""

from lianfang.core.routes import page
from lianfang.verification.views import deciding, lists, many, rows, waiting

_LIST = "lists/<int:list_id>"
_ROW = "lists/rows/<int:row_id>"

urlpatterns = [
    page("lists", lists.lists, "list.check", "counts", "none"),
    page("lists.xlsx", lists.lists_sheet, "list.check", "counts", "none"),
    page("lists/new", lists.list_new, "list.take", "none", "write"),
    page("lists/urgent", lists.list_urgent, "list.check", "counts", "none"),
    page("lists/mine", waiting.list_mine, "list.check", "names", "look"),
    page("lists/mine.xlsx", waiting.list_mine_sheet, "list.check", "names", "look"),
    page("lists/objections", waiting.list_objections, "list.check", "personal", "look"),
    page("lists/objections.xlsx", waiting.list_objections_sheet, "list.check", "personal", "look"),
    page("lists/give", many.list_give, "list.confirm", "names", "write"),
    page(_LIST, lists.list_one, "list.check", "counts", "none"),
    page(f"{_LIST}/act", lists.list_act, "list.take", "counts", "write"),
    page(f"{_LIST}/return", lists.list_returned, "list.take", "personal", "look"),
    page(f"{_LIST}/summary", lists.list_summary, "list.take", "counts", "none"),
    page(f"{_LIST}/columns", lists.list_columns, "list.take", "none", "write"),
    page(f"{_LIST}/letter", lists.list_letter, "list.take", "counts", "none"),
    page(f"{_LIST}/sign", lists.list_sign, "list.check", "counts", "write"),
    page(f"{_LIST}/confirm", many.list_confirm, "list.confirm", "names", "write"),
    page(f"{_LIST}/reminder", many.list_reminder, "list.check", "counts", "write"),
    page(f"{_LIST}/rows", rows.list_rows, "list.check", "names", "look"),
    page(f"{_LIST}/rows.xlsx", rows.list_rows_sheet, "list.check", "names", "look"),
    page(f"{_LIST}/decide", deciding.list_decide, "list.take", "personal", "look"),
    page(f"{_LIST}/desk", deciding.list_desk, "list.confirm", "names", "look"),
    page(f"{_LIST}/desk.xlsx", deciding.list_desk_sheet, "list.confirm", "names", "look"),
    page(_ROW, rows.list_row, "list.check", "personal", "look"),
    page(f"{_ROW}/decide", deciding.list_row_decide, "list.take", "personal", "write"),
    page(f"{_ROW}/place", deciding.list_row_place, "list.confirm", "names", "write"),
    page(f"{_ROW}/ring", rows.list_row_ring, "list.check", "personal", "write"),
    page(f"{_ROW}/act", rows.list_row_act, "list.check", "personal", "write"),
    page(f"{_ROW}/confirm", rows.list_row_confirm, "list.confirm", "names", "write"),
]
