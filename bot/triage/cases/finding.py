"""In: what a case function concluded. Out: a diagnosis and the changes it offers, best first.
Promise: pure data.
"""

from dataclasses import dataclass

from bot.model import Diagnosis, Proposal


@dataclass(frozen=True, slots=True)
class Finding:
    diagnosis: Diagnosis
    proposals: tuple[Proposal, ...] = ()
