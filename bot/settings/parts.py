"""In: nothing; these are the groups of settings. Out: one frozen type a group, a line of help a setting.
An empty text means "not given": what a command needs is demanded by that command (`demand.py`).
Promise: secrets never show in a repr, and every default is a safe one.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from bot.settings import kinds

PREFIX = "DIRSYNC_"
NESTED = "__"
T = TypeVar("T")


def setting(path: tuple[str, ...]) -> str:
    """The environment variable of a setting."""
    return PREFIX + NESTED.join(path).upper()


def or_problems(whole: T, problems: list[str]) -> T:
    if problems:
        raise ValueError("\n".join(problems))
    return whole


def help_(text: str, example: object, *, ge: float | None = None, le: float | None = None) -> Any:
    """What `describe` prints of a setting; the bounds are part of it."""
    return Field(description=text, examples=[example], ge=ge, le=le)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Application(Part):
    """An app registration, and the one way in which it signs in."""

    client_id: Annotated[
        kinds.Guid,
        help_(
            "Application (client) id of the app registration; with a managed identity only for a user-assigned one.",
            "22222222-2222-4222-8222-222222222222",
        ),
    ] = ""
    client_secret: Annotated[
        SecretStr,
        help_("Client secret of the app registration (a certificate is better).", "the-secret"),
    ] = SecretStr("")
    certificate_file: Annotated[
        Path | None,
        help_(
            "PEM or PFX with certificate and private key, instead of a client secret.",
            "/etc/dirsync-triage/entra.pem",
        ),
    ] = None
    certificate_password: Annotated[
        SecretStr, help_("Password of that certificate file, if it has one.", "the-password")
    ] = SecretStr("")
    managed_identity: Annotated[
        bool, help_("Sign in as the Azure machine the bot runs on; no secret at all.", "true")
    ] = False

    @property
    def signs_in(self) -> bool:
        return bool(
            self.client_secret.get_secret_value() or self.certificate_file or self.managed_identity
        )

    def _ways(self, above: str) -> list[str]:
        ways = {
            "client_secret": bool(self.client_secret.get_secret_value()),
            "certificate_file": self.certificate_file is not None,
            "managed_identity": self.managed_identity,
        }
        given = [setting((above, name)) for name, there in ways.items() if there]
        if len(given) > 1:
            return [f"{' and '.join(given)} are both set; keep one way to sign in."]
        return []


class EntraWriter(Application):
    enabled: Annotated[
        bool,
        help_(
            "Whether sign-in names may be changed in Entra too, by an app of its own with User.ReadWrite.All. "
            "Needs DIRSYNC_UPN_CHANGES.",
            "false",
        ),
    ] = False

    @model_validator(mode="after")
    def _fits_together(self) -> "EntraWriter":
        return or_problems(self, self._ways("entra_writer"))


class Entra(Application):
    authority: Annotated[
        kinds.Authority,
        help_(
            "Where Entra signs in: Microsoft's public or a national cloud.",
            "https://login.microsoftonline.com",
        ),
    ] = "https://login.microsoftonline.com"
    graph_url: Annotated[
        kinds.GraphUrl,
        help_(
            "Microsoft Graph of the same cloud.",
            "https://graph.microsoft.com/v1.0",
        ),
    ] = "https://graph.microsoft.com/v1.0"
    ca_file: Annotated[
        Path | None,
        help_("CA of an Entra that runs on this machine (the lab); loopback only.", ""),
    ] = None

    @model_validator(mode="after")
    def _fits_together(self) -> "Entra":
        problems = self._ways("entra")
        local = (kinds.is_loopback(self.authority), kinds.is_loopback(self.graph_url))
        roots = kinds.CLOUDS.get(self.authority, ())
        if local[0] != local[1] or (
            not any(local) and self.graph_url.removesuffix("/v1.0") not in roots
        ):
            problems.append(
                "DIRSYNC_ENTRA__AUTHORITY and DIRSYNC_ENTRA__GRAPH_URL belong to different clouds; set both, or neither."
            )
        if self.ca_file and not all(local):
            problems.append(
                "DIRSYNC_ENTRA__CA_FILE is only for an Entra on a loopback address; unset it, Microsoft's certificates are known."
            )
        return or_problems(self, problems)


class Forest(Part):
    host: Annotated[
        kinds.Host,
        help_("A domain controller of the forest, as its certificate names it.", "dc1.contoso.com"),
    ] = ""
    port: Annotated[int, help_("LDAPS port (3269 is the global catalog).", 636, ge=1, le=65535)] = (
        636
    )
    base_dn: Annotated[
        kinds.Dn,
        help_(
            "Where searches begin; the domain controller is asked if unset.", "DC=contoso,DC=com"
        ),
    ] = ""
    ca_file: Annotated[
        Path | None,
        help_(
            "CA that signed the domain controller's certificate; the system's if unset.",
            "/etc/dirsync-triage/corp-ca.pem",
        ),
    ] = None
    tls_name: Annotated[
        kinds.Host,
        help_("Name in the certificate, if HOST is an address.", "dc1.contoso.com"),
    ] = ""
    user: Annotated[
        str,
        help_("Account that reads: a UPN, DOMAIN\\name or a DN.", "svc-dirsync-read@contoso.com"),
    ] = ""
    password: Annotated[SecretStr, help_("Its password.", "the-password")] = SecretStr("")
    write_user: Annotated[
        str,
        help_(
            "Account that writes, only for mode apply; never the reading one.",
            "svc-dirsync-write@contoso.com",
        ),
    ] = ""
    write_password: Annotated[SecretStr, help_("Its password.", "the-password")] = SecretStr("")
    write_dc: Annotated[
        kinds.Host,
        help_("The one writable domain controller for changes; HOST if unset.", "dc1.contoso.com"),
    ] = ""
    allowed_ous: Annotated[
        kinds.Dns,
        help_(
            "Only objects below these OUs are ever changed; several with ; between.",
            "OU=People,DC=contoso,DC=com;OU=Groups,DC=contoso,DC=com",
        ),
    ] = ()
    sync_ous: Annotated[
        kinds.Dns,
        help_(
            "OUs that are in scope of the synchronization; unknown if unset.",
            "OU=People,DC=contoso,DC=com",
        ),
    ] = ()


class Slack(Part):
    bot_token: Annotated[
        kinds.BotToken, help_("Bot token of the Slack app.", "xoxb-your-token")
    ] = SecretStr("")
    app_token: Annotated[
        kinds.AppToken,
        help_("App-level token with connections:write, for Socket Mode.", "xapp-your-token"),
    ] = SecretStr("")
    transport: Annotated[
        Literal["socket", "http"],
        help_(
            "socket: the bot calls Slack, no port is open. http: Slack posts to the bot, through a proxy of yours.",
            "socket",
        ),
    ] = "socket"
    signing_secret: Annotated[
        kinds.SigningSecret,
        help_(
            "Signing secret of the Slack app (Basic Information), for transport http.",
            "the-signing-secret-of-your-app",
        ),
    ] = SecretStr("")
    listen: Annotated[
        kinds.Listen,
        help_(
            "Where the bot listens for Slack with transport http; your proxy does TLS and passes on to it.",
            "127.0.0.1:3000",
        ),
    ] = "127.0.0.1:3000"
    edges: Annotated[
        int,
        help_(
            "How many processes of the bot are connected to Slack (role edge or all); more sockets than theirs are told.",
            1,
            ge=1,
            le=5,
        ),
    ] = 1
    channel: Annotated[
        kinds.ChannelId, help_("Id of the channel for the cards.", "C0123456789")
    ] = ""
    security_channel: Annotated[
        kinds.ChannelId,
        help_(
            "Id of the private channel for possible attacks; without it they are announced in CHANNEL and not shown.",
            "C0123456799",
        ),
    ] = ""
    team: Annotated[
        kinds.TeamId,
        help_("Id of your workspace; people of any other are refused.", "T0123456789"),
    ] = ""
    approvers: Annotated[
        kinds.LinkedPeople,
        help_(
            "Who may approve: Slack user id=Entra object id, several with ; between. Empty: cards have no buttons.",
            "U0123456789=33333333-3333-4333-8333-333333333333;U0123456780=44444444-4444-4444-8444-444444444444",
        ),
    ] = {}
    readers: Annotated[
        kinds.People,
        help_(
            "Who else may ask, in the same form or as bare Slack ids. Empty: approvers only.",
            "U0123456781;U0123456782",
        ),
    ] = {}
    full_readers: Annotated[
        kinds.People,
        help_(
            "Who also sees recycle bins, roles, activity and DNs, in the same form.",
            "U0123456789=33333333-3333-4333-8333-333333333333",
        ),
    ] = {}
    break_glass: Annotated[
        bool,
        help_(
            "In an emergency one approver may approve alone what takes two, loudly, never about their own value. "
            "Set it for the edge and the writer.",
            "true",
        ),
    ] = False
    language: Annotated[
        kinds.Language,
        help_("What the cards are written in: en, nb (Norwegian) or et (Estonian).", "nb"),
    ] = "en"
    languages: Annotated[
        kinds.Languages,
        help_(
            "Who reads answers and dialogs in another language than the cards: Slack user id=language.",
            "U0123456789=nb;U0123456780=et",
        ),
    ] = {}
    api_url: Annotated[
        kinds.SlackApi,
        help_(
            "Slack's Web API; only the lab on this machine replaces it.", "https://slack.com/api/"
        ),
    ] = "https://slack.com/api/"


class Redis(Part):
    url: Annotated[
        kinds.RedisUrl,
        help_(
            "Redis or Valkey; a secret, as it may hold a password.", "redis://dirsync@redis:6379/0"
        ),
    ] = SecretStr("")
    password: Annotated[
        SecretStr, help_("Its password, if it is not part of the URL.", "the-password")
    ] = SecretStr("")
    durability: Annotated[
        Literal["checked", "attested"],
        help_(
            "checked: the bot looks itself. attested: CONFIG is refused to us, you vouch for appendonly yes, appendfsync always, noeviction.",
            "checked",
        ),
    ] = "checked"


class Signing(Part):
    private_key_file: Annotated[
        Path | None,
        help_(
            "Ed25519 key (PEM) that signs decisions; role edge only.",
            "/etc/dirsync-triage/signing.pem",
        ),
    ] = None
    public_key_file: Annotated[
        Path | None,
        help_("Its public half (PEM); role writer only.", "/etc/dirsync-triage/signing.pub"),
    ] = None


class Protected(Part):
    deny: Annotated[
        kinds.Names,
        help_(
            "Objects never changed: DN, objectGUID or sAMAccountName, in Entra object id or sign-in name; several with ; between.",
            "svc-payroll;CN=Board,OU=Groups,DC=contoso,DC=com",
        ),
    ] = ()
    groups: Annotated[
        kinds.Dns,
        help_("Groups (DN) whose members are never changed.", "CN=VIP,OU=Groups,DC=contoso,DC=com"),
    ] = ()


class Caps(Part):
    per_hour: Annotated[
        int, help_("Objects written in an hour at most; 20 cannot be raised.", 20, ge=1, le=20)
    ] = 20
    per_day: Annotated[
        int, help_("Objects written in a day at most; 100 cannot be raised.", 100, ge=1, le=100)
    ] = 100


class Timing(Part):
    poll_seconds: Annotated[
        int, help_("How often Entra's error lists are read.", 60, ge=1, le=3600)
    ] = 60
    drift_minutes: Annotated[
        float,
        help_(
            "How often AD is compared with what Entra makes of it; 0: never.", 60, ge=0, le=10080
        ),
    ] = 60
    drift_cases: Annotated[
        int,
        help_(
            "How many new cards one such comparison opens at most; the rest come with the next ones.",
            20,
            ge=1,
            le=1000,
        ),
    ] = 20
    approval_minutes: Annotated[
        float, help_("How long an approval is good, up to the write.", 15, ge=0.1, le=15)
    ] = 15
    proposal_hours: Annotated[
        float, help_("After this a card without an answer expires.", 24, ge=0.01, le=168)
    ] = 24
    sync_stopped_after_hours: Annotated[
        float,
        help_("Without a synchronization for this long, nothing is written.", 3, ge=0.01, le=72),
    ] = 3
    export_minutes: Annotated[
        float, help_("How long a change may take to reach Entra.", 30, ge=0.1, le=1440)
    ] = 30
    sweep_minutes: Annotated[
        float, help_("How often Entra retries what it put aside.", 60, ge=0.1, le=1440)
    ] = 60
    overdue_minutes: Annotated[
        float,
        help_(
            "When a written change that Entra does not show is called overdue.",
            120,
            ge=0.1,
            le=2880,
        ),
    ] = 120
    look_seconds: Annotated[
        float,
        help_("How often a written change is looked at until Entra shows it.", 120, ge=1, le=3600),
    ] = 120
    close_hours: Annotated[
        float,
        help_("How long a verified card stays open before it is put away.", 24, ge=0.01, le=168),
    ] = 24
    storm_above: Annotated[
        int,
        help_(
            "More new problems than this within storm_minutes are told in one card together.",
            10,
            ge=1,
            le=100,
        ),
    ] = 10
    storm_minutes: Annotated[
        float,
        help_(
            "Within this time they count; after as long without a new one the card takes no more.",
            5,
            ge=0.1,
            le=60,
        ),
    ] = 5


class Log(Part):
    level: Annotated[
        Literal["debug", "info", "warning", "error"], help_("What is logged.", "info")
    ] = "info"
    format: Annotated[
        Literal["json", "text"], help_("json for machines, text for people.", "json")
    ] = "json"
    people: Annotated[
        Literal["redacted", "shown"],
        help_("Whether addresses, names and DNs appear in the log.", "redacted"),
    ] = "redacted"
