"""How roles and states are called on the administrators' pages; all marked for translation."""

from collections.abc import Mapping

from bot.users.service import Role, UserStatus
from bot.web.i18n import N_

ROLES: Mapping[str, str] = {
    Role.VIEWER: N_("Viewer"),
    Role.EDITOR: N_("Editor"),
    Role.ADMIN: N_("Administrator"),
}
MAY: Mapping[str, str] = {
    Role.VIEWER: N_("Sees contacts, messages, bundles and accounts."),
    Role.EDITOR: N_("Also answers people and edits contacts."),
    Role.ADMIN: N_("Also sees to users, accounts, bundles and the server."),
}
STATUSES: Mapping[str, str] = {
    UserStatus.ACTIVE: N_("Active"),
    UserStatus.INVITED: N_("Invited"),
    UserStatus.DISABLED: N_("Disabled"),
    UserStatus.DELETED: N_("Deleted"),
}
KINDS: Mapping[str, str] = {UserStatus.ACTIVE: "good", UserStatus.INVITED: "warn", UserStatus.DISABLED: "danger"}
"""With which colour a status is shown."""
