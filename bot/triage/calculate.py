"""In: an AD object, the tenant's domains, whether the user has a licence. Out: what Entra will show of it.
Sign-in name, alias, addresses and main address as Entra calculates them (facts 2.8 to 2.10), and what gets lost.
Promise: pure; what was not read is said as assumed; who else may hold a value is not looked at here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.answers import Calculated, Dropped, Loss
from bot.model import AdObject, ObjectType, Say, TenantFacts
from bot.rules.values import Fault, address_faults, proxy_faults, upn_faults
from bot.triage.scope import scope_of
from bot.triage.value import bare_of, fold

_NOT_IN_ALIAS = re.compile(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]")
_DOMAIN_COMPONENT = re.compile(r"(?:^|(?<!\\),)\s*DC=([^,]+)", re.IGNORECASE)
# what Entra looks at in the name itself; whether the suffix may be used is a question to the tenant
_SUFFIX_FAULTS = frozenset({Fault.DOMAIN, Fault.NOT_ROUTABLE})


def calculate(
    ad: AdObject,
    tenant: TenantFacts,
    *,
    licensed: bool | None = None,
    sync_ous: Sequence[str] = (),
) -> Calculated:
    """`licensed`: an Exchange Online licence. None: not read; then what Entra makes without one."""
    scope = scope_of(ad, sync_ous)
    if scope.synced is False:
        return Calculated(ad=ad, licensed=licensed, synced=False, left_out=scope.why)
    made = _Made(ad, tenant, licensed)
    alias = made.alias()
    upn = made.sign_in(alias)
    moera = made.moera(alias)
    addresses = _main_first(made.addresses(upn, moera))
    main = next((v for v in addresses if v.startswith("SMTP:")), None)
    return Calculated(
        ad=ad,
        licensed=licensed,
        synced=scope.synced,
        user_principal_name=upn,
        mail=bare_text(main) if main else None,
        mail_nickname=alias,
        proxy_addresses=addresses,
        moera=moera,
        dropped=(*_replaced(made, upn, alias), *_left_off(made, addresses)),
        assumed=tuple(_assumed(made, scope_known=scope.synced is not None, moera=moera)),
    )


def is_reserved(address: str) -> bool:
    """Addresses nobody may bring along: the initial domain's and Microsoft's own. `x.mail.onmicrosoft.com`, where
    hybrid mail is routed, does synchronize.
    """
    domain = fold(address).rpartition("@")[2]
    labels = domain.split(".")
    initial = len(labels) == 3 and domain.endswith(".onmicrosoft.com") and bool(labels[0])
    return initial or f".{domain}".endswith(".microsoftonline.com")


def bare_text(stored: str) -> str:
    """`John@Contoso.com` of a stored `SMTP:John@Contoso.com`, letter case kept."""
    return stored.partition(":")[2]


def verified(tenant: TenantFacts) -> frozenset[str]:
    """Domains an address of a licensed user may have; the tenant's own routing domain is one of them."""
    routing = f"{tenant.initial_domain.partition('.')[0]}.mail.onmicrosoft.com"
    known = {fold(domain) for domain in (*tenant.verified_domains, tenant.initial_domain)}
    return frozenset((known | {fold(routing)}) - {""})


def sign_in_domains(tenant: TenantFacts) -> frozenset[str]:
    return frozenset({fold(d) for d in (*tenant.verified_domains, tenant.initial_domain)} - {""})


def asked_sign_in(ad: AdObject) -> str:
    """What Connect sends: the sign-in name, else the account name at the DNS name of its domain."""
    if ad.user_principal_name:
        return ad.user_principal_name
    domain = ".".join(label.lower() for label in _DOMAIN_COMPONENT.findall(ad.dn))
    return f"{ad.sam_account_name}@{domain}" if ad.sam_account_name else ""


@dataclass(frozen=True, slots=True)
class _Made:
    """The rules, one method a value."""

    ad: AdObject
    tenant: TenantFacts
    licensed: bool | None

    @property
    def recipient(self) -> bool:
        """Exchange attributes are only sent for an object that has an alias."""
        exchange = bool(self.ad.recipient_type and self.ad.mail_nickname)
        return self.ad.type is ObjectType.USER and (self.licensed is True or exchange)

    def kept(self) -> list[str]:
        """Of proxyAddresses, what Entra does not discard."""
        return [v for v in self.ad.proxy_addresses if lost_address(v) is None]

    def main(self) -> str | None:
        return next((v for v in self.kept() if v.startswith("SMTP:")), None)

    def mail(self) -> str | None:
        """The one address outside proxyAddresses that may become the main one."""
        target = (self.ad.target_address or "") if self.ad.type is ObjectType.CONTACT else ""
        for candidate in (self.ad.mail or "", target.rpartition(":")[2]):
            if candidate and not address_faults(candidate) and not is_reserved(candidate):
                return candidate
        return None

    def alias(self) -> str | None:
        """The first of alias, main address, mail, sign-in name, extra address that has something before its @."""
        found = self.ad.mail_nickname
        if not found:
            extra = next((v for v in self.kept() if fold(v).startswith("smtp:")), None)
            upn = asked_sign_in(self.ad) if self.ad.type is ObjectType.USER else None
            main = self.main()
            sources = (
                bare_text(main) if main else None,
                self.mail(),
                upn,
                bare_text(extra) if extra else None,
            )
            parts = (source.partition("@")[0] for source in sources if source)
            found = next((part for part in parts if part), None)
        return shown_alias(found) if found else None

    def sign_in(self, alias: str | None) -> str | None:
        if self.ad.type is not ObjectType.USER:
            return None
        asked = asked_sign_in(self.ad)
        if upn_loss(asked, self.tenant) is None:
            return asked
        initial = self.tenant.initial_domain
        return f"{alias or 'user'}@{initial}" if initial else None

    def moera(self, alias: str | None) -> str | None:
        """The technical address. Contacts have none, nor has an account without any address or mailbox."""
        addressed = self.mail() is not None or any(fold(v).startswith("smtp:") for v in self.kept())
        has_one = self.ad.type is not ObjectType.CONTACT and (self.recipient or addressed)
        if not has_one or not self.tenant.initial_domain:
            return None
        return f"{alias or 'user'}@{self.tenant.initial_domain}"

    def addresses(self, upn: str | None, moera: str | None) -> list[str]:
        found = list(self._asked_for(upn if self.recipient else None))
        if self.recipient and not _has_main(found):
            found = [
                f"SMTP:{bare_text(v)}" if upn and fold(v) == f"smtp:{fold(upn)}" else v
                for v in found
            ]
        if moera and f"smtp:{fold(moera)}" not in {fold(v) for v in found}:
            needed = self.recipient and not _has_main(found)
            found.append(f"{'SMTP' if needed else 'smtp'}:{moera}")
        return found

    def _asked_for(self, upn: str | None) -> Iterator[str]:
        """Each once; a second main address is demoted; a licensed user has none in a foreign domain."""
        mail = self.mail()
        main = self.main() or (f"SMTP:{mail}" if mail else f"SMTP:{upn}" if upn else None)
        wanted = [main] if main else []
        wanted += self.kept()
        if self.ad.sip_address:
            wanted.append(f"SIP:{self.ad.sip_address.rpartition(':')[2]}")
        if upn:
            wanted.append(f"smtp:{upn}")
        seen: set[str] = set()
        for value in wanted:
            if fold(value) in seen or (self.licensed and is_foreign(value, self.tenant)):
                continue
            second = bool(seen) and value.startswith("SMTP:")
            seen.add(fold(value))
            yield f"smtp:{bare_text(value)}" if second else value


def _has_main(values: Sequence[str]) -> bool:
    return any(v.startswith("SMTP:") for v in values)


def _main_first(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(values, key=lambda v: not v.startswith("SMTP:")))


def is_foreign(stored: str, tenant: TenantFacts) -> bool:
    """An SMTP address in a domain that is not the tenant's."""
    prefix, bare = bare_of(stored)
    return prefix == "smtp" and bare.rpartition("@")[2] not in verified(tenant)


def shown_alias(alias: str) -> str:
    """Underscores for what an alias may not have, a leading period among it."""
    return re.sub(r"^\.", "_", _NOT_IN_ALIAS.sub("_", alias))


def upn_loss(upn: str, tenant: TenantFacts) -> Loss | None:
    """Why a sign-in name is not taken over as it stands."""
    faults = set(upn_faults(upn)) - _SUFFIX_FAULTS
    if faults - {Fault.LONG}:
        return Loss.CHARACTERS
    if fold(upn.rpartition("@")[2]) not in sign_in_domains(tenant):
        return Loss.SUFFIX
    return Loss.LENGTH if faults else None


def lost_address(stored: str) -> Loss | None:
    """Why Entra discards one value of proxyAddresses without a word, whoever holds it."""
    faults = set(proxy_faults(stored))
    if Fault.TYPE in faults:
        return Loss.TYPE
    if faults:
        return Loss.LENGTH if faults == {Fault.LONG} else Loss.MALFORMED
    if bare_of(stored)[0] == "smtp" and is_reserved(stored):
        return Loss.RESERVED
    return None


# ---------------------------------------------------------------- what to say about it


def _replaced(made: _Made, upn: str | None, alias: str | None) -> Iterator[Dropped]:
    """The sign-in name and the alias, where something else stands in their place."""
    ad, tenant = made.ad, made.tenant
    asked = asked_sign_in(ad)
    if ad.type is ObjectType.USER and (loss := upn_loss(asked, tenant)):
        why = _why_replaced(asked, loss, (ad.ref, "tenant"))
        yield Dropped("userPrincipalName", asked, loss, why, upn or "")
    if ad.mail_nickname and alias != ad.mail_nickname:
        why = Say("what may not stand in an alias becomes an underscore", cites=(ad.ref,))
        yield Dropped("mailNickname", ad.mail_nickname, Loss.UNDERSCORES, why, alias or "")


def _why_replaced(upn: str, loss: Loss, cites: tuple[str, ...]) -> Say:
    match loss:
        case Loss.SUFFIX:
            domain = {"domain": upn.rpartition("@")[2]}
            return Say("the tenant has no verified domain {domain}", domain, cites)
        case Loss.LENGTH:
            return Say("it is longer than 64 characters before or 48 after the @", cites=cites)
        case _:
            return Say("a sign-in name may not be written like this", cites=cites)


def _left_off(made: _Made, shown: tuple[str, ...]) -> Iterator[Dropped]:
    """Addresses that Entra does not show, or shows as something else."""
    ad = made.ad
    there = {fold(v): v for v in shown}
    for stored in ad.proxy_addresses:
        loss = lost_address(stored)
        if loss is None and fold(stored) not in there:
            loss = Loss.UNVERIFIED  # nothing else takes off what was kept
        if loss is not None:
            yield Dropped("proxyAddresses", stored, loss, _why_lost(ad, loss, stored))
        elif stored.startswith("SMTP:") and there[fold(stored)] != stored:
            why = Say("only one address can be the main one", cites=(ad.ref,))
            now = there[fold(stored)]
            yield Dropped("proxyAddresses", stored, Loss.DEMOTED, why, now)
    if ad.mail and f"smtp:{fold(ad.mail)}" not in there:
        reason = _mail_loss(made, ad.mail)
        yield Dropped("mail", ad.mail, reason, _why_lost(ad, reason, ad.mail))


def _mail_loss(made: _Made, mail: str) -> Loss:
    if address_faults(mail):
        return Loss.MALFORMED
    if is_reserved(mail):
        return Loss.RESERVED
    return Loss.MASKED if made.main() else Loss.UNVERIFIED


def _why_lost(ad: AdObject, loss: Loss, value: str) -> Say:
    values = {"domain": value.rpartition("@")[2], "type": value.partition(":")[0]}
    match loss:
        case Loss.TYPE:
            return Say("Entra keeps no addresses of the type {type}", values, (ad.ref,))
        case Loss.LENGTH:
            return Say("an address has at most 256 characters", cites=(ad.ref,))
        case Loss.RESERVED:
            return Say(
                "{domain} belongs to Microsoft: Entra makes such addresses itself",
                values,
                (ad.ref,),
            )
        case Loss.UNVERIFIED:
            return Say(
                "the user has a licence, and {domain} is not a verified domain of the tenant",
                values,
                (ad.ref, "tenant"),
            )
        case Loss.MASKED:
            return Say("the main address in proxyAddresses goes before mail", cites=(ad.ref,))
        case _:
            return Say("it is not written like an address, so Entra ignores it", cites=(ad.ref,))


def _assumed(made: _Made, *, scope_known: bool, moera: str | None) -> Iterator[Say]:
    ad, tenant = made.ad, made.tenant
    name = {"name": ad.name}
    if not scope_known:
        yield Say(
            "Which OUs are synchronized was not stated: {name} is taken to be in one of them.",
            name,
            (ad.ref,),
        )
    if ad.type is ObjectType.USER and made.licensed is None:
        yield Say(
            "Shown is what Entra makes of {name} without an Exchange Online licence. With one, addresses of unverified "
            "domains go and the sign-in name becomes an address.",
            name,
            (ad.ref,),
        )
    if not tenant.verified_domains or not tenant.initial_domain:
        yield Say("The domains of the tenant are not all known.", cites=("tenant",))
    if ad.type is ObjectType.USER and not asked_sign_in(ad).isascii():
        yield Say(
            "For letters with marks in a sign-in name Microsoft describes three outcomes: the technical name that is "
            "shown here, underscores, or a refusal of the whole object.",
            cites=(ad.ref,),
        )
    if ad.type is ObjectType.USER and upn_loss(asked_sign_in(ad), tenant) is Loss.LENGTH:
        yield Say(
            "A sign-in name that is too long can also make Entra refuse the whole object.",
            cites=(ad.ref,),
        )
    if moera:
        yield Say(
            "{moera} is given once and stays. If somebody else has it, four digits are put before the @.",
            {"moera": moera},
            (ad.ref, "tenant"),
        )
    if not ad.mail_nickname:
        yield Say(
            "Without an alias in AD, Entra makes one at the first synchronization and keeps it.",
            cites=(ad.ref,),
        )
    yield Say(
        "Whether somebody else holds one of these values was not looked at here.", cites=(ad.ref,)
    )
