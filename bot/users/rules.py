"""Who may do what: the one table, for commands, pages and operations alike. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from bot.core.permissions import Permission

USUAL_RATE = 1200
"""Requests a minute of a token for which nobody said another number."""


class Role(StrEnum):
    """What somebody is to us; each may do what those before it may."""

    VIEWER = "VIEWER"
    """Sees."""
    EDITOR = "EDITOR"
    """Also answers, and edits contacts."""
    ADMIN = "ADMIN"
    """Also decides who else may do what, and through which accounts and bundles the bot speaks."""

    __hash__ = str.__hash__


class UserStatus(StrEnum):
    """How a user stands."""

    INVITED = "invited"
    """Has neither a password nor a provider yet."""
    ACTIVE = "active"
    DISABLED = "disabled"
    DELETED = "deleted"


class TokenStatus(StrEnum):
    """What a token is worth."""

    GOOD = "good"
    OVER = "over"
    REVOKED = "revoked"
    OWNER_DISABLED = "owner_disabled"
    """Nothing until its owner is let in again."""


LEAST_ROLE: Mapping[Permission, Role] = MappingProxyType(
    {
        Permission.CONTACTS_READ: Role.VIEWER,
        Permission.CONTACTS_EDIT: Role.EDITOR,
        Permission.CONTACTS_IMPORT: Role.ADMIN,
        Permission.CONTACTS_EXPORT: Role.ADMIN,
        Permission.MESSAGES_READ: Role.VIEWER,
        Permission.MESSAGES_SEND: Role.EDITOR,
        Permission.INBOX_MANAGE: Role.EDITOR,
        Permission.POINTS_READ: Role.VIEWER,
        Permission.POINTS_POST: Role.EDITOR,
        Permission.POINTS_MANAGE: Role.ADMIN,
        Permission.BUNDLES_READ: Role.VIEWER,
        Permission.BUNDLES_PUBLISH: Role.ADMIN,
        Permission.ACCOUNTS_READ: Role.VIEWER,
        Permission.ACCOUNTS_MANAGE: Role.ADMIN,
        Permission.POSTS_MANAGE: Role.ADMIN,
        Permission.JOBS_MANAGE: Role.ADMIN,
        Permission.ENDPOINTS_MANAGE: Role.ADMIN,
        Permission.USERS_MANAGE: Role.ADMIN,
        Permission.TOKENS_OWN: Role.VIEWER,
        Permission.AUDIT_READ: Role.ADMIN,
        Permission.SYSTEM_MANAGE: Role.ADMIN,
    }
)
"""By permission the least role that has it."""

_RANKS = {role: rank for rank, role in enumerate(Role)}
_PERMISSIONS = {
    role: frozenset(each for each, least in LEAST_ROLE.items() if _RANKS[least] <= _RANKS[role]) for role in Role
}


def permissions_of(role: Role) -> frozenset[Permission]:
    """What a role may do.

    >>> Permission.MESSAGES_SEND in permissions_of(Role.VIEWER)
    False
    """
    return _PERMISSIONS[role]
