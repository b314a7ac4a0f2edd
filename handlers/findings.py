"""In: what each directory answered about one value. Out: it all in one place, joined over the two sides.
Used by what gathers evidence for cases and by what answers questions.
Promise: every object once, the fresher reading of it; every gap and every place searched is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.model import (
    AdFindings,
    AdObject,
    CloudFindings,
    CloudObject,
    Gap,
    Holder,
    ObjectType,
)
from bot.ports import AdReader, Cloud
from bot.triage.join import join


@dataclass(slots=True)
class Findings:
    """What is known about one value so far; a second look adds the other side of each object."""

    value: str
    ads: dict[str, AdObject] = field(default_factory=dict)  # by ref
    clouds: dict[str, CloudObject] = field(default_factory=dict)  # by id
    gaps: list[Gap] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)

    def add_ad(self, findings: AdFindings) -> None:
        self.ads |= {a.ref: a for a in findings.objects}
        self._note(findings)

    def add_cloud(self, findings: CloudFindings) -> None:
        self.clouds |= {c.id: c for c in findings.objects}
        self._note(findings)

    def holders(self) -> tuple[Holder, ...]:
        return join(tuple(self.ads.values()), tuple(self.clouds.values()), self.value)

    def _note(self, findings: AdFindings | CloudFindings) -> None:
        self.gaps += [g for g in findings.gaps if g not in self.gaps]
        self.searched += [s for s in findings.searched if s not in self.searched]


async def add_other_sides(found: Sequence[Findings], *, ad: AdReader, cloud: Cloud) -> None:
    """The AD twin of every synced Entra object and the Entra twin of every living AD account."""
    lonely_clouds = {
        c.id: c
        for findings in found
        for holder in findings.holders()
        # whatever AD once made keeps its anchor, also where the cloud decides by now
        if (c := holder.cloud) is not None and holder.ad is None and (c.synced or c.anchor)
    }
    twins = await ad.joined(list(lonely_clouds.values())) if lonely_clouds else {}
    for findings in found:
        for cloud_id in findings.clouds:
            if twin := twins.get(cloud_id):
                findings.ads[twin.ref] = twin
    lonely_ads = sorted(
        {
            a.anchor
            for findings in found
            for holder in findings.holders()
            if (a := holder.ad) is not None
            and holder.cloud is None
            and not a.deleted
            and a.type is ObjectType.USER
        }
    )
    by_anchor = await cloud.by_anchors(lonely_ads) if lonely_ads else {}
    for findings in found:
        for a in findings.ads.values():
            if a.anchor in by_anchor:
                findings.add_cloud(by_anchor[a.anchor])
