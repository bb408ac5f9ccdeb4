"""What somebody may do: named by each command, each page and each operation, and held by roles and tokens."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that may be done; the scopes of tokens are among these, too."""

    CONTACTS_READ = "contacts.read"
    CONTACTS_EDIT = "contacts.edit"
    CONTACTS_IMPORT = "contacts.import"
    CONTACTS_EXPORT = "contacts.export"
    MESSAGES_READ = "messages.read"
    MESSAGES_SEND = "messages.send"
    """Answer, and try again what failed."""
    INBOX_MANAGE = "inbox.manage"
    """Labels of conversations, and templates of replies."""
    POINTS_READ = "points.read"
    POINTS_POST = "points.post"
    """Give points, take them and give them back, within what a programme lets a person a day."""
    POINTS_MANAGE = "points.manage"
    """Programmes; adjusting, importing and exporting points; releasing notices."""
    BUNDLES_READ = "bundles.read"
    BUNDLES_PUBLISH = "bundles.publish"
    ACCOUNTS_READ = "accounts.read"
    ACCOUNTS_MANAGE = "accounts.manage"
    POSTS_MANAGE = "posts.manage"
    """See what providers posted, raw; read it again; decide on messages whose turn failed."""
    JOBS_MANAGE = "jobs.manage"
    ENDPOINTS_MANAGE = "endpoints.manage"
    """Let other programs be told of what happens."""
    USERS_MANAGE = "users.manage"
    """Users, and everybody's sessions and tokens."""
    TOKENS_OWN = "tokens.own"
    """Make and revoke tokens of one's own."""
    AUDIT_READ = "audit.read"
    SYSTEM_MANAGE = "system.manage"
    """Run, migrate and examine the server."""

    # Enum's own, of the name, is Python's and slow, and another one than that of the equal text.
    __hash__ = str.__hash__
