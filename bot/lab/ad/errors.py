"""In: what the directory refuses, and why.
Out: an LDAP result code with the diagnostic text that AD gives.
Promise: the code is one of RFC 4511's names; the text carries AD's eight hex digits first.
"""

from dataclasses import dataclass


@dataclass(eq=False)
class Refused(Exception):
    code: str
    message: str
    matched: str = ""
    referral: str = ""


def no_object(matched: str) -> Refused:
    text = (
        "0000208D: NameErr: DSID-0310028D, problem 2001 (NO_OBJECT), data 0, best match of:"
        f"\n\t'{matched}'\n"
    )
    return Refused("noSuchObject", text, matched=matched)


def no_right() -> Refused:
    text = "00002098: SecErr: DSID-031514A0, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n"
    return Refused("insufficientAccessRights", text)


def unwilling(why: str) -> Refused:
    text = f"00002035: SvcErr: DSID-031A1236, problem 5003 (WILL_NOT_PERFORM), data 0 ({why})\n"
    return Refused("unwillingToPerform", text)


def bad_name(text: str) -> Refused:
    return Refused(
        "invalidDNSyntax",
        "0000208F: NameErr: DSID-03100225, problem 2006 (BAD_NAME), data 8350, best match of:"
        f"\n\t'{text}'\n",
    )


PROBLEMS = {
    "noSuchAttribute": ("00002085", "1001 (NO_ATTRIBUTE_OR_VAL)"),
    "invalidAttributeSyntax": ("00000057", "1002 (INVALID_ATT_SYNTAX)"),
    "constraintViolation": ("00002082", "1005 (CONSTRAINT_ATT_TYPE)"),
    "attributeOrValueExists": ("00002083", "1006 (ATT_OR_VALUE_EXISTS)"),
}


def attribute_refused(code: str, attribute: str, *, hex_code: str = "") -> Refused:
    default, problem = PROBLEMS[code]
    number = hex_code or default
    text = (
        f"{number}: AtrErr: DSID-03151D5B, #1:\n\t0: {number}: DSID-03151D5B, problem {problem}, "
        f"data 0, Att ({attribute})\n"
    )
    return Refused(code, text)


def update_refused(code: str, hex_code: str, problem: str) -> Refused:
    return Refused(code, f"{hex_code}: UpdErr: DSID-031A11F4, problem {problem}, data 0\n")
