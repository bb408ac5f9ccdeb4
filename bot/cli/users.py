"""`users`: who may log in, what they may do, and letting them in or not."""

from typing import Any

from bot.cli import user_work
from bot.cli.caller import is_here_alone, own_url
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.user_work import ShownUser
from bot.core.errors import Blame, BotError
from bot.core.i18n import N_
from bot.settings import Settings
from bot.users.service import Link, Role, SessionView, UserStatus, UserView


def add(email: str, *, role: Role, name: str, as_json: bool) -> None:
    """Add a user."""
    settings = read_settings()
    made = run_async(user_work.add(settings, email, role, name))
    if as_json:
        print_json({"id": made.id, "email": made.email, **_told(settings, made.link)})
        return
    print_line(_("{email} is added as {role}. Give them this link:", email=made.email, role=role))
    _print_link(settings, made.link)


def list_users(*, role: Role | None, status: UserStatus | None, limit: int, as_json: bool) -> None:
    """List users."""
    found = run_async(user_work.listed(read_settings(), role, status, limit))
    if as_json:
        print_json([_view(each) for each in found])
    elif found:
        columns = (_("Address"), _("Name"), _("Role"), _("Status"), _("Second factor"), _("Last seen"), _("User"))
        print_table(columns, [_row(each) for each in found])
    elif role or status:
        print_line(_("There are no such users."))
    else:
        print_line(_("There are no users: `bot.py run` prints the link that makes the first one."))


def show(user: str, *, as_json: bool) -> None:
    """Show one user."""
    shown = run_async(user_work.show(read_settings(), user))
    if as_json:
        print_json(
            _view(shown.user)
            | {
                "recovery_codes": shown.recovery_codes,
                "sessions": [each._asdict() for each in shown.sessions],
                "tokens": [each._asdict() for each in shown.tokens],
            }
        )
    else:
        print_table(("", ""), _facts(shown))


def change_role(user: str, role: Role) -> None:
    """Change a role."""
    changed = run_async(user_work.change_role(read_settings(), user, role))
    print_line(_("{email} is {role} now.", email=changed.email, role=changed.role))


def disable(user: str, *, undo: bool) -> None:
    """Disable or enable a user."""
    changed = run_async(user_work.disable(read_settings(), user, undo=undo))
    if undo:
        print_line(_("{email} may log in again.", email=changed.email))
    else:
        print_line(_("{email} is let in no more, and logged out.", email=changed.email))


def reset(user: str, *, second_factor: bool, as_json: bool) -> None:
    """Reset a password."""
    settings = read_settings()
    view, link = run_async(user_work.reset(settings, user, second_factor=second_factor))
    if as_json:
        print_json({"id": view.id, "email": view.email, **_told(settings, link)})
        return
    if view.has_password:
        print_line(_("Give {email} this link; their present password is good until they use it:", email=view.email))
    else:
        print_line(_("Give {email} this link, by which they choose their password:", email=view.email))
    _print_link(settings, link)


def delete(user: str) -> None:
    """Delete a user."""
    deleted = run_async(user_work.delete(read_settings(), user))
    print_line(_("{email} is deleted: `bot.py users restore {id}` takes it back.", email=deleted.email, id=deleted.id))


def restore(user: str) -> None:
    """Restore a user."""
    restored = run_async(user_work.restore(read_settings(), user))
    print_line(_("{email} is {role} again; tokens stay revoked.", email=restored.email, role=restored.role))


def list_sessions(user: str, *, end: str | None, end_all: bool, as_json: bool) -> None:
    """List or end sessions."""
    if end is not None and end_all:
        mend = _("Give one of them.")
        raise BotError(_("--end and --end-all exclude each other"), mend=mend, blame=Blame.USAGE)
    settings = read_settings()
    if end is not None or end_all:
        print_line(_("Sessions ended: {count}.", count=run_async(user_work.end_sessions(settings, user, end))))
        return
    found = run_async(user_work.sessions(settings, user))
    if as_json:
        print_json([each._asdict() for each in found])
    elif found:
        columns = (_("Session"), _("Last used"), _("Begun"), _("Ends"), _("Address"), _("Browser"))
        print_table(columns, [_session(each) for each in found])
    else:
        print_line(_("They are logged in nowhere."))


def _print_link(settings: Settings, link: Link) -> None:
    print_line(f"  {own_url(settings)}{link.path}")
    print_line(_("It is good once, until {moment}.", moment=local_time(link.expires_at)))
    if is_here_alone(settings):
        print_line(
            _(
                "It opens on this computer alone, where the server runs on port {port}. For another port set BOT_PORT, "
                "for people elsewhere BOT_PUBLIC_URL.",
                port=settings.port,
            )
        )


def _told(settings: Settings, link: Link) -> dict[str, Any]:
    return {"link": f"{own_url(settings)}{link.path}", "expires_at": link.expires_at}


def _view(user: UserView) -> dict[str, Any]:
    return user._asdict() | {"status": user.status}


def _row(user: UserView) -> tuple[str, ...]:
    seen = "" if user.last_seen_at is None else local_time(user.last_seen_at)
    factor = _("yes") if user.has_totp else ""
    return (user.email, user.name, user.role, _(_STATUSES[user.status]), factor, seen, user.id)


def _facts(shown: ShownUser) -> list[tuple[str, str]]:
    user = shown.user
    factor = _("yes; recovery codes left: {count}", count=shown.recovery_codes) if user.has_totp else _("no")
    optional = (
        (_("Provider"), user.provider),
        (_("Language"), user.locale),
        (_("Time zone"), user.timezone),
        (_("Notices to"), ", ".join(user.notice_addresses or ())),
        (_("Last seen"), user.last_seen_at and local_time(user.last_seen_at)),
    )
    return [
        (_("User"), user.id),
        (_("Address"), user.email),
        (_("Name"), user.name),
        (_("Role"), user.role),
        (_("Status"), _(_STATUSES[user.status])),
        (_("Second factor"), factor),
        *((label, value) for label, value in optional if value),
        (_("Added"), local_time(user.created_at)),
        (_("Sessions"), str(len(shown.sessions))),
        *((_("Token"), f"{each.name} ({each.id})") for each in shown.tokens if each.revoked_at is None),
    ]


def _session(each: SessionView) -> tuple[str, ...]:
    moments = map(local_time, (each.last_used_at, each.created_at, each.expires_at))
    return (each.id, *moments, each.address, each.agent)


_STATUSES = {
    UserStatus.INVITED: N_("invited"),
    UserStatus.ACTIVE: N_("active"),
    UserStatus.DISABLED: N_("disabled"),
    UserStatus.DELETED: N_("deleted"),
}
