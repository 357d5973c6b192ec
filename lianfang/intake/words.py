"""What kinds of records and where they came from are called on screen."""

from django.utils.translation import gettext_lazy as _

SOURCES = {"desk": _("桌面"), "phone": _("手机"), "file": _("文件")}
KINDS = {
    "visit": _("上门登记"),
    "household": _("现场新增的户"),
    "person": _("个人信息更正"),
    "photo": _("照片"),
    "dial": _("拨打"),
    "list_call": _("名单拨打结果"),
    "list_answer": _("名单核查结果"),
    "exemption": _("核减申请"),
}
