"""What the codes of the audit trail are called on screen. A code without a word is shown as it is."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "account.add": _("开账号"),
    "account.bad_password": _("密码输错"),
    "account.change_password": _("改自己的密码"),
    "account.choose_areas": _("选定辖区"),
    "account.end_grant": _("收回岗位"),
    "account.grant": _("给岗位"),
    "account.reset_password": _("重置密码"),
    "account.sign_in": _("登录"),
    "area.add": _("新增辖区"),
    "area.load": _("载入区划"),
    "area.rename": _("辖区改名"),
    "assignment.end": _("结束责任"),
    "assignment.make": _("定责任人"),
    "assignment.make_many": _("成批定责任人"),
    "audit.download": _("下载查看记录"),
    "exemption.decide": _("审批核减"),
    "exemption.request": _("申请核减"),
    "look": _("查看"),
    "refused": _("被拒绝"),
    "round.freeze": _("冻结底数"),
    "visit.record": _("登记上门"),
    "worker.dial": _("拨打"),
}


def word_of(action: str, kind: str) -> str:
    """查看 register, 给岗位, … A look says at what."""
    word = ACTIONS.get(action)
    if word is None:
        return action
    return f"{word} {kind}" if action in ("look", "refused") else str(word)
