from functools import partial

from lianfang.accounts.devices import api
from lianfang.accounts.views import administration, devices, signing_in, trail
from lianfang.core.routes import PUBLIC, SIGNED_IN, page, route

public = partial(route, permission=PUBLIC, scope="none", sensitivity="none")
manage = partial(route, permission="account.manage", scope="actor", sensitivity="names")
watch = partial(route, permission="audit.read", scope="actor", sensitivity="names")
phones = partial(route, scope="none", sensitivity="none", audit="write")

urlpatterns = [
    public("first-run", signing_in.first_run, name="first_run", audit="none"),
    public("login", signing_in.login, name="login", audit="write"),
    public("logout", signing_in.logout, name="logout", audit="write"),
    public("demo/login", signing_in.demo_login, name="demo_login", audit="write"),
    public("language", signing_in.language, name="language", audit="none"),
    route(
        "me",
        signing_in.me,
        name="me",
        permission=SIGNED_IN,
        scope="actor",
        sensitivity="none",
        audit="write",
    ),
    route(
        "me/areas",
        signing_in.choose_areas,
        name="choose_areas",
        permission=SIGNED_IN,
        scope="none",
        sensitivity="none",
        audit="write",
    ),
    manage("administration", administration.accounts, name="administration", audit="look"),
    manage(
        "administration/accounts.xlsx", administration.accounts_sheet, name="accounts_sheet", audit="look"
    ),
    manage("administration/accounts/add", administration.account_add, name="account_add", audit="write"),
    manage("administration/accounts/<int:user_id>", administration.account, name="account", audit="look"),
    manage(
        "administration/accounts/<int:user_id>/password",
        administration.account_password,
        name="account_password",
        audit="write",
    ),
    manage(
        "administration/grants/<int:grant_id>/end", administration.grant_end, name="grant_end", audit="write"
    ),
    phones("api/v1/devices/enrol", api.device_enrol, name="device_enrol", permission=PUBLIC, device=True),
    phones("api/v1/devices/ticket", api.device_ticket, name="device_ticket", permission=PUBLIC, device=True),
    phones(
        "api/v1/devices/forgotten",
        api.device_forgotten,
        name="device_forgotten",
        permission="visit.record",
        device="ended",
    ),
    page("devices", devices.devices, "device.manage", "none", "none"),
    page("devices.xlsx", devices.devices_sheet, "device.manage", "none", "none"),
    page("devices/invite", devices.device_invite, "device.manage", "none", "write"),
    page("devices/invitations/<int:invitation_id>", devices.invitation, "device.manage", "none", "none"),
    page(
        "devices/invitations/<int:invitation_id>/state",
        devices.invitation_state,
        "device.manage",
        "none",
        "none",
    ),
    page(
        "devices/invitations/<int:invitation_id>/withdraw",
        devices.invitation_withdraw,
        "device.manage",
        "none",
        "write",
    ),
    page("devices/<uuid:device_id>", devices.device, "device.manage", "none", "none"),
    page("devices/<uuid:device_id>/act", devices.device_act, "device.manage", "none", "write"),
    watch("audit", trail.audit, name="audit", audit="look"),
    watch("audit.xlsx", trail.audit_sheet, name="audit_sheet", audit="write"),
]
