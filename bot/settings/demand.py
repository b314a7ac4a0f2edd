"""In: settings that loaded. Out: the part a command needs, or one error that names all that it lacks.
Commands demand only what they use: `whohas` needs AD and Entra, `lint FILE` needs nothing.
Promise: what comes back is complete; what is doubtful but allowed is told by `warnings`.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.errors import SettingsError
from bot.model import Mode
from bot.settings import kinds
from bot.settings.names import row_of
from bot.settings.parts import (
    Application,
    Entra,
    EntraWriter,
    Forest,
    Redis,
    Signing,
    Slack,
    setting,
)
from bot.settings.routes import too_few_in
from bot.settings.schema import Settings

Path = tuple[str, ...]


def need_ad(settings: Settings) -> Mapping[str, Forest]:
    missing: list[Path] = []
    for name, forest in settings.forests.items() or (("corp", Forest()),):
        missing += _unset(
            ("forests", name), host=forest.host, user=forest.user, password=forest.password
        )
    _refuse(missing)
    return settings.forests


def need_entra(settings: Settings) -> Entra:
    missing, lines = _sign_in("entra", settings.entra)
    _refuse(_unset((), tenant_id=settings.tenant_id) + missing, lines)
    return settings.entra


def need_entra_writer(settings: Settings) -> EntraWriter | None:
    """None: nothing is written to Entra. Only for the role that writes, in mode apply."""
    if not settings.entra_writer.enabled:
        return None
    _refuse(*_sign_in("entra_writer", settings.entra_writer))
    return settings.entra_writer


def _sign_in(group: str, app: Application) -> tuple[list[Path], list[str]]:
    missing = [] if app.managed_identity else _unset((group,), client_id=app.client_id)
    if app.signs_in:
        return missing, []
    certificate, secret, machine = (
        setting((group, name)) for name in ("certificate_file", "client_secret", "managed_identity")
    )
    return missing, [
        f"{certificate} is missing: set it, or {secret} (or …_FILE), or {machine}=true."
    ]


def need_slack(settings: Settings) -> Slack:
    """Each transport has a secret of its own, and is not asked for the other's."""
    slack = settings.slack
    own = (
        {"app_token": slack.app_token}
        if slack.transport == "socket"
        else {"signing_secret": slack.signing_secret}
    )
    _refuse(
        _unset(("slack",), bot_token=slack.bot_token, **own, channel=slack.channel, team=slack.team)
    )
    return slack


def need_redis(settings: Settings) -> Redis:
    """The tenant is part of every key, so it is needed too."""
    _refuse(_unset((), tenant_id=settings.tenant_id) + _unset(("redis",), url=settings.redis.url))
    return settings.redis


def need_writer(settings: Settings) -> Mapping[str, Forest]:
    """The forests that may be written, with all that needs. Mode apply only: else nothing loads the account."""
    if settings.mode is not Mode.APPLY:
        raise SettingsError(
            f"{setting(('mode',))} is {settings.mode}: nothing is written.",
            todo=f"Set {setting(('mode',))}=apply if the bot shall write.",
        )
    need_ad(settings)
    lacking = {
        name: _unset(
            ("forests", name),
            write_user=forest.write_user,
            write_password=forest.write_password,
            allowed_ous=forest.allowed_ous,
        )
        for name, forest in settings.forests.items()
    }
    # a forest with none of the three is one the bot only reads, as long as it may write to another
    read_only = {name for name, missing in lacking.items() if len(missing) == len(_WRITING)}
    if read_only == set(lacking):
        read_only = set()
    _refuse([path for name in lacking if name not in read_only for path in lacking[name]])
    return {name: forest for name, forest in settings.forests.items() if name not in read_only}


def need_signing(settings: Settings, role: str) -> Signing:
    """Role `all` may have neither key (one is made beside the journal); split roles need their half."""
    signing = settings.signing
    if role == "edge":
        _refuse(_unset(("signing",), private_key_file=signing.private_key_file))
    elif role == "writer":
        _refuse(_unset(("signing",), public_key_file=signing.public_key_file))
    elif role == "all" and bool(signing.private_key_file) != bool(signing.public_key_file):
        _refuse(
            _unset(
                ("signing",),
                private_key_file=signing.private_key_file,
                public_key_file=signing.public_key_file,
            )
        )
    return signing


def warnings(settings: Settings) -> tuple[str, ...]:
    """What loads but deserves a line in the log, in `doctor` too."""
    lines = list(settings._read_with)  # noqa: SLF001  its own private mark
    slack, redis = settings.slack, settings.redis
    if slack.bot_token.get_secret_value() and not slack.approvers:
        lines.append(
            f"{setting(('slack', 'approvers'))} is empty: nobody may approve, so cards have no buttons."
        )
    lines += _of_transport(slack)
    if len(set(slack.approvers.values())) < len(slack.approvers):
        lines.append(
            f"{setting(('slack', 'approvers'))} links two Slack users to one Entra person; they count as one approver."
        )
    lines += too_few_in(settings.routes, slack.approvers)
    for name, forest in settings.forests.items():
        if forest.write_user and forest.write_user.lower() == forest.user.lower():
            lines.append(
                f"{setting(('forests', name, 'write_user'))} is the account that reads; use a second account, so that reading never carries the right to write."
            )
    writer = settings.entra_writer
    if writer.enabled and writer.client_id and writer.client_id == settings.entra.client_id:
        lines.append(
            f"{setting(('entra_writer', 'client_id'))} is the app that reads; use a second app, so that reading never carries the right to write."
        )
    stated = settings.flags.model_dump(exclude={"stated_on"}).values()
    if any(flag is not None for flag in stated) and not settings.flags.stated_on:
        lines.append(
            f"{setting(('flags', 'stated_on'))} is unset: nobody can tell how old the stated flags are; write the day they were read."
        )
    if redis.durability == "attested":
        lines.append(
            f"{setting(('redis', 'durability'))}=attested: the bot does not check that Redis keeps what it acknowledged; you vouch for it."
        )
    url = urlsplit(redis.url.get_secret_value())
    if (
        url.scheme == "redis"
        and "." in (url.hostname or "")
        and not kinds.is_loopback(url.hostname or "")
    ):
        lines.append(
            f"{setting(('redis', 'url'))} goes to another machine without TLS; use rediss://…"
        )
    return tuple(lines)


def _of_transport(slack: Slack) -> list[str]:
    lines = []
    unused = "app_token" if slack.transport == "http" else "signing_secret"
    if getattr(slack, unused).get_secret_value():
        lines.append(
            f"{setting(('slack', unused))} is set, and {setting(('slack', 'transport'))}={slack.transport} does not use it; take it away."
        )
    if slack.transport == "http" and not kinds.is_loopback(kinds.address_of(slack.listen)[0]):
        lines.append(
            f"{setting(('slack', 'listen'))} is not a loopback address: without TLS only your proxy may reach it; see to it with a firewall."
        )
    return lines


_WRITING = ("write_user", "write_password", "allowed_ous")


def _unset(above: Path, **values: object) -> list[Path]:
    def empty(value: object) -> bool:
        return not (value.get_secret_value() if isinstance(value, SecretStr) else value)

    return [(*above, name) for name, value in values.items() if empty(value)]


def _refuse(missing: list[Path], more: list[str] | None = None) -> None:
    lines = [_how(path) for path in missing] + (more or [])
    if lines:
        raise SettingsError("\n".join(lines))


def _how(path: Path) -> str:
    row = row_of(path)
    name = setting(path)
    if row is None:
        return f"{name} is missing."
    if row.secret:
        return f"{name} is missing: {row.doc} Set it, or {name}_FILE to a file that holds it."
    return f"{name} is missing: {row.doc} For example {name}={row.example}"
