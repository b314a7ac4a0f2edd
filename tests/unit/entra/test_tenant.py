"""In: settings of a tenant, right and wrong. Out: a Tenant, or what is wrong with it.
No server is asked.
Promise: neither a secret nor a token can be sent to a host that is not Microsoft's.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from bot.entra.credential import credential
from bot.entra.tenant import Tenant
from bot.errors import SettingsError

SECRET = "a throw-away secret"


def tenant(**changes: Any) -> Tenant:
    given: dict[str, Any] = {
        "tenant_id": "contoso.com",
        "client_id": "app",
        "client_secret": SECRET,
    }
    return Tenant(**(given | changes))


@pytest.mark.parametrize(
    "addresses",
    [
        {},
        {
            "authority": "https://login.microsoftonline.us",
            "graph_url": "https://graph.microsoft.us/v1.0",
        },
        {
            "authority": "https://login.microsoftonline.us",
            "graph_url": "https://dod-graph.microsoft.us/v1.0",
        },
        {
            "authority": "https://login.chinacloudapi.cn",
            "graph_url": "https://microsoftgraph.chinacloudapi.cn/v1.0",
        },
        {
            "authority": "https://127.0.0.1:1",
            "graph_url": "https://127.0.0.2:2/v1.0",
            "ca_file": "ca.pem",
        },
        {"authority": "https://localhost:1", "graph_url": "https://[::1]:2/v1.0"},
    ],
)
def test_microsofts_clouds_and_this_machine_are_taken(addresses: dict[str, str]) -> None:
    assert tenant(**addresses).tenant_id == "contoso.com"


@pytest.mark.parametrize(
    "addresses",
    [
        {"graph_url": "https://graph.example.com/v1.0"},
        {"graph_url": "https://graph.microsoft.us/v1.0"},
        {"graph_url": "https://127.0.0.1:1/v1.0"},
        {"authority": "https://127.0.0.1:1"},
        {"authority": "https://login.example.com"},
        {"authority": "http://127.0.0.1:1", "graph_url": "http://127.0.0.1:1/v1.0"},
        {"graph_url": "https://graph.microsoft.com:8443/v1.0"},
        {"graph_url": "https://graph.microsoft.com@evil.example/v1.0"},
        {"graph_url": "https://127.0.0.1.evil.example/v1.0", "authority": "https://127.0.0.1:1"},
        {"graph_url": "graph.microsoft.com"},
        {"ca_file": "ca.pem"},
    ],
)
def test_other_hosts_are_refused(addresses: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        tenant(**addresses)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client_secret": ""}, "none is given"),
        ({"managed_identity": True}, "a client secret and a managed identity are given"),
        ({"certificate_file": "app.pem"}, "a client secret and a certificate are given"),
        ({"tenant_id": ""}, "tenant id or the client id"),
        ({"client_id": ""}, "tenant id or the client id"),
        ({"timeout": 0}, "above zero"),
        ({"concurrency": 0}, "above zero"),
    ],
)
def test_what_is_missing_or_too_much_is_named(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        tenant(**changes)


def test_no_secret_is_in_a_repr() -> None:
    shown = repr(tenant()) + repr(
        tenant(client_secret="", certificate_file="app.pem", certificate_password=SECRET)
    )

    assert SECRET not in shown


def test_the_scope_is_of_the_cloud_that_is_asked() -> None:
    assert tenant().scope == "https://graph.microsoft.com/.default"


async def test_each_way_to_sign_in_has_its_credential(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("a token")
    ways: list[dict[str, Any]] = [
        {},
        {"client_secret": "", "managed_identity": True, "client_id": ""},
        {"client_secret": "", "federated_token_file": str(token)},
        {"client_secret": "", "certificate_file": str(certificate(tmp_path))},
    ]
    made = [credential(tenant(**way)) for way in ways]
    for each in made:
        await each.close()

    assert [type(each).__name__ for each in made] == [
        "ClientSecretCredential",
        "ManagedIdentityCredential",
        "WorkloadIdentityCredential",
        "CertificateCredential",
    ]


@pytest.mark.parametrize("given", ["certificate_file", "federated_token_file"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, given: str) -> None:
    missing = str(tmp_path / "missing")
    with pytest.raises(SettingsError, match=r"cannot be read from .*missing"):
        credential(tenant(client_secret="", **{given: missing}))


@pytest.mark.parametrize("password", ["", "of another file"])
def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path, password: str) -> None:
    file = tmp_path / "app.pem"
    file.write_bytes(certificate(tmp_path).read_bytes() if password else b"no certificate")
    with pytest.raises(SettingsError, match="cannot be used"):
        credential(
            tenant(client_secret="", certificate_file=str(file), certificate_password=password)
        )


def certificate(folder: Path) -> Path:
    """Self-signed, its key beside it: what an app registration is given."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dirsync-triage")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    plain = serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    file.write_bytes(
        key.private_bytes(*form, plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    return file
