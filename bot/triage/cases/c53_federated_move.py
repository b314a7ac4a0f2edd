"""In: a situation. Out: C53, when the sync server was refused a move of a sign-in name between two federated domains.
Promise: pure; no button: the service was mended in 2019, so what is left is to synchronize again, or to ask Microsoft.
"""

from bot.model import Diagnosis, Instruction, Risk, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import told_by_server
from bot.triage.runbooks import delta_sync, quoted, runbook
from bot.triage.situation import Situation


def recognise(situation: Situation) -> Finding | None:
    own = told_by_server(situation, "FederatedDomainChange", "FederatedDomainChangeError")
    if own is None:
        return None
    now = (own.cloud.user_principal_name if own.cloud else None) or ""
    of = {"name": own.name, "upn": own.ad.user_principal_name or "", "now": now}
    what = (
        Say(
            "The sign-in name of {name} moved to another federated domain: {now} in Entra, {upn} in AD. The sync server was "
            "refused that change.",
            of,
            own.cites,
        )
        if now
        else Say(
            "The sign-in name of {name} moved to another federated domain, {upn}. The sync server was refused that change.",
            of,
            own.cites,
        )
    )
    again = runbook(
        delta_sync(),
        Instruction(
            Say("Look whether the object still fails.", cites=own.cites),
            f"Get-ADSyncCSObject -ConnectorName '<Entra connector>' -DistinguishedName {quoted(own.ad.dn)}",
        ),
        Instruction(
            Say(
                "If it does, open a case with Microsoft. Before 2019 people moved the name through a managed domain first.",
                cites=own.cites,
            )
        ),
        rank=1,
        risk=Risk.JUDGE,
        title=Say("Synchronize {name} again", of, own.cites),
        because=Say("nothing in AD is wrong, so there is nothing to change there", cites=own.cites),
        undo=Say("There is nothing to undo.", cites=own.cites),
    )
    return Finding(
        Diagnosis(
            code="C53",
            title=Say("{name} moved to another federated domain", of),
            what=(what,),
            why=(
                Say(
                    "Entra has taken such moves since 2019; the error is one of old, or an old sync server.",
                    cites=("err",),
                ),
            ),
            then=(
                Say(
                    "Nothing in AD has to change. One more synchronization usually settles it.",
                    cites=own.cites,
                ),
            ),
            losers=own.losers,
            runbooks=(again,),
        )
    )
