"""In: names as servers, consoles and translations write them. Out: the one name that triage knows each by.
Names of errors are the same in every language; names of attributes may be translated, or mistranslated.
Promise: pure; what is not known keeps the name it came with.
"""

import re
from collections.abc import Iterator

from bot.triage.value import fold

_ATTRIBUTES = {
    "UserPrincipalName": ("upn",),
    "ProxyAddresses": ("proxyaddress",),
    "Mail": ("email", "emailaddress"),
    "SipProxyAddress": ("sipproxyaddresses", "sipaddress", "msrtcsip-primaryuseraddress"),
    "OnPremiseSecurityIdentifier": ("onpremisessecurityidentifier", "objectsid"),
    "SignInName": (),
    "MailNickname": ("alias",),
    "DisplayName": (),
    "TargetAddress": (),
    "ImmutableId": ("onpremisesimmutableid",),
    "SourceAnchor": (),
    "OnPremisesObjectIdentifier": (),
    "UserCertificate": (),
    "UserSMIMECertificate": (),
    "ThumbnailPhoto": (),
    "SamAccountName": ("onpremisessamaccountname",),
}
ATTRIBUTES = {
    fold(alias): name for name, others in _ATTRIBUTES.items() for alias in (name, *others)
}

# canonical name -> other spellings; spaces between the words are allowed in all of them
_ERRORS = {
    "QuarantinedAttributeValueMustBeUnique": (),
    "AttributeValueMustBeUnique": (),
    "PropertyConflict": (),
    "InvalidSoftMatch": (),
    "InvalidHardMatch": (),
    "ObjectTypeMismatch": (),
    "IdentityDataValidationFailed": ("DataValidationFailed",),
    "LargeObject": (),
    "ExceededAllowedLength": (),
    "FederatedDomainChange": (),
    "ExistingAdminRoleConflict": ("AdminRoleConflict",),
    "DeletingCloudOnlyObjectNotAllowed": (),
}
QUARANTINES = frozenset({"propertyconflict", "quarantinedattributevaluemustbeunique"})

_WORDS = re.compile(r"[A-Z][a-z]+")
_BY_NAME = {
    fold(spelling): name for name, others in _ERRORS.items() for spelling in (name, *others)
}
_NAMES = re.compile(
    r"(?<![A-Za-z])(?:"
    + "|".join(
        r"[ _-]?".join(_WORDS.findall(spelling))
        for name, others in _ERRORS.items()
        for spelling in (name, *others)
    )
    + r")(?=(?:Error)?(?![A-Za-z]))",
    re.IGNORECASE,
)
# the message and the code of the server where it gives no name
_MESSAGES = (
    (re.compile(r"0x8023134a", re.IGNORECASE), "DeletingCloudOnlyObjectNotAllowed"),
    (re.compile(r"Hard match operation blocked", re.IGNORECASE), "InvalidHardMatch"),
)
_NUMBER = re.compile(r"(?<![\w.:-])114(?![\w.:-]*\w)")
_NEW_NAME = re.compile(
    r":[ \t]*((?:[A-Z][a-z]+){1,8}(?:Error|Failed|Unique|Match|Mismatch|Conflict|Allowed|Length|Access))"
    r"[ \t]*$",
    re.MULTILINE,
)
_SID = re.compile(r"s-1-\d", re.IGNORECASE)


def meaning(attribute: str, value: str) -> str:
    """The attribute it is: by its name, else by what only one attribute can hold, else as it was told."""
    known = ATTRIBUTES.get(fold(attribute).replace(" ", ""))
    if known:
        return known
    start = fold(value)
    if start.startswith(("smtp:", "x500:")):
        return "ProxyAddresses"  # a translation may call it physicaldeliveryofficename
    if start.startswith("sip:"):
        return "SipProxyAddress"
    if _SID.match(start):
        return "OnPremiseSecurityIdentifier"
    return attribute


def error_name(text: str) -> str:
    """The name of an error, if the text is one and nothing else; else the text itself."""
    plain = re.sub(r"[ _-]", "", text.strip())
    return _BY_NAME.get(fold(plain)) or _BY_NAME.get(fold(plain).removesuffix("error")) or text


def is_error_name(text: str) -> bool:
    return error_name(text) in _ERRORS


def names_in(text: str) -> Iterator[tuple[int, str]]:
    """Every error that is named in a text, with its place."""
    found = [(m.start(), error_name(m.group())) for m in _NAMES.finditer(text)]
    for pattern, name in _MESSAGES:
        found += [(m.start(), name) for m in pattern.finditer(text)]
    if not found:
        found = [(m.start(1), m.group(1)) for m in _NEW_NAME.finditer(text)]
    if not found and len(text.split()) <= 12 and (number := _NUMBER.search(text)):
        found = [(number.start(), "DeletingCloudOnlyObjectNotAllowed")]
    yield from sorted(found)
