"""In: nothing.
Out: the people, channels, commands and rights of the lab's Contoso workspace, as constants.
Promise: one person of each standing an approval has to tell apart, and ids that never change.
"""

from bot.lab.slack.records import Channel, Command, Shortcut, User

TEAM = "T0CONTOSO1"
TEAM_DOMAIN = "contoso"
OTHER_TEAM = "T0FABRIKAM"

INGRID = User(
    id="U0INGRID01",
    name="ingrid",
    real_name="Ingrid Berg",
    email="ingrid.berg@contoso.com",
    team_id=TEAM,
    standing="approver",
    rights="Asks, approves, undoes. Nothing that is about herself.",
    title="Identity administrator",
)
MART = User(
    id="U0MART0001",
    name="mart",
    real_name="Mart Tamm",
    email="mart.tamm@contoso.com",
    team_id=TEAM,
    standing="approver",
    rights="Asks, approves, undoes. Nothing that is about himself.",
    title="Directory engineer",
    tz="Europe/Tallinn",
)
KARI = User(
    id="U0KARI0001",
    name="kari",
    real_name="Kari Nilsen",
    email="kari.nilsen@contoso.com",
    team_id=TEAM,
    standing="reader",
    rights="Asks and reads. Approves nothing.",
    title="Service desk",
)
JAAN = User(
    id="U0JAAN0001",
    name="jaan",
    real_name="Jaan Sepp",
    email="jaan.sepp@contoso.com",
    team_id=TEAM,
    standing="member",
    rights="In no list of the app: it refuses every question and click.",
    title="Sales",
    tz="Europe/Tallinn",
)
SAM = User(
    id="U0SAM00001",
    name="sam",
    real_name="Sam Reed",
    email="sam@reed-consulting.example",
    team_id=TEAM,
    standing="guest",
    rights="A guest of this workspace: refused, whatever the lists say.",
    title="Consultant",
    is_restricted=True,
)
LEE = User(
    id="U0LEE00001",
    name="lee",
    real_name="Lee Wong",
    email="lee.wong@fabrikam.example",
    team_id=OTHER_TEAM,
    standing="other company",
    rights="Of another company, through the shared channel: refused.",
    title="Fabrikam",
    is_stranger=True,
)
BOT = User(
    id="U0DIRSYNC1",
    name="dirsync",
    real_name="dirsync",
    email="",
    team_id=TEAM,
    standing="app",
    is_bot=True,
)
PEOPLE = (INGRID, MART, KARI, JAAN, SAM, LEE)

_STAFF = {INGRID.id, MART.id, KARI.id, JAAN.id}
OPS = Channel(
    id="C0IDENTITY",
    name="identity-ops",
    members={*_STAFF, SAM.id, BOT.id},
    topic="Directory sync problems, and who is on them",
)
CHANNELS = (
    OPS,
    Channel(id="C0GENERAL1", name="general", members={*_STAFF}, topic="Everybody at Contoso"),
    Channel(
        id="C0FABRIKAM",
        name="project-fabrikam",
        members={INGRID.id, JAAN.id, LEE.id, BOT.id},
        topic="Shared with Fabrikam",
        is_ext_shared=True,
    ),
    Channel(
        id="C0ATTACKS1",
        name="identity-security",
        members={INGRID.id, MART.id, BOT.id},
        topic="What may be an attack, for those who may see it",
        is_private=True,
    ),
    Channel(
        id="C0SECURITY",
        name="security-incidents",
        members={INGRID.id, MART.id},
        topic="Private",
        is_private=True,
    ),
)
GROUPS = {"S0APPROVERS": ("dirsync-approvers", [INGRID.id, MART.id])}
COMMANDS = (
    Command("/whohas", "Show every object that holds an address or value", "SMTP:john@contoso.com"),
    Command("/dirsync", "Sync errors: list, show, explain, check", "help"),
)
SHORTCUTS = (
    Shortcut("explain_error", "Explain this error"),
    Shortcut("who_holds", "Who holds this?"),
)
SCOPES = frozenset(
    [
        "chat:write",
        "commands",
        "users:read",
        "users:read.email",
        "channels:read",
        "groups:read",
        "im:read",
        "mpim:read",
        "channels:history",
        "groups:history",
        "im:history",
        "im:write",
        "files:write",
        "reactions:write",
        "usergroups:read",
        "channels:join",
    ]
)
