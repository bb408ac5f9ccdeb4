"""The one table of who may do what."""

from bot.core.permissions import Permission
from bot.users.rules import LEAST_ROLE, Role, permissions_of


def test_every_permission_has_its_least_role() -> None:
    assert set(LEAST_ROLE) == set(Permission)


def test_each_role_may_do_what_those_before_it_may_and_more() -> None:
    viewer, editor, admin = map(permissions_of, Role)
    assert viewer < editor < admin
    assert admin == set(Permission)


def test_who_only_sees_changes_nothing_of_the_shops() -> None:
    assert permissions_of(Role.VIEWER) == {
        Permission.CONTACTS_READ,
        Permission.MESSAGES_READ,
        Permission.POINTS_READ,
        Permission.BUNDLES_READ,
        Permission.ACCOUNTS_READ,
        Permission.TOKENS_OWN,
    }
    assert permissions_of(Role.EDITOR) - permissions_of(Role.VIEWER) == {
        Permission.CONTACTS_EDIT,
        Permission.MESSAGES_SEND,
        Permission.INBOX_MANAGE,
        Permission.POINTS_POST,
    }
