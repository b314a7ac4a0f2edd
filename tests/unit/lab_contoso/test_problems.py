"""In: the problems of Contoso.
Out: which addresses are doubled once people have made their changes, and that no two problems meet.
Promise: held on the data alone; the contract suite shows what the sync makes of it.
"""

from collections import Counter

from bot.lab.contoso.entries import Entry, entries
from bot.lab.contoso.load import modification
from bot.lab.contoso.problems import LIVE, PLANTS, Change, Problem, changes

BASE = "DC=corp,DC=contoso,DC=com"


def after(*problems: Problem) -> Counter[str]:
    """How many objects have each address, after these changes."""
    values = {
        each.dn: {(name, v) for name, many in each.attributes.items() for v in many}
        for each in entries(BASE)
    }
    for problem in problems:
        for change in changes(problem.changes, BASE):
            if isinstance(change, Entry):
                values[change.dn] = {
                    (name, v) for name, many in change.attributes.items() for v in many
                }
            else:
                assert values[change.dn] >= set(change.gone)
                values[change.dn] = values[change.dn] - set(change.gone) | set(change.new)
    return Counter(
        value.partition(":")[2].lower()
        for held in values.values()
        for value in {v for name, v in held if name == "proxyAddresses"}
    )


def doubled(counted: Counter[str]) -> dict[str, int]:
    return {address: count for address, count in counted.items() if count > 1}


def test_eight_live_problems_as_promised() -> None:
    cases = Counter(each.case for each in LIVE)

    assert cases == {"C01": 4, "C02": 2, "C56": 1, "C06": 1}


def test_the_live_problems_double_their_addresses_and_no_other() -> None:
    in_ad = {each.address: 2 for each in LIVE if each.public_folder is None}

    assert in_ad == doubled(after(*LIVE))


def test_the_hidden_owner_is_not_in_ad() -> None:
    hidden = [each.address for each in LIVE if each.public_folder]

    assert {address: after(*LIVE)[address] for address in hidden} == {"events@contoso.com": 1}


def test_all_problems_together_double_one_address_each() -> None:
    expected = {each.address: 2 for each in (*LIVE, *PLANTS) if each.public_folder is None}
    expected["nils.vik@contoso.com"] = 3

    assert expected == doubled(after(*LIVE, *PLANTS))


def test_no_object_is_changed_by_two_problems() -> None:
    changed = [each.dn for problem in (*LIVE, *PLANTS) for each in problem.changes]

    assert len(set(changed)) == len(changed)


def test_what_is_mended_behind_the_back_undoes_what_was_done() -> None:
    mended = [each for each in PLANTS if each.mended]
    done = [
        (change.dn, change.new)
        for each in mended
        for change in each.changes
        if isinstance(change, Change)
    ]
    undone = [(change.dn, change.gone) for each in mended for change in each.mended]

    assert [each.id for each in mended] == ["rein-oun"]
    assert done == undone


def test_a_change_deletes_before_it_adds() -> None:
    change = Change(
        dn="CN=Tax",
        gone=(("proxyAddresses", "SMTP:a@contoso.com"), ("mail", "a@contoso.com")),
        new=(("proxyAddresses", "SMTP:b@contoso.com"), ("proxyAddresses", "smtp:a@contoso.com")),
    )
    wanted = {
        "proxyAddresses": [
            ("MODIFY_DELETE", ["SMTP:a@contoso.com"]),
            ("MODIFY_ADD", ["SMTP:b@contoso.com", "smtp:a@contoso.com"]),
        ],
        "mail": [("MODIFY_DELETE", ["a@contoso.com"])],
    }

    assert wanted == modification(change)
