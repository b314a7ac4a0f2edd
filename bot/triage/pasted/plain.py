"""In: a text as it comes out of Slack, Outlook, a browser or a console. Out: what was written in it.
Links, tags, entities and quoting marks are taken away; the values themselves are not touched.
Promise: pure; linear in the length of the text, which is cut at `MAX_TEXT` characters.
"""

import re

MAX_TEXT = 100_000

_ENTITY = re.compile(r"&(lt|gt|amp|quot|apos|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'", "nbsp": " "}
_TAG = re.compile(
    r"</?(?:a|abbr|b|blockquote|body|br|code|div|em|font|h[1-6]|head|hr|html|i|li|meta|o:p|ol|p|pre|s|small|span"
    r"|strong|style|sub|sup|table|tbody|td|th|thead|tr|u|ul)(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])[\s/>]", re.IGNORECASE)
# <mailto:john@contoso.com|john@contoso.com>, <http://contoso.com|contoso.com>
_LABELLED = re.compile(
    r"<(?:mailto:|sip:|tel:|https?://)[^<>|\s]{1,2000}\|([^<>|]{1,2000})>", re.IGNORECASE
)
# john@contoso.com<mailto:john@contoso.com>, as Outlook writes it
_MAILTO = re.compile(r"<mailto:([^<>|\s]{1,2000})>", re.IGNORECASE)
# [john@contoso.com](mailto:john@contoso.com), as Teams and Markdown write it
_MARKDOWN = re.compile(
    r"\[([^\[\]\s]{1,2000})\]\((?:mailto:|https?://)[^()\s]{1,2000}\)", re.IGNORECASE
)
_QUOTED = re.compile(r"^(?:[ \t]{0,8}>){1,20}[ \t]?", re.MULTILINE)
_CHARACTERS = {
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad")),
    **dict.fromkeys(map(ord, "\u00a0\u202f\u2007\t\v\f"), " "),
    **dict.fromkeys(map(ord, "“”„‟\uff02"), '"'),
    # the full-width forms of Asian keyboards
    **dict.fromkeys(map(ord, "\uff3b\u3010"), "["),
    **dict.fromkeys(map(ord, "\uff3d\u3011"), "]"),
    **dict.fromkeys(map(ord, "\uff1b"), ";"),
    **dict.fromkeys(map(ord, "\uff0c"), ","),
    **dict.fromkeys(map(ord, "\u2028\u2029\u0085"), "\n"),
}


def plain(text: str) -> str:
    text = text[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n").translate(_CHARACTERS)
    for _ in range(2):  # a mail that quotes a web page has them twice
        text = _ENTITY.sub(_character, text)
    text = _TAG.sub("", _BREAKS.sub(lambda m: "\n" + m.group(), text))
    text = _MARKDOWN.sub(r"\1", _LABELLED.sub(r"\1", text))
    text = _without_mailto(text)
    return _QUOTED.sub("", text).replace("```", "\n")


def _character(found: re.Match[str]) -> str:
    name = found.group(1).lower()
    if not name.startswith("#"):
        return _NAMED[name]
    number = int(name[1:].replace("x", "0x"), 0 if "x" in name else 10)
    is_text = number < 0x110000 and not 0xD800 <= number < 0xE000 and number >= 0x20
    return chr(number) if is_text else " "


def _without_mailto(text: str) -> str:
    """The address once: the link is left out where it only repeats what stands before it."""
    parts: list[str] = []
    done = 0
    for link in _MAILTO.finditer(text):
        target = link.group(1)
        before = text[max(done, link.start() - len(target) - 1) : link.start()].rstrip(" ;,")
        parts.append(text[done : link.start()])
        if not before.lower().endswith(target.lower()):
            parts.append(target)
        done = link.end()
    return "".join((*parts, text[done:]))
