"""In: the few fields a test is about. Out: model objects whose other fields are a plain, healthy Contoso.
`user` builds a person on both sides, `evidence` joins people into what was read, `case` diagnoses it for real.
Promise: no case, join or hash is written by hand here: they come from the product, so they cannot disagree.
"""

import base64
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model import (
    AdObject,
    Approval,
    AttributeStamp,
    Case,
    CaseKey,
    CloudObject,
    Decision,
    Evidence,
    Gap,
    Holder,
    Kind,
    Mode,
    Moment,
    ObjectType,
    Proposal,
    Receipt,
    Risk,
    Say,
    Standing,
    State,
    SyncError,
    TenantFacts,
    WriteResult,
)
from bot.triage.diagnose import diagnose
from bot.triage.join import ad_claims, cloud_claims
from bot.triage.naming import candidates
from bot.triage.policy import Policy
from bot.triage.proposals import numbered
from bot.triage.value import bare_of

TENANT = "6f1c9a52-0000-4000-8000-000000000001"
VALUE = "john@contoso.com"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FOREST = "corp"


def guid_of(name: str) -> str:
    """The same name has the same objectGUID in every test."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def anchor_of(guid: str) -> str:
    return base64.b64encode(uuid.UUID(guid).bytes_le).decode()


def cloud_id_of(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def ad_object(name: str = "John Doe", **over: Any) -> AdObject:
    """`type`, `proxy_addresses` and the like as keywords; DN, SID, anchor follow from the name."""
    guid = over.get("guid") or guid_of(name)
    account = name.lower().replace(" ", ".")
    usual: dict[str, Any] = {
        "forest": FOREST,
        "guid": guid,
        "dn": f"CN={name},OU=People,DC=contoso,DC=com",
        "type": ObjectType.USER,
        "name": name,
        "anchor": anchor_of(guid),
        "sid": f"S-1-5-21-1-2-3-{int(uuid.UUID(guid)) % 90000 + 1000}",
        "sam_account_name": account[:20],
        "user_principal_name": f"{account}@contoso.com",
        "mail": f"{account}@contoso.com",
        "enabled": True,
    }
    return AdObject(**(usual | over))


def cloud_object(name: str = "John Doe", **over: Any) -> CloudObject:
    account = name.lower().replace(" ", ".")
    usual: dict[str, Any] = {
        "id": cloud_id_of(name),
        "type": ObjectType.USER,
        "name": name,
        "user_principal_name": f"{account}@contoso.com",
        "mail": f"{account}@contoso.com",
        "synced": True,
        "anchor": anchor_of(guid_of(name)),
        "enabled": True,
    }
    return CloudObject(**(usual | over))


def user(
    name: str = "John Doe",
    *,
    proxies: tuple[str, ...] = (),
    cloud_proxies: tuple[str, ...] = (),
    value: str = VALUE,
    joined_by: str | None = "anchor",
    ad: dict[str, Any] | None = None,
    cloud: dict[str, Any] | None = None,
) -> Holder:
    """A synced user. `ad` and `cloud` override the fields of a side; `joined_by=None` leaves Entra out."""
    # the ids follow from `name`, what people read may be another one
    here = {"proxy_addresses": proxies} | (ad or {})
    shown = here.pop("name", name)
    on_premises = replace(ad_object(name, **here), name=shown)
    twin = None
    if joined_by:
        usual = {"anchor": on_premises.anchor, "proxy_addresses": cloud_proxies, "dn": None}
        there: dict[str, Any] = usual | (cloud or {})
        shown = there.pop("name", shown)
        twin = replace(cloud_object(name, **there), name=shown)
    return Holder(
        ad=on_premises,
        cloud=twin,
        ad_claims=ad_claims(on_premises, value),
        cloud_claims=cloud_claims(twin, value) if twin else (),
        joined_by=joined_by,
    )


def only_in_cloud(name: str = "Guest", *, value: str = VALUE, **over: Any) -> Holder:
    twin = cloud_object(name, **({"synced": None, "anchor": None} | over))
    return Holder(cloud=twin, cloud_claims=cloud_claims(twin, value))


def keeper(name: str = "John Doe", **over: Any) -> Holder:
    """Has the value as main address on both sides."""
    main = (f"SMTP:{VALUE}", f"smtp:{name.split(maxsplit=1)[0].lower()}.d@contoso.com")
    return user(name, **({"proxies": main, "cloud_proxies": main} | over))


def loser(name: str = "Svc Scanner", **over: Any) -> Holder:
    """Lists the value as an extra address in AD; Entra left it off."""
    account = name.lower().replace(" ", ".")
    own = f"SMTP:{account}@contoso.com"
    return user(name, **({"proxies": (own, f"smtp:{VALUE}"), "cloud_proxies": (own,)} | over))


def both_primary(name: str = "Johanna Dow", **over: Any) -> Holder:
    """Claims the value as main address in AD too, owns another one, and has only that one in Entra."""
    own = f"{name.lower().replace(' ', '.')}@contoso.com"
    usual: dict[str, Any] = {
        "proxies": (f"SMTP:{VALUE}", f"smtp:{own}"),
        "cloud_proxies": (f"SMTP:{own}",),
        "ad": {"mail": VALUE},
    }
    return user(name, **(usual | over))


def group(name: str = "Tax Office", **over: Any) -> Holder:
    """A mail-enabled group that has the value as main address on both sides."""
    main = (f"SMTP:{VALUE}",)
    here = {"type": ObjectType.GROUP, "enabled": None, "user_principal_name": None, "mail": None}
    there = {"type": ObjectType.GROUP, "enabled": None, "user_principal_name": None, "mail": None}
    usual: dict[str, Any] = {"proxies": main, "cloud_proxies": main, "joined_by": "sid"}
    return user(
        name,
        **(
            usual | over | {"ad": here | over.get("ad", {}), "cloud": there | over.get("cloud", {})}
        ),
    )


def contact(name: str = "Ext John", **over: Any) -> Holder:
    """A contact whose mail field is the value and that lists it as an extra address; Entra left it off."""
    here = {
        "type": ObjectType.CONTACT,
        "enabled": None,
        "user_principal_name": None,
        "sam_account_name": None,
        "sid": None,
        "mail": VALUE,
    }
    there = {
        "type": ObjectType.CONTACT,
        "enabled": None,
        "user_principal_name": None,
        "mail": None,
        "anchor": None,
    }
    usual: dict[str, Any] = {
        "proxies": ("SMTP:john@fabrikam.com", f"smtp:{VALUE}"),
        "cloud_proxies": ("SMTP:john@fabrikam.com",),
        "joined_by": "address",
    }
    return user(
        name,
        **(
            usual | over | {"ad": here | over.get("ad", {}), "cloud": there | over.get("cloud", {})}
        ),
    )


def leaver(name: str = "Eva Left", **over: Any) -> Holder:
    """Disabled for half a year and still the owner of the value, in AD everywhere and in Entra."""
    main = (f"SMTP:{VALUE}",)
    here = {
        "enabled": False,
        "changed_at": NOW - timedelta(days=180),
        "user_principal_name": VALUE,
        "mail": VALUE,
    }
    usual: dict[str, Any] = {"proxies": main, "cloud_proxies": main}
    return user(name, **(usual | over | {"ad": here | over.get("ad", {})}))


def shared_mailbox(name: str = "Reception", **over: Any) -> Holder:
    """Owns the value; the account behind it is disabled, as it should be."""
    main = (f"SMTP:{VALUE}",)
    here = {
        "enabled": False,
        "mailbox": True,
        "recipient_type": 4,
        "changed_at": NOW - timedelta(days=400),
    }
    usual: dict[str, Any] = {"proxies": main, "cloud_proxies": main}
    return user(name, **(usual | over | {"ad": here | over.get("ad", {})}))


def error(of: Holder | None = None, **over: Any) -> SyncError:
    """The entry Entra puts on the object that did not get the value."""
    twin = (of or loser()).cloud
    usual: dict[str, Any] = {
        "object_id": twin.id if twin else cloud_id_of("gone"),
        "object_type": twin.type if twin else ObjectType.USER,
        "object_name": twin.name if twin else "gone",
        "category": "PropertyConflict",
        "attribute": "ProxyAddresses",
        "value": f"smtp:{VALUE}",
        "occurred_at": NOW - timedelta(hours=5),
        "raw": '{"category":"PropertyConflict","propertyCausingError":"ProxyAddresses"}',
    }
    return SyncError(**(usual | over))


def tenant_facts(**over: Any) -> TenantFacts:
    usual: dict[str, Any] = {
        "tenant": TENANT,
        "name": "Contoso",
        "initial_domain": "contoso.onmicrosoft.com",
        "verified_domains": ("contoso.com", "contoso.onmicrosoft.com"),
        "sync_enabled": True,
        "last_sync_at": NOW - timedelta(minutes=12),
    }
    return TenantFacts(**(usual | over))


def evidence(*holders: Holder, of: Holder | None = None, **over: Any) -> Evidence:
    """What was read about VALUE. Without holders it is an everyday C01; `of` carries the error."""
    failing = of or (holders[-1] if holders else loser())
    present = holders or (keeper(), failing)
    usual: dict[str, Any] = {
        "value": VALUE,
        "read_at": NOW,
        "tenant": tenant_facts(),
        "errors": (error(failing),),
        "holders": present,
        "standings": {h.ad.ref: Standing(h.cloud.id, ()) for h in present if h.ad and h.cloud},
        "taken": _taken(present),
        "searched": ("AD corp", "Entra users", "Entra groups", "Entra contacts"),
    }
    return Evidence(**(usual | over))


def looked_for(read: Evidence, policy: Policy | None = None) -> Evidence:
    """What `handlers.evidence` does: every name that might be given to somebody was looked for, and only those in
    `read` have any.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in candidates(read, policy or Policy()):
        found[name] = tuple(h.ad.ref for h in read.holders if h.ad and ad_claims(h.ad, name))
    return replace(read, taken=found)


def _taken(present: tuple[Holder, ...]) -> dict[str, tuple[str, ...]]:
    """Other addresses of theirs were looked for, and nobody else has them."""
    found: dict[str, tuple[str, ...]] = {}
    for holder in present:
        for stored in holder.ad.proxy_addresses if holder.ad else ():
            bare = bare_of(stored)[1]
            if bare != VALUE and holder.ad:
                found[bare] = (*found.get(bare, ()), holder.ad.ref)
    return found


def gap(**over: str) -> Gap:
    usual = {"where": "AD corp", "what": "recycle bin", "why": "no right to read it"}
    return Gap(**(usual | over))


def stamp(attribute: str = "proxyAddresses", **over: Any) -> AttributeStamp:
    usual: dict[str, Any] = {
        "attribute": attribute,
        "changed_at": NOW - timedelta(days=3),
        "version": 4,
        "dc": "DC1",
    }
    return AttributeStamp(**(usual | over))


def key(**over: Any) -> CaseKey:
    usual: dict[str, Any] = {"tenant": TENANT, "kind": Kind.ADDRESS, "value": VALUE}
    return CaseKey(**(usual | over))


def case(read: Evidence | None = None, **over: Any) -> Case:
    """A case diagnosed by the product from `read` (an everyday C01), waiting for an approval in `apply`."""
    read = read or evidence()
    of: CaseKey = over.get("key") or key()
    revision: int = over.get("revision", 1)
    finding = diagnose(read, case_id=of.id, previous=None, now=NOW)
    approvable = any(p.risk is not Risk.DESTRUCTIVE for p in finding.proposals)
    usual: dict[str, Any] = {
        "key": of,
        "state": State.PENDING if approvable else State.OPEN,
        "version": 1,
        "revision": revision,
        "errors": read.errors,
        "evidence": read,
        "diagnosis": finding.diagnosis,
        "proposals": numbered(finding.proposals, revision),
        "mode": Mode.APPLY,
        "first_seen": NOW - timedelta(minutes=1),
        "updated_at": NOW,
        "expires_at": NOW + timedelta(hours=24) if approvable else None,
        "timeline": (Moment(NOW, "", Say("Seen for the first time.", cites=("err",))),),
    }
    return Case(**(usual | over))


def approval(**over: Any) -> Approval:
    usual: dict[str, Any] = {
        "slack_team": "T0CONTOSO1",
        "slack_user": "U0INGRID01",
        "entra_id": cloud_id_of("Ingrid Berg"),
        "name": "Ingrid Berg",
        "at": NOW + timedelta(minutes=1),
    }
    return Approval(**(usual | over))


def decision(of: Case | None = None, **over: Any) -> Decision:
    """One approval of the first proposal of `of`, unsigned."""
    decided = of or case()
    first: Proposal = decided.proposals[0]
    usual: dict[str, Any] = {
        "tenant": decided.key.tenant,
        "case_id": decided.id,
        "proposal_id": first.id,
        "revision": decided.revision,
        "plan_hash": first.plan_hash,
        "risk": first.risk,
        "mode": decided.mode,
        "approvals": (approval(),),
        "reason": "",
        "decided_at": NOW + timedelta(minutes=1),
        "expires_at": NOW + timedelta(minutes=16),
    }
    return Decision(**(usual | over))


def receipt(of: Case | None = None, **over: Any) -> Receipt:
    usual: dict[str, Any] = {
        "proposal_id": (of or case()).proposals[0].id,
        "step": 0,
        "result": WriteResult.WRITTEN,
        "dc": "DC1",
        "at": NOW + timedelta(minutes=2),
    }
    return Receipt(**(usual | over))
