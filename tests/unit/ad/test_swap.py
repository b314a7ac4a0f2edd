"""In: threads that are about to write and callers that stop waiting. Out: who came first.
Promise: after "nothing was sent" nothing is sent.
"""

import threading

import pytest

from bot.ad.forest import Forest, reading, writing
from bot.ad.journal import open_journal
from bot.ad.modify import Writer
from bot.ad.protection import Protection
from bot.ad.swap import Gate
from bot.admission import Admission
from bot.errors import SettingsError
from bot.model import Mode, Standing
from tests.unit.ad.test_journal import Noon
from tests.unit.approvals import KEY


def test_whoever_stops_waiting_first_stops_the_write() -> None:
    gate = Gate()

    assert (gate.close(), gate.pass_through(), gate.close()) == (False, False, False)


def test_what_was_sent_stays_sent() -> None:
    gate = Gate()

    assert (gate.pass_through(), gate.close()) == (True, True)


def test_both_at_once_agree() -> None:
    for _ in range(200):
        gate = Gate()
        start = threading.Barrier(2)
        sent: list[bool] = []

        def write(
            gate: Gate = gate, start: threading.Barrier = start, sent: list[bool] = sent
        ) -> None:
            start.wait()
            sent.append(gate.pass_through())

        thread = threading.Thread(target=write)
        thread.start()
        start.wait()
        told = gate.close()
        thread.join()

        assert sent == [told]


def forest(**more: str) -> Forest:
    given = {"name": "corp", "host": "10.0.0.1", "user": "r", "password": "p"}
    return Forest(**(given | more))  # type: ignore[arg-type]  # only its texts are given here


def test_the_name_in_the_certificate_of_each_account() -> None:
    both = {"write_user": "w", "write_password": "p", "tls_name": "corp.contoso.com"}
    plain, by_name, by_address = (
        forest(**both),
        forest(**both, write_dc="dc7.corp.contoso.com"),
        forest(**both, write_dc="10.0.0.7"),
    )

    assert reading(plain).tls_name == "corp.contoso.com"
    assert [(a.host, a.tls_name) for a in map(writing, (plain, by_name, by_address)) if a] == [
        ("10.0.0.1", "corp.contoso.com"),
        ("dc7.corp.contoso.com", "dc7.corp.contoso.com"),
        ("10.0.0.7", "corp.contoso.com"),
    ]


def test_a_reader_has_no_write_account() -> None:
    assert writing(forest()) is None


@pytest.mark.parametrize(
    ("ous", "groups"), [(("Staff",), ()), (("",), ()), ((), ("VIP",))], ids=["ou", "empty", "group"]
)
async def test_a_name_that_is_no_dn_is_refused_at_start(
    ous: tuple[str, ...], groups: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def nobody(_: str) -> Standing:
        return Standing(None, ())

    journal = await open_journal(tmp_path_factory.mktemp("j") / "journal", Noon())
    with pytest.raises(SettingsError, match="is not a distinguished name"):
        Writer(
            [Forest(name="corp", host="h", user="u", password="p", allowed_ous=ous)],
            admission=Admission(
                tenant="contoso",
                public_key=KEY.public_key(),
                mode_allowed=Mode.APPLY,
                journal=journal,
                clock=Noon(),
            ),
            standing=nobody,
            protection=Protection(groups=groups),
            clock=Noon(),
        )
    await journal.close()
