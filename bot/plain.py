"""In: settings. Out: the plain values that each adapter wants.
The only other place than `main` and `cli` that sees the settings.
Promise: pure; an unset text becomes None where an adapter means "nothing" by it.
"""

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot import settings as parts
from bot.ad.forest import Forest
from bot.entra.tenant import Tenant
from bot.model import Flags
from bot.rules.letters import LETTERS
from bot.settings import Application, Settings
from bot.settings.daily import clock_of, days_of
from bot.settings.kinds import address_of
from bot.settings.routes import Route, hours_of
from bot.triage.policy import Naming, Policy, Weights
from bot.triage.quiet import Reminders
from bot.triage.routing import Row, Table
from bot.triage.working_days import Daily
from bot.words import Language, Languages
from handlers.timing import Timing

if TYPE_CHECKING:
    from bot.slack.connection import Workspace


def forests_of(given: Settings, *, writing: bool = False) -> tuple[Forest, ...]:
    """`writing`: with the write accounts. Only the writer in mode apply gets them."""
    return tuple(
        Forest(
            name=name,
            host=forest.host,
            port=forest.port,
            base_dn=forest.base_dn,
            ca_file=str(forest.ca_file) if forest.ca_file else None,
            tls_name=forest.tls_name or None,
            user=forest.user,
            password=forest.password.get_secret_value(),
            write_user=(forest.write_user or None) if writing else None,
            write_password=(forest.write_password.get_secret_value() or None) if writing else None,
            allowed_ous=tuple(forest.allowed_ous),
            write_dc=forest.write_dc or None,
        )
        for name, forest in parts.need_ad(given).items()
    )


def tenant_of(given: Settings) -> Tenant:
    return _tenant(given, parts.need_entra(given))


def written_tenant_of(given: Settings) -> Tenant | None:
    """The same tenant, signed in to by the app that may write. Only the writer in mode apply gets it."""
    writer = parts.need_entra_writer(given)
    return _tenant(given, writer) if writer else None


def _tenant(given: Settings, app: Application) -> Tenant:
    entra = given.entra
    named: dict[str, Any] = {}
    if entra.authority:
        named["authority"] = entra.authority
    if entra.graph_url:
        named["graph_url"] = entra.graph_url
    return Tenant(
        tenant_id=given.tenant_id,
        client_id=app.client_id,
        client_secret=app.client_secret.get_secret_value(),
        certificate_file=str(app.certificate_file) if app.certificate_file else "",
        certificate_password=app.certificate_password.get_secret_value(),
        managed_identity=app.managed_identity,
        ca_file=str(entra.ca_file) if entra.ca_file else None,
        flags=Flags(**given.flags.model_dump()),
        **named,
    )


def workspace_of(given: Settings) -> "Workspace":
    from bot.slack.connection import Workspace
    from bot.slack.http import Listen

    slack = parts.need_slack(given)
    host, port = address_of(slack.listen)
    secret = slack.signing_secret.get_secret_value()
    listen = Listen(signing_secret=secret, host=host, port=port)
    return Workspace(
        bot_token=slack.bot_token.get_secret_value(),
        app_token=slack.app_token.get_secret_value(),
        listen=listen if slack.transport == "http" else None,
        edges=slack.edges,
        channel=slack.channel,
        others=tuple(c for c in table_of(given).channels() if c not in _not_checked(given)),
        team=slack.team,
        api_url=slack.api_url,
    )


def _not_checked(given: Settings) -> tuple[str, ...]:
    """Beside the usual one. That for possible attacks is watched while the bot runs, and does not keep it from starting."""
    return (given.slack.channel, given.slack.security_channel)


def languages_of(given: Settings) -> Languages:
    people = {user: Language(name) for user, name in given.slack.languages.items()}
    return Languages(channel=Language(given.slack.language), people=people)


def table_of(given: Settings) -> Table:
    """The settings of `slack` are the last row, which takes every case."""
    slack = given.slack
    rest = Row(
        number=len(given.routes) + 1, channel=slack.channel, language=Language(slack.language)
    )
    return Table(
        rows=tuple(_row(number, route, rest) for number, route in enumerate(given.routes, 1)),
        rest=rest,
        approvers=tuple(slack.approvers),
        security=slack.security_channel,
    )


def _row(number: int, route: Route, rest: Row) -> Row:
    return Row(
        number=number,
        domains=route.domains,
        ous=route.ous,
        cases=route.cases,
        risks=tuple(risk.value for risk in route.risks),
        types=tuple(kind.value for kind in route.types),
        channel=route.channel or rest.channel,
        language=Language(route.language) if route.language else rest.language,
        owners=route.owners,
        approvers=frozenset(route.approvers) or None,
        notify=route.notify,
        watch=route.watch,
        lead=route.lead,
    )


def reminders_of(given: Settings) -> Reminders:
    told = given.reminders
    return Reminders(
        owner_after=timedelta(hours=told.owner_hours),
        lead_after=timedelta(hours=told.lead_hours),
        zone=UTC if told.zone == "UTC" else ZoneInfo(told.zone),
        quiet=hours_of(told.quiet_hours),
        weekends=told.quiet_weekends,
    )


def daily_of(given: Settings) -> Daily | None:
    told = given.digest
    at = clock_of(told.time)
    if at is None:
        return None
    zone = told.zone or given.reminders.zone
    return Daily(at=at, days=days_of(told.days), zone=UTC if zone == "UTC" else ZoneInfo(zone))


def timing_of(given: Settings) -> Timing:
    timing = given.timing
    return Timing(
        poll_every=timedelta(seconds=timing.poll_seconds),
        drift_every=timedelta(minutes=timing.drift_minutes),
        drift_cases=timing.drift_cases,
        approval_good_for=timedelta(minutes=timing.approval_minutes),
        proposal_good_for=timedelta(hours=timing.proposal_hours),
        sync_stopped_after=timedelta(hours=timing.sync_stopped_after_hours),
        look_every=timedelta(seconds=timing.look_seconds),
        overdue_after=timedelta(minutes=timing.overdue_minutes),
        close_after=timedelta(hours=timing.close_hours),
        storm_above=timing.storm_above,
        storm_window=timedelta(minutes=timing.storm_minutes),
        reminders=reminders_of(given),
        digest=daily_of(given),
        questions_per_hour=given.questions_per_hour,
    )


def policy_of(given: Settings) -> Policy:
    limits = given.limits
    own_letters = dict(pair.split("=", 1) for pair in given.naming.letters)
    return Policy(
        weights=Weights(**given.keeper.model_dump()),
        naming=Naming(
            patterns=given.naming.patterns,
            domain=given.naming.domain,
            letters={**LETTERS, **own_letters},
        ),
        sync_ous=tuple(ou for forest in given.forests.values() for ou in forest.sync_ous),
        sync_stopped_after=timedelta(hours=given.timing.sync_stopped_after_hours),
        active_within=timedelta(days=limits.active_days),
        long_disabled_after=timedelta(days=limits.long_disabled_days),
        leaver_after=timedelta(days=limits.leaver_days),
        stale_for=timedelta(minutes=limits.stale_minutes),
        stuck_after=timedelta(hours=limits.stuck_hours),
        renames_in_entra=given.entra_writer.enabled,
        most_certificates=limits.most_certificates,
        most_proxies=limits.most_proxies,
    )


def secrets_of(given: Settings) -> tuple[str, ...]:
    """Everything that must never stand in a log line."""
    found = [
        given.entra.client_secret,
        given.entra.certificate_password,
        given.entra_writer.client_secret,
        given.entra_writer.certificate_password,
        given.slack.bot_token,
        given.slack.app_token,
        given.slack.signing_secret,
        given.redis.password,
        given.redis.url,
    ]
    for forest in given.forests.values():
        found += [forest.password, forest.write_password]
    return tuple(s.get_secret_value() for s in found if s.get_secret_value())
