"""In: command lines and environments of the lab.
Out: the options they mean, or the sentence that says what is wrong with them.
Promise: nothing is started here.
"""

from pathlib import Path

import pytest

from bot.lab.__main__ import parse
from bot.lab.lab import Options

OUTSIDE = [
    "--ldap=127.0.0.9:636",
    "--ldap-ca=/ca.pem",
    "--ldap-base=DC=corp,DC=contoso,DC=com",
    "--ldap-tls-name=dc1.corp.contoso.com",
]
ACCOUNT = {"LAB_LDAP_USER": "administrator@corp.contoso.com", "LAB_LDAP_PASSWORD": "one"}


def test_without_options_it_is_the_labs_own_ad_on_loopback() -> None:
    assert Options() == parse([], {})


def test_an_outside_ad_with_one_account_for_all() -> None:
    outside = parse(OUTSIDE, ACCOUNT).outside

    assert outside is not None
    assert ("127.0.0.9", 636, Path("/ca.pem")) == (
        outside.sync.host,
        outside.sync.port,
        outside.sync.ca_file,
    )
    assert outside.administrator == outside.sync == outside.reader == outside.writer


def test_an_outside_ad_with_an_account_for_each_role() -> None:
    more = {"LAB_LDAP_WRITE_USER": "svc@corp.contoso.com", "LAB_LDAP_WRITE_PASSWORD": "two"}
    outside = parse(OUTSIDE, ACCOUNT | more).outside

    assert outside is not None
    assert (outside.writer.user, outside.writer.password) == ("svc@corp.contoso.com", "two")
    assert outside.reader == outside.administrator


@pytest.mark.parametrize(
    ("arguments", "environ", "words"),
    [
        (["--host=0.0.0.0"], {}, "loopback addresses only (127.0.0.1), not on '0.0.0.0'"),
        (["--host=lab.contoso.com"], {}, "not on 'lab.contoso.com'"),
        (["--cycle-seconds=0"], {}, "0 is not a time of 0.1 s or more"),
        (["--sweep-seconds=nan"], {}, "nan is not a time of 0.1 s or more"),
        (["--ldap=10.0.0.5:636", *OUTSIDE[1:]], ACCOUNT, "not on '10.0.0.5'"),
        (["--ldap=127.0.0.9", *OUTSIDE[1:]], ACCOUNT, "--ldap is HOST:PORT"),
        (OUTSIDE[:2], ACCOUNT, "--ldap also needs --ldap-base."),
        (OUTSIDE, {}, "--ldap also needs LAB_LDAP_USER and LAB_LDAP_PASSWORD."),
        (OUTSIDE, ACCOUNT | {"LAB_LDAP_READ_USER": "r"}, "LAB_LDAP_READ_PASSWORD"),
    ],
)
def test_wrong_use_is_code_2_and_a_sentence(
    arguments: list[str],
    environ: dict[str, str],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments, environ)

    assert ended.value.code == 2
    assert words in capsys.readouterr().err
