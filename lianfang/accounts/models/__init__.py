from lianfang.accounts.models.accounts import Grant, Role, User
from lianfang.accounts.models.devices import Device, EnrolTry, Invitation, Newcomer

__all__ = ["Device", "EnrolTry", "Grant", "Invitation", "Newcomer", "Role", "User"]
