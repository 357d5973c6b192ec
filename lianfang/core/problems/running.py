"""Starting and running the server."""

from __future__ import annotations

from lianfang.core.problems.words import N_

PROBLEMS: dict[str, tuple[int, str]] = {
    "start.port_taken": (
        500,
        N_("端口 {port} 已被占用。请先停掉占用它的程序，或用 LIANFANG_PORT 换一个端口。"),
    ),
    "start.disk_full": (500, N_("磁盘空间不足：{path} 只剩 {free}MB，至少要 200MB。请清理后再启动。")),
    "start.database_unreachable": (
        500,
        N_("连不上数据库：{detail}。请检查 LIANFANG_DATABASE_URL 和数据库是否在运行。"),
    ),
    "start.keys_missing": (
        500,
        N_("缺少密钥文件 {name}。请从备份恢复密钥目录，不要新建：新密钥读不了旧数据。"),
    ),
    "start.home_unusable": (
        500,
        N_("目录 {path} 不能用：{detail}。请检查权限，或用 LIANFANG_HOME 换一个目录。"),
    ),
    "start.postgres_failed": (500, N_("内置的 PostgreSQL 起不来：{detail}。详情在 log/postgres.log。")),
    "start.postgres_version": (
        500,
        N_(
            "数据目录是 PostgreSQL {made_by} 建的，现有程序是 {binaries}。请用 {made_by} 的程序（LIANFANG_PG_BIN）启动并导出数据。"
        ),
    ),
    "start.app_role_too_strong": (
        500,
        N_(
            "数据库角色 {role} 权限过大，行级隔离会失效。请收回它的超级用户、BYPASSRLS、建库建角色权限和所有者身份。"
        ),
    ),
    "start.app_role_refused": (
        500,
        N_(
            "数据库角色 {role} 登录不了：{detail}。请从备份恢复 keys/app_password，或把该角色的密码改成文件里的。"
        ),
    ),
    "start.migration_failed": (500, N_("数据表升级没有做完：{detail}。数据没有丢，请先处理原因再启动。")),
    "start.server_failed": (500, N_("网页服务起不来：{detail}。详情在 {log}。")),
    "start.no_certificate": (
        500,
        N_("还没有证书 {path}。请先运行 lianfang certificate 加上本机的名字或地址。"),
    ),
    "start.not_a_demo": (409, N_("{path} 里已有真实数据，不能用来演示。请用 LIANFANG_HOME 换一个空目录。")),
    "start.demo_outside": (
        409,
        N_("只有内置数据库里的演示数据能重新装载。请先清空 LIANFANG_DATABASE_URL 指向的数据库。"),
    ),
    "phone.not_built": (404, N_("这台服务器上还没有手机端。请运行 make setup，或安装带手机端的安装包。")),
    "http.not_found": (404, N_("没有这个页面。请从左边的菜单进入。")),
    "http.failed": (500, N_("系统出错了，刚才的操作没有保存。请再试一次；仍不行，请把时间告诉数据专员。")),
    "http.bad_request": (400, N_("提交的内容不完整：{detail}。请返回检查后再交。")),
    "http.csrf": (403, N_("页面放得太久了，请刷新后再提交。")),
}
