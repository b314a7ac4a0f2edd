"""In: the groups of `parts.py` and `judgement.py`. Out: the whole tree of settings, and what must fit together across groups.
Nothing is read here: `reading.py` hands in what it read, with the names as they were written.
Promise: unknown names are refused, and every default is a safe one.
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, PrivateAttr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.model import Mode
from bot.settings import kinds
from bot.settings.daily import Digest
from bot.settings.judgement import Flags, Keeper, Limits, Naming
from bot.settings.parts import (
    NESTED,
    PREFIX,
    Caps,
    Entra,
    EntraWriter,
    Forest,
    Log,
    Protected,
    Redis,
    Signing,
    Slack,
    Timing,
    help_,
    or_problems,
    setting,
)
from bot.settings.routes import EXAMPLE, Reminders, Routes, problems_of


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    mode: Annotated[
        Mode,
        help_(
            "observe: cards without buttons. propose: approvals are recorded, people make the change. apply: the bot writes.",
            "observe",
        ),
    ] = Mode.OBSERVE
    tenant_id: Annotated[
        kinds.Guid,
        help_("Id of the Entra tenant (directory).", "11111111-1111-4111-8111-111111111111"),
    ] = ""
    state_dir: Annotated[
        Path,
        help_("The bot's own folder: journal of writes, run files.", "/var/lib/dirsync-triage"),
    ] = Path("/var/lib/dirsync-triage")
    upn_changes: Annotated[
        bool, help_("Whether userPrincipalName may be changed at all.", "false")
    ] = False
    questions_per_hour: Annotated[
        int, help_("Questions a person may ask in an hour.", 30, ge=1, le=1000)
    ] = 30
    entra: Entra = Entra()
    entra_writer: EntraWriter = EntraWriter()
    forests: Annotated[dict[str, Forest], AfterValidator(kinds.forest_names)] = {}
    slack: Slack = Slack()
    routes: Annotated[
        Routes,
        help_(
            "Which cases go to which channel, owners and approvers; the first row that fits is taken.",
            EXAMPLE,
        ),
    ] = ()
    reminders: Reminders = Reminders()
    digest: Digest = Digest()
    redis: Redis = Redis()
    signing: Signing = Signing()
    protected: Protected = Protected()
    caps: Caps = Caps()
    timing: Timing = Timing()
    flags: Flags = Flags()
    naming: Naming = Naming()
    keeper: Keeper = Keeper()
    limits: Limits = Limits()
    log: Log = Log()

    # what was doubtful while reading, for `warnings`
    _read_with: tuple[str, ...] = PrivateAttr(default=())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the library's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the library's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # `reading.py` hands in what it read, with the names as written: nothing is read behind its back
        return (init_settings,)

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        problems = []
        if self.timing.overdue_minutes < self.timing.export_minutes:
            problems.append(
                "DIRSYNC_TIMING__OVERDUE_MINUTES is shorter than DIRSYNC_TIMING__EXPORT_MINUTES; make it longer."
            )
        problems += [
            f"{setting(('forests', name, 'allowed_ous'))} holds {ou}, which is not below {forest.base_dn}; correct it or BASE_DN."
            for name, forest in self.forests.items()
            for ou in forest.allowed_ous
            if forest.base_dn and not ou.lower().endswith(forest.base_dn.lower())
        ]
        if self.entra_writer.enabled and not self.upn_changes:
            problems.append(
                "DIRSYNC_ENTRA_WRITER__ENABLED is true, but DIRSYNC_UPN_CHANGES is not: sign-in names are all it writes; set both, or neither."
            )
        if 0 < self.reminders.lead_hours < self.reminders.owner_hours:
            problems.append(
                "DIRSYNC_REMINDERS__LEAD_HOURS is shorter than DIRSYNC_REMINDERS__OWNER_HOURS; make it longer."
            )
        problems += problems_of(self.routes, self.slack.approvers)
        if self.slack.security_channel and self.slack.security_channel in {
            self.slack.channel,
            *(route.channel for route in self.routes),
        }:
            problems.append(
                "DIRSYNC_SLACK__SECURITY_CHANNEL is a channel of other cards too; give possible attacks a private one of their own."
            )
        return or_problems(self, problems)
