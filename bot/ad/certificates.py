"""In: certificates as AD holds them (DER), and a moment. Out: how many had expired by then.
Old ones that nobody removes fill the room that an object has in Entra; how many is all that is wanted here.
Promise: never raises: what cannot be read as a certificate counts as not expired.
"""

import warnings
from collections.abc import Sequence
from datetime import datetime


def expired(certificates: Sequence[bytes], at: datetime) -> int:
    return sum(_has_expired(each, at) for each in certificates)


def _has_expired(certificate: bytes, at: datetime) -> bool:
    from cryptography import x509  # only few objects have any

    try:
        with warnings.catch_warnings():  # an odd certificate is not ours to complain about
            warnings.simplefilter("ignore")
            return x509.load_der_x509_certificate(certificate).not_valid_after_utc < at
    except (ValueError, OverflowError, x509.InvalidVersion):
        return False
