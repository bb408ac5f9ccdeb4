"""The public face of users: who may log in, letting them in, and what they hold that lets them in again."""

from collections.abc import Sequence

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.clock import Clock
from bot.core.email_addresses import read_email
from bot.users.held.queries import TokenFilter, count_tokens, token_of, tokens
from bot.users.held.sessions import (
    IDLE,
    LONGEST,
    end_session,
    end_sessions,
    identify_session,
    renew_session,
    sessions,
    sign_out,
)
from bot.users.held.tokens import MOST_A_MINUTE, PREFIX, add_token, identify_token, revoke_token
from bot.users.jobs import HANDLERS
from bot.users.models import LinkKind
from bot.users.notices import NoticeChoice, change_notices, notice_choice, read_notice_addresses, who_wants
from bot.users.people import (
    NewUser,
    add_user,
    change_role,
    delete_user,
    disable_user,
    enable_user,
    find_user,
    lock_user,
    reset_user,
    restore_user,
)
from bot.users.profile import THEMES, change_profile
from bot.users.queries import UserFilter, able, any_user, hold_able, names_of, names_of_able
from bot.users.queries import count as count_users
from bot.users.queries import listed as list_users
from bot.users.rules import LEAST_ROLE, USUAL_RATE, Role, TokenStatus, UserStatus, permissions_of
from bot.users.signing.gate import LaterError
from bot.users.signing.joining import Proof
from bot.users.signing.links import Link, LinkView, look_at_link, welcome
from bot.users.signing.passwords import Cost, Passwords
from bot.users.signing.second_factor import (
    Offer,
    SecondFactors,
    new_recovery_codes,
    recovery_codes_left,
    remove_second_factor,
)
from bot.users.signing.sign_in import SignIn
from bot.users.signing.strength import LEAST, MOST, WeakPasswordError, require_good
from bot.users.signing.throttle import ThrottledError
from bot.users.signing.totp import TotpSealer
from bot.users.values import (
    CodeError,
    CodeNeeded,
    JoinedElsewhereError,
    Known,
    KnownToken,
    LastAdminError,
    LinkError,
    NotVouchedForError,
    NoUserError,
    PasswordError,
    SessionView,
    SignedIn,
    SignInAgainError,
    SignInError,
    TakenError,
    TokenView,
    UnknownPersonError,
    UserView,
    Visitor,
)
from bot.users.writing import MOST_SIGNATURE, MOST_UNDO, Writing, change_writing, writing_of

__all__ = [
    "HANDLERS",
    "IDLE",
    "LEAST",
    "LEAST_ROLE",
    "LONGEST",
    "MOST",
    "MOST_A_MINUTE",
    "MOST_SIGNATURE",
    "MOST_UNDO",
    "PREFIX",
    "THEMES",
    "USUAL_RATE",
    "CodeError",
    "CodeNeeded",
    "Cost",
    "JoinedElsewhereError",
    "Known",
    "KnownToken",
    "LastAdminError",
    "LaterError",
    "Link",
    "LinkError",
    "LinkKind",
    "LinkView",
    "NewUser",
    "NoUserError",
    "NotVouchedForError",
    "NoticeChoice",
    "Offer",
    "PasswordError",
    "Passwords",
    "Proof",
    "Role",
    "SecondFactors",
    "SessionView",
    "SignIn",
    "SignInAgainError",
    "SignInError",
    "SignedIn",
    "TakenError",
    "ThrottledError",
    "TokenFilter",
    "TokenStatus",
    "TokenView",
    "UnknownPersonError",
    "UserFilter",
    "UserStatus",
    "UserView",
    "Visitor",
    "WeakPasswordError",
    "Writing",
    "able",
    "add_token",
    "add_user",
    "any_user",
    "change_notices",
    "change_profile",
    "change_role",
    "change_writing",
    "count_tokens",
    "count_users",
    "delete_user",
    "disable_user",
    "enable_user",
    "end_session",
    "end_sessions",
    "find_user",
    "hold_able",
    "identify_session",
    "identify_token",
    "list_users",
    "lock_user",
    "look_at_link",
    "names_of",
    "names_of_able",
    "new_recovery_codes",
    "notice_choice",
    "permissions_of",
    "read_email",
    "read_notice_addresses",
    "recovery_codes_left",
    "remove_second_factor",
    "renew_session",
    "require_good",
    "reset_user",
    "restore_user",
    "revoke_token",
    "second_factors",
    "sessions",
    "sign_in",
    "sign_out",
    "token_of",
    "tokens",
    "welcome",
    "who_wants",
    "writing_of",
]


def second_factors(keys: Sequence[SecretStr]) -> SecondFactors:
    """Second factors whose secrets are kept under `keys`, those of BOT_SECRET_KEY."""
    return SecondFactors(TotpSealer(keys))


def sign_in(engine: AsyncEngine, keys: Sequence[SecretStr], clock: Clock, cost: Cost | None = None) -> SignIn:
    """The door of this process; `cost` is what passwords take, None for that of real people."""
    return SignIn(engine, second_factors(keys), Passwords(cost), clock)
