"""In: the signing settings as plain paths. Out: the edge's private and the writer's public Ed25519 key.
With role `all` and no key given a pair is made beside the journal, readable by the bot's user alone.
Promise: a key file that others can read, or that is no Ed25519 key, is refused with what to do.
"""

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from bot.errors import SettingsError

OWN_KEY = "signing.pem"
_MAKE = "Make one with: openssl genpkey -algorithm ed25519 -out signing.pem"


def private_key(path: Path) -> Ed25519PrivateKey:
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"The signing key {path} cannot be read: {error.strerror}.", todo=_MAKE
        ) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(
            f"Others can read the signing key {path}.", todo=f"Run: chmod 600 {path}"
        )
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingsError(f"{path} is no private key in PEM form.", todo=_MAKE) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{path} is not an Ed25519 key.", todo=_MAKE)
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SettingsError(
            f"{path} is no public key in PEM form.",
            todo="Make it with: openssl pkey -in signing.pem -pubout -out signing.pub",
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsError(f"{path} is not an Ed25519 key.", todo=_MAKE)
    return key


def own_key(state_dir: Path) -> Ed25519PrivateKey:
    """The key of a bot that runs all roles in one process: made once, kept beside the journal."""
    path = state_dir / OWN_KEY
    if not path.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
    return private_key(path)
