"""How permissions are called wherever somebody chooses among them; all marked for translation."""

from collections.abc import Mapping

from bot.core.permissions import Permission
from bot.web.i18n import N_

SCOPES: Mapping[Permission, str] = {
    Permission.CONTACTS_READ: N_("See contacts"),
    Permission.CONTACTS_EDIT: N_("Edit contacts"),
    Permission.CONTACTS_IMPORT: N_("Import contacts"),
    Permission.CONTACTS_EXPORT: N_("Export contacts"),
    Permission.MESSAGES_READ: N_("Read messages"),
    Permission.MESSAGES_SEND: N_("Send messages"),
    Permission.INBOX_MANAGE: N_("Manage labels and saved replies"),
    Permission.POINTS_READ: N_("See points"),
    Permission.POINTS_POST: N_("Give and redeem points"),
    Permission.POINTS_MANAGE: N_("Manage programmes of points"),
    Permission.BUNDLES_READ: N_("See bundles"),
    Permission.BUNDLES_PUBLISH: N_("Publish bundles"),
    Permission.ACCOUNTS_READ: N_("See accounts"),
    Permission.ACCOUNTS_MANAGE: N_("Manage accounts"),
    Permission.POSTS_MANAGE: N_("See what providers posted, and decide on what failed"),
    Permission.JOBS_MANAGE: N_("Manage jobs"),
    Permission.USERS_MANAGE: N_("Manage users, and everybody's sessions and tokens"),
    Permission.ENDPOINTS_MANAGE: N_("Let other programs be told of what happens"),
    Permission.TOKENS_OWN: N_("Make and revoke tokens"),
    Permission.AUDIT_READ: N_("Read the audit log"),
    Permission.SYSTEM_MANAGE: N_("Run and examine the server"),
}
