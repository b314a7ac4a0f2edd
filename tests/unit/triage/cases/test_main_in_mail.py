"""In: people of a company without Exchange on-premises, whose main address stands in the mail field alone.
Promise: it counts as the main one, as Entra works it out, and is never taken away without another one in its place.
"""

from dataclasses import replace
from typing import Any

from bot.model import Change, Holder
from tests.builders import VALUE, evidence, loser, user
from tests.unit.triage.concluding import found, offered, words


def in_mail(name: str, *, served: bool) -> Holder:
    there: dict[str, Any] = {"licensed": True, "mail": VALUE if served else None}
    proxies = (f"SMTP:{VALUE}",) if served else ()
    return user(name, proxies=(), cloud_proxies=proxies, ad={"mail": VALUE}, cloud=there)


def test_an_extra_address_gives_way_to_a_main_one_that_stands_in_mail() -> None:
    finding = found(evidence(in_mail("John Doe", served=True), loser()))

    assert (finding.diagnosis.code, offered(finding)) == (
        "C01",
        [("Svc Scanner", "safe", (Change("proxyAddresses", (f"smtp:{VALUE}",)),))],
    )
    assert "without an SMTP: address Entra takes it for the main one" in words(finding)


def test_two_main_addresses_in_mail_are_c02_and_one_gets_a_free_name_instead() -> None:
    one, other = in_mail("John Doe", served=True), in_mail("Jane Roe", served=False)
    read = replace(evidence(one, other), taken={"jane.roe@contoso.com": ()})
    finding = found(read)

    assert (finding.diagnosis.code, offered(finding)) == (
        "C02",
        [("Jane Roe", "judge", (Change("mail", (VALUE,), ("jane.roe@contoso.com",)),))],
    )


def test_without_a_free_name_the_only_main_address_is_not_taken_away() -> None:
    one, other = in_mail("John Doe", served=True), in_mail("Jane Roe", served=False)
    finding = found(replace(evidence(one, other), taken={}))

    assert offered(finding) == []
    assert "Jane Roe needs another main address" in words(finding)
