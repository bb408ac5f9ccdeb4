"""What each command needs of who runs it.

Whoever has a terminal at the server may do everything; pages and operations of the API that do the same name the same
permissions.
"""

from collections.abc import Mapping
from types import MappingProxyType

from bot.core.permissions import Permission

NEEDS: Mapping[str, Permission | None] = MappingProxyType(
    {
        "run": Permission.SYSTEM_MANAGE,
        "worker": Permission.SYSTEM_MANAGE,
        "migrate": Permission.SYSTEM_MANAGE,
        "doctor": Permission.SYSTEM_MANAGE,
        "chat": Permission.MESSAGES_SEND,
        "send": Permission.MESSAGES_SEND,
        "messages list": Permission.MESSAGES_READ,
        "why": Permission.MESSAGES_READ,
        "contacts list": Permission.CONTACTS_READ,
        "contacts show": Permission.CONTACTS_READ,
        "contacts set": Permission.CONTACTS_EDIT,
        "contacts tag": Permission.CONTACTS_EDIT,
        "contacts untag": Permission.CONTACTS_EDIT,
        "contacts export": Permission.CONTACTS_EXPORT,
        "contacts import": Permission.CONTACTS_IMPORT,
        "contacts resume": Permission.MESSAGES_SEND,
        "contacts merge": Permission.CONTACTS_EDIT,
        "contacts unmerge": Permission.CONTACTS_EDIT,
        "contacts duplicates": Permission.CONTACTS_EDIT,
        "flows list": Permission.BUNDLES_READ,
        "flows show": Permission.BUNDLES_READ,
        "flows load": Permission.BUNDLES_PUBLISH,
        "flows archive": Permission.BUNDLES_PUBLISH,
        "accounts list": Permission.ACCOUNTS_READ,
        "accounts add": Permission.ACCOUNTS_MANAGE,
        "accounts test": Permission.ACCOUNTS_MANAGE,
        "accounts pause": Permission.ACCOUNTS_MANAGE,
        "accounts resume": Permission.ACCOUNTS_MANAGE,
        "accounts remove": Permission.ACCOUNTS_MANAGE,
        "accounts templates": Permission.ACCOUNTS_MANAGE,
        "accounts rotate": Permission.ACCOUNTS_MANAGE,
        "webhooks list": Permission.POSTS_MANAGE,
        "webhooks show": Permission.POSTS_MANAGE,
        "webhooks replay": Permission.POSTS_MANAGE,
        "jobs list": Permission.JOBS_MANAGE,
        "jobs show": Permission.JOBS_MANAGE,
        "jobs cancel": Permission.JOBS_MANAGE,
        "jobs retry": Permission.JOBS_MANAGE,
        "endpoints list": Permission.ENDPOINTS_MANAGE,
        "endpoints add": Permission.ENDPOINTS_MANAGE,
        "endpoints test": Permission.ENDPOINTS_MANAGE,
        "endpoints deliveries": Permission.ENDPOINTS_MANAGE,
        "endpoints resend": Permission.ENDPOINTS_MANAGE,
        "endpoints roll": Permission.ENDPOINTS_MANAGE,
        "endpoints pause": Permission.ENDPOINTS_MANAGE,
        "endpoints resume": Permission.ENDPOINTS_MANAGE,
        "endpoints disable": Permission.ENDPOINTS_MANAGE,
        "endpoints enable": Permission.ENDPOINTS_MANAGE,
        "endpoints delete": Permission.ENDPOINTS_MANAGE,
        "users add": Permission.USERS_MANAGE,
        "users list": Permission.USERS_MANAGE,
        "users show": Permission.USERS_MANAGE,
        "users role": Permission.USERS_MANAGE,
        "users disable": Permission.USERS_MANAGE,
        "users reset": Permission.USERS_MANAGE,
        "users delete": Permission.USERS_MANAGE,
        "users restore": Permission.USERS_MANAGE,
        "users sessions": Permission.USERS_MANAGE,
        "tokens add": Permission.USERS_MANAGE,
        "tokens list": Permission.USERS_MANAGE,
        "tokens revoke": Permission.USERS_MANAGE,
        "audit list": Permission.AUDIT_READ,
        "audit export": Permission.AUDIT_READ,
        # These touch files of whoever types them, and nothing that is kept.
        "init": None,
        "flows check": None,
        "completion": None,
    }
)
"""By command the permission; None where it needs none."""
