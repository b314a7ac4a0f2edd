"""In: the name of a digest or of a storm's list. Out: a message with its chart, or a file in the thread of a card.
Each call sends at most one message, and says when to go on; all is drawn from what is stored at that moment.
Promise: once each, whatever is lost on the way; a file that cannot be had is left out and said in the log, the
message stays.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.model import Case, Say
from bot.ports import Cases, Clock, Outbox, Shown
from bot.slack import digests, sheets
from bot.slack.chart import Chart
from bot.slack.places import Places
from bot.slack.trouble import (
    AWAY,
    TOO_MANY,
    is_definite,
    is_in_the_way,
    is_passing,
    reason_of,
    unreachable,
)
from bot.slack.words import escaped, plain
from bot.triage.causes import OVER
from bot.triage.digest import MARK, Digest, remembered
from bot.triage.sheet import KIND, Sheet, sheet_of
from bot.words import Language, speaking

AT_ONCE, LATER = timedelta(), timedelta(seconds=10)
NOT_READ_FOR = timedelta(minutes=15)  # then a list goes without what was not looked at yet
TRIES = 3
CLOCKS_APART = 3600.0
A_PAGE = 200
READ_AT_ONCE = 50
log = structlog.get_logger(__name__)

Gate = Callable[[], Awaitable[None]]
Painter = Callable[[Chart], Awaitable[bytes | None]]


def is_paper(name: str) -> bool:
    """Everything else that waits is a case."""
    return name.startswith((f"{MARK}:", f"{KIND}:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    name: str
    data: bytes
    title: str
    alt: str = ""
    comment: str = ""


class Papers:
    def __init__(
        self,
        client: AsyncWebClient,
        outbox: Outbox,
        cases: Cases,
        *,
        channel: str,
        places: Places,
        language: Language,
        clock: Clock,
        may_post: Gate,
        went_through: Callable[[], None],
        painter: Painter,
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._cases = cases
        self._channel = channel
        self._places = places
        self._language = language
        self._clock = clock
        self._may_post = may_post
        self._went_through = went_through
        self._painter = painter

    async def send(self, paper: str) -> timedelta | None:
        """When to go on; None: it is done. Raises Unreachable."""
        with speaking(self._language):
            if sheet := sheet_of(paper):
                return await self._list(sheet)
            kept = (await self._cases.marks_of([MARK])).get(MARK)
            digest = remembered(kept).digest
            if digest is None or digest.id != paper:
                return None  # there is a newer one, which tells of this day too
            return await self._digest(digest)

    # ------------------------------------------------------------ a digest and its chart

    async def _digest(self, digest: Digest) -> timedelta | None:
        shown = await self._outbox.card(digest.id) or Shown(channel=self._channel)
        if not shown.stamp:
            return await self._post(digest, shown)
        if shown.told:
            return None
        picture = await self._painter(digests.chart_of(digest))
        if picture is None:
            return None
        title = plain(Say("Open, new and fixed on working days"))
        name = f"{digest.id.replace(':', '-')}.png"
        file = _File(name=name, data=picture, title=title, alt=digests.alt_of(digest))
        return await self._upload(digest.id, shown, file, into=shown)

    async def _post(self, digest: Digest, shown: Shown) -> timedelta | None:
        text, blocks, metadata = digests.draw(digest)
        try:
            # whatever is stored: a Redis that was set back may not know of it
            stamp = await self._find(digest)
            if stamp is None:
                await self._may_post()
                posted = await self._client.chat_postMessage(
                    channel=self._channel,
                    text=text,
                    blocks=blocks,
                    metadata=metadata,
                    unfurl_links=False,
                    unfurl_media=False,
                )
                stamp = str(posted["ts"])
        except SlackApiError as error:
            if is_in_the_way(error) or not is_definite(error):
                raise unreachable(error) from error
            log.error("digest refused by Slack", digest=digest.id, reason=reason_of(error))  # noqa: TRY400 - the reason says it all
            return None
        except AWAY as error:
            raise unreachable(error) from error
        self._went_through()
        await self._outbox.set_card(digest.id, replace(shown, stamp=stamp))
        return AT_ONCE

    async def _find(self, digest: Digest) -> str | None:
        oldest = f"{max(0.0, digest.at.timestamp() - CLOCKS_APART):.6f}"
        try:
            page = await self._client.conversations_history(
                channel=self._channel, oldest=oldest, limit=A_PAGE, include_all_metadata=True
            )
        except SlackApiError as error:
            if is_passing(error):
                raise
            return None  # it may not look; then what is stored has to do
        for message in page.get("messages") or []:
            metadata: Mapping[str, Any] = message.get("metadata") or {}
            told = (metadata.get("event_payload") or {}).get("digest")
            if metadata.get("event_type") == digests.EVENT_TYPE and told == digest.id:
                return str(message["ts"])
        return None

    # ------------------------------------------------------------ the list of a storm

    async def _list(self, sheet: Sheet) -> timedelta | None:
        case, card = await self._cases.get(sheet.storm_id), await self._outbox.card(sheet.storm_id)
        if case is None or case.storm is None or case.state in OVER:
            return None
        unread = not sheet.run and any(not m.version for m in case.storm.members)
        young = case.first_seen and self._clock.now() < case.first_seen + NOT_READ_FOR
        if card is None or not card.stamp or (unread and young):
            return LATER
        shown = await self._outbox.card(sheet.name) or Shown(channel=card.channel)
        if shown.told:
            return None
        file = await self._sheet(sheet, case, card.channel)
        return await self._upload(sheet.name, shown, file, into=card) if file else None

    async def _sheet(self, sheet: Sheet, case: Case, channel: str) -> _File | None:
        storm = case.storm
        if storm is None or (sheet.run and storm.run is None):
            return None
        listed = storm.run.items if sheet.run and storm.run else storm.members
        ids = [each.case_id for each in listed]
        lines, count = [], 0
        for start in range(0, len(ids), READ_AT_ONCE):
            found = (await self._cases.get_many(ids[start : start + READ_AT_ONCE])).values()
            # whoever reads this channel may not read the others
            here = [c for c in found if self._places.of(c, None).lane == channel]
            lines += sheets.lines_of(here)
            count += len(found)
        gaps = {"count": str(len(lines)), "later": str(count - len(lines))}
        said = (
            Say("The list as it was approved: {count} changes.", gaps)
            if sheet.run
            else Say("All of them as a list: {count} cases.", gaps)
        )
        comment = escaped(plain(said))
        if count > len(lines):
            left = Say("Told elsewhere, and not in it: {later}.", gaps)
            comment = f"{comment} {escaped(plain(left))}"
        return _File(
            name=sheet.filename, data=sheets.text_of(lines), title=sheet.filename, comment=comment
        )

    # ------------------------------------------------------------ a file into a thread

    async def _upload(
        self, paper: str, shown: Shown, file: _File, *, into: Shown
    ) -> timedelta | None:
        """`shown.telling` counts the tries; it is written down first, so that a lost answer is looked up."""
        tries = shown.telling or 0
        if tries and await self._is_there(into, file):
            await self._done(paper, shown)
            return None
        if tries >= TRIES:
            log.warning("file left out", file=file.name, reason="too many tries")
            await self._done(paper, shown)
            return None
        await self._may_post()
        begun = replace(shown, telling=tries + 1)
        await self._outbox.set_card(paper, begun)
        try:
            await self._client.files_upload_v2(
                channel=into.channel,
                thread_ts=into.stamp,
                filename=file.name,
                content=file.data,
                title=file.title,
                alt_txt=file.alt or None,
                initial_comment=file.comment or None,
            )
        except SlackApiError as error:
            if error.response.status_code == TOO_MANY:
                await self._outbox.set_card(paper, shown)
                raise unreachable(error) from error
            if is_definite(error):
                log.warning("file left out", file=file.name, reason=reason_of(error))
                await self._done(paper, begun)
                return None
            return LATER
        except (SlackRequestError, *AWAY):  # the server for the bytes said no, or nothing
            return LATER
        self._went_through()
        await self._done(paper, begun)
        return None

    async def _is_there(self, into: Shown, file: _File) -> bool:
        try:
            page = await self._client.conversations_replies(
                channel=into.channel, ts=into.stamp, limit=A_PAGE
            )
        except SlackApiError as error:
            if is_passing(error):
                raise unreachable(error) from error
            return True  # nobody can say; then rather no file than the same one twice
        except AWAY as error:
            raise unreachable(error) from error
        files = (f for m in page.get("messages") or [] for f in m.get("files") or ())
        return any(f.get("name") == file.name for f in files)

    async def _done(self, paper: str, shown: Shown) -> None:
        await self._outbox.set_card(paper, replace(shown, told=1, telling=None))
