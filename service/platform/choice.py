"""Which platform an installation works with."""

from __future__ import annotations

from functools import lru_cache

from service.platform.own import OwnPlatform
from service.platform.port import Platform
from service.platform_settings import PlatformSettings


@lru_cache(maxsize=8)
def of(settings: PlatformSettings | None) -> Platform:
    """The national platform of some settings, our own where there are none.

    The same for the same settings, since token and pace are kept by it.
    """
    if settings is None:
        return OwnPlatform()
    # What speaks HTTP is not loaded where nobody is to be spoken to.
    from service.platform.national import NationalPlatform

    return NationalPlatform(settings)
