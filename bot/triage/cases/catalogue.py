"""In: nothing; these are the sixty-two situations that are told apart. Out: of each its name and what it may offer.
`buttons` are the risks of changes that may get a button in it, `by_hand` says that people may be given instructions.
Promise: no case offers more than stands here; a test holds every diagnosis it can make to this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.model import Risk, mark


@dataclass(frozen=True, slots=True)
class Entry:
    """`name` is marked here, translated where it is shown. `seen`: where such a case shows itself: in Entra's lists, on
    the sync server, or only to us.
    """

    name: str
    seen: str
    buttons: tuple[Risk, ...] = ()
    by_hand: bool = False


_LIST, _SERVER, _BOTH, _OURS = "Entra", "sync server", "Entra or sync server", "worked out"
_JUDGE = (Risk.JUDGE,)
_EITHER = (Risk.SAFE, Risk.JUDGE)

CATALOGUE: Mapping[str, Entry] = {
    "C01": Entry(
        mark("two users: main address of one, extra address of the other"),
        _LIST,
        _EITHER,
        by_hand=True,
    ),
    "C02": Entry(mark("two users with one main address"), _LIST, _JUDGE, by_hand=True),
    "C03": Entry(mark("two users with one sign-in name"), _LIST, _JUDGE, by_hand=True),
    "C04": Entry(mark("a sign-in name that is somebody’s address"), _LIST, _EITHER, by_hand=True),
    "C05": Entry(mark("mail field of an account without a mailbox"), _LIST, _EITHER, by_hand=True),
    "C06": Entry(mark("a user and a group"), _BOTH, _EITHER, by_hand=True),
    "C07": Entry(mark("a user and a contact"), _BOTH, _JUDGE, by_hand=True),
    "C08": Entry(mark("a group and a contact"), _BOTH, _JUDGE, by_hand=True),
    "C09": Entry(mark("two groups"), _BOTH, _EITHER, by_hand=True),
    "C10": Entry(mark("two contacts"), _BOTH, _JUDGE, by_hand=True),
    "C11": Entry(mark("one person with two accounts in AD"), _LIST, by_hand=True),
    "C12": Entry(
        mark("one alias in two domains, stamped by policies"), _LIST, _EITHER, by_hand=True
    ),
    "C13": Entry(mark("only the letter case differs"), _BOTH, _EITHER, by_hand=True),
    "C14": Entry(mark("somebody who left still holds it"), _LIST, _EITHER, by_hand=True),
    "C15": Entry(mark("a shared, room or equipment mailbox"), _LIST, _EITHER, by_hand=True),
    "C16": Entry(mark("one forwarding address on several objects"), _BOTH, _JUDGE, by_hand=True),
    "C17": Entry(mark("one chat (SIP) address"), _SERVER, _EITHER, by_hand=True),
    "C18": Entry(mark("one X500, EUM or X400 address"), _OURS),
    "C19": Entry(mark("one alias (mailNickname)"), _OURS, _JUDGE, by_hand=True),
    "C20": Entry(mark("a technical onmicrosoft.com address"), _LIST, _EITHER, by_hand=True),
    "C21": Entry(mark("a hybrid routing address"), _LIST, _JUDGE, by_hand=True),
    "C22": Entry(mark("three or more holders"), _BOTH, _EITHER, by_hand=True),
    "C23": Entry(mark("a cloud-only account of the same person"), _BOTH, _JUDGE, by_hand=True),
    "C24": Entry(mark("a cloud-only account of somebody else"), _BOTH, _EITHER, by_hand=True),
    "C25": Entry(mark("a cloud-only group or shared mailbox"), _BOTH, _EITHER, by_hand=True),
    "C26": Entry(mark("a guest"), _BOTH, _JUDGE, by_hand=True),
    "C27": Entry(mark("a mail contact of Exchange Online"), _BOTH, _JUDGE, by_hand=True),
    "C28": Entry(mark("a mail-enabled public folder"), _BOTH, _JUDGE, by_hand=True),
    "C29": Entry(mark("an account in Entra’s recycle bin"), _BOTH, by_hand=True),
    "C30": Entry(mark("a cloud account whose AD object is gone"), _BOTH, _EITHER, by_hand=True),
    "C31": Entry(mark("a re-created or moved AD account"), _BOTH, by_hand=True),
    "C32": Entry(mark("the anchor of a living object was changed"), _BOTH, by_hand=True),
    "C33": Entry(mark("taking over by anchor is switched off"), _SERVER, by_hand=True),
    "C34": Entry(mark("taking over by anchor was refused as too dangerous"), _SERVER, by_hand=True),
    "C35": Entry(mark("the cloud account is an administrator"), _BOTH, _JUDGE, by_hand=True),
    "C36": Entry(mark("soft match is switched off and stops a device"), _SERVER, by_hand=True),
    "C37": Entry(mark("two kinds of object, whichever"), _BOTH, _EITHER, by_hand=True),
    "C38": Entry(mark("the cloud decides about this object now"), _BOTH, _EITHER, by_hand=True),
    "C39": Entry(mark("one security identifier, two people"), _SERVER, by_hand=True),
    "C40": Entry(mark("a deletion that Entra does not allow"), _SERVER, by_hand=True),
    "C41": Entry(mark("sign-in name in a domain Entra does not know"), _OURS, _JUDGE, by_hand=True),
    "C42": Entry(mark("sign-in name with characters Entra refuses"), _OURS, _JUDGE, by_hand=True),
    "C43": Entry(mark("sign-in name that is too long"), _OURS, _JUDGE, by_hand=True),
    "C44": Entry(mark("no sign-in name"), _OURS, _JUDGE, by_hand=True),
    "C45": Entry(mark("an address that is written wrongly"), _OURS, _EITHER, by_hand=True),
    "C46": Entry(mark("an address in a domain Entra does not know"), _OURS, _EITHER, by_hand=True),
    "C47": Entry(mark("an alias with characters Entra replaces"), _OURS, _JUDGE, by_hand=True),
    "C48": Entry(mark("no display name"), _OURS, _EITHER, by_hand=True),
    "C49": Entry(
        mark("a logon name (sAMAccountName) with unusual characters"), _OURS, _JUDGE, by_hand=True
    ),
    "C50": Entry(mark("several main addresses, or none"), _OURS, _JUDGE, by_hand=True),
    "C51": Entry(mark("an object that is too large"), _SERVER, _JUDGE, by_hand=True),
    "C52": Entry(mark("the cloud keeps an old sign-in name"), _OURS, _JUDGE, by_hand=True),
    "C53": Entry(mark("a move between two federated domains"), _SERVER, by_hand=True),
    "C54": Entry(mark("fixed already, Entra lags behind"), _LIST),
    "C55": Entry(mark("fixed already, Entra is stuck"), _LIST, by_hand=True),
    "C56": Entry(mark("nobody found who holds it"), _LIST),
    "C57": Entry(
        mark("a copy left by a replication conflict, or a tombstone"), _LIST, by_hand=True
    ),
    "C58": Entry(mark("both objects carry the same error"), _LIST, _EITHER, by_hand=True),
    "C59": Entry(mark("directory sync has stopped"), _OURS, by_hand=True),
    "C60": Entry(mark("something writes the value back"), _LIST, by_hand=True),
    "C61": Entry(mark("the object is not synchronized any more"), _LIST, by_hand=True),
    "C62": Entry(mark("another tenant’s business"), _LIST),
}
