"""What stands between the public routes and those who would wear them down, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verify import proof, rates
from verify.client_address import Proxies
from verify.decide import Examine
from verify.upload_places import UploadPlaces


@dataclass(frozen=True)
class Defence:
    """Whom to count as one, how often one may ask, and where strangers' files are examined.

    `rate_store` is `memory://` or a `redis://` address. `examine` looks at files that the register
    does not have; without `verify.isolation` it is done in this process.
    """

    proxies: Proxies = field(default_factory=Proxies)
    rates: Mapping[str, rates.Rate] = field(default_factory=lambda: rates.RATES)
    rate_store: str = "memory://"
    examine: Examine = proof.examined
    places: UploadPlaces = field(default_factory=UploadPlaces)
