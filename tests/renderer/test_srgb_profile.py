"""The colour profile that every PDF carries."""

from __future__ import annotations

import hashlib
import io

from PIL import Image, ImageCms

from renderer import icc

DIGEST = "95e0882a768215b945d34322e05845b83af769bba460d3404280b8ad47767ef9"


def test_the_profile_is_the_same_on_every_machine():
    # Pinned: a difference in the last bit of some machine's power function must show here.
    assert hashlib.sha256(icc.srgb()).hexdigest() == DIGEST


def test_littlecms_takes_it_for_srgb():
    ours = ImageCms.ImageCmsProfile(io.BytesIO(icc.srgb()))
    assert ours.profile.profile_description == "sRGB IEC61966-2.1"
    assert (ours.profile.version, ours.profile.device_class) == (2.1, "mntr")
    steps = bytes(v for r in range(0, 256, 15) for g in range(0, 256, 15) for v in (r, g, r ^ g))
    picture = Image.frombytes("RGB", (len(steps) // 3, 1), steps)
    theirs = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(ours, theirs, "RGB", "RGB")
    seen = ImageCms.applyTransform(picture, transform).tobytes()
    assert max(abs(a - b) for a, b in zip(steps, seen, strict=True)) <= 1


def test_the_header_tells_the_true_size():
    assert int.from_bytes(icc.srgb()[:4], "big") == len(icc.srgb())
