"""A chain of SM2 certificates is judged by every rule, in three states."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
import sm2_world as world

from signing import sm2_chain, sm2_crl
from signing.sm2_certificates import KeyUsage, Revoked, name, parse

LEAF_SERIAL = parse(world.signer_certificate()).serial


def judge(leaf=None, between=(), roots=None, crls=None, at=world.NOW):
    """The states by id, and the reasons, of a chain that is in order unless told otherwise."""
    checks = sm2_chain.verify(
        parse(leaf or world.signer_certificate()),
        [parse(one) for one in between],
        [parse(one) for one in ([world.root()] if roots is None else roots)],
        [sm2_crl.parse_crl(one) for one in ([world.crl()] if crls is None else crls)],
        at,
    )
    assert tuple(check.id for check in checks) == sm2_chain.CHECKS
    assert all(check.reason for check in checks)
    return {check.id: check.state for check in checks}


def failed(*ids, not_checked=()):
    """All states where these failed, these were not checked, and the rest passed."""
    states = dict.fromkeys(sm2_chain.CHECKS, "passed")
    return states | dict.fromkeys(ids, "failed") | dict.fromkeys(not_checked, "not_checked")


def test_a_chain_in_order_passes_everything():
    assert judge() == failed()


def test_an_unknown_root_is_no_anchor():
    states = judge(roots=[])
    assert states["anchor"] == "failed"
    assert set(states.values()) == {"failed", "not_checked"}


def test_a_root_of_the_same_name_with_another_key_is_no_anchor():
    other = world.authority("root2", "root2", subject=world.ROOT_NAME, issuer=world.ROOT_NAME)
    assert judge(roots=[other])["anchor"] == "failed"


def test_a_forged_signature_fails():
    forged = world.certificate(issuer_key=world.key("forger"))
    found = parse(forged)
    # with the forger's key identifier the root is not even asked; without it the signature decides
    assert judge(forged)["anchor"] == "failed"
    changed = bytearray(world.signer_certificate())
    changed[-1] ^= 1
    states = judge(bytes(changed))
    assert (states["anchor"], states["signatures"]) == ("failed", "failed")
    assert found.issuer == world.ROOT_NAME


@pytest.mark.parametrize("at", [world.NOW - 2 * world.DAY, world.NOW + 400 * world.DAY])
def test_a_time_outside_the_period_fails(at):
    states = judge(at=at)
    assert states["validity"] == "failed"


def test_both_ends_of_the_period_are_inside():
    leaf = parse(world.signer_certificate())
    for at in (leaf.not_before, leaf.not_after):
        assert judge(at=at)["validity"] == "passed"
    assert judge(at=leaf.not_after + timedelta(seconds=1))["validity"] == "failed"


def test_a_root_past_its_own_period_fails():
    old = world.authority(not_before=world.NOW - 9 * world.DAY, not_after=world.NOW - world.DAY)
    assert judge(roots=[old])["validity"] == "failed"


def test_an_authority_may_stand_between():
    between = world.authority("between", not_after=world.NOW + 500 * world.DAY)
    leaf = world.certificate("signer", "between")
    own_list = world.crl(issuer=name("测试 between"), issuer_key=world.key("between"))
    assert judge(leaf, [between], crls=[world.crl(), own_list]) == failed()
    assert judge(leaf, [between]) == failed(not_checked=["revocation"])
    assert judge(leaf, [])["anchor"] == "failed"


def test_a_signer_cannot_issue():
    leaf = world.certificate("pupil", "signer", issuer=name("测试 signer"))
    states = judge(leaf, [world.signer_certificate()])
    assert states["anchor"] == "passed"
    assert (states["basic_constraints"], states["key_usage"]) == ("failed", "failed")


def test_a_path_length_is_kept():
    between = world.authority("between")
    leaf = world.certificate("signer", "between")
    states = judge(leaf, [between], roots=[world.authority(path_length=0)])
    assert states["basic_constraints"] == "failed"
    assert judge(roots=[world.authority(path_length=0)]) == failed()


def test_an_authority_does_not_sign_documents():
    assert (
        judge(world.authority("signer", key_usage=world.SIGNING))["basic_constraints"] == "failed"
    )


@pytest.mark.parametrize("usage", [KeyUsage.KEY_ENCIPHERMENT, KeyUsage.NON_REPUDIATION])
def test_a_key_certified_for_something_else_fails(usage):
    assert judge(world.certificate(key_usage=usage)) == failed("key_usage")


def test_an_unknown_critical_extension_fails():
    leaf = parse(world.signer_certificate())
    strange = replace(leaf, unknown_critical=("1.2.3.4",))
    roots, crls = [parse(world.root())], [sm2_crl.parse_crl(world.crl())]
    checks = {one.id: one for one in sm2_chain.verify(strange, [], roots, crls, world.NOW)}
    assert checks["basic_constraints"].state == "failed"
    assert "1.2.3.4" in checks["basic_constraints"].reason


def test_a_root_that_may_not_issue_fails():
    root = world.authority(key_usage=KeyUsage.CRL_SIGN)
    assert judge(roots=[root]) == failed("key_usage")


def test_a_chain_longer_than_the_limit_has_no_anchor():
    names = ["root", *(f"link{n}" for n in range(sm2_chain.MAX_PATH))]
    links = [world.authority(below, above) for above, below in pairwise(names)]
    leaf = world.certificate("signer", names[-1])
    assert judge(leaf, links)["anchor"] == "failed"


def test_a_heap_of_lookalikes_ends_soon(monkeypatch):
    lookalikes = [world.authority(serial=serial) for serial in range(1, 40)]
    tried = []
    monkeypatch.setattr(sm2_chain, "_signed_by", lambda _, above: bool(tried.append(above)))
    assert judge(between=lookalikes, roots=[])["anchor"] == "failed"
    assert len(tried) == sm2_chain.MAX_CANDIDATES


def test_authorities_that_certify_each_other_end_soon():
    circle = [world.authority(serial=serial) for serial in range(1, 40)]
    assert judge(between=circle, roots=[])["anchor"] == "failed"
    assert judge(between=circle)["anchor"] == "passed"


# --- revocation ----------------------------------------------------------------------------


def test_a_revoked_certificate_fails_from_its_day_on():
    made = [world.crl(Revoked(LEAF_SERIAL, world.NOW - timedelta(hours=1), 1))]
    assert judge(crls=made) == failed("revocation")
    assert judge(crls=made, at=world.NOW - timedelta(hours=2)) == failed()


def test_an_old_list_still_revokes():
    made = [
        world.crl(
            Revoked(LEAF_SERIAL, world.NOW - 20 * world.DAY),
            this_update=world.NOW - 10 * world.DAY,
            next_update=world.NOW - 5 * world.DAY,
        )
    ]
    assert judge(crls=made) == failed("revocation")


def test_no_list_is_not_checked():
    assert judge(crls=[]) == failed(not_checked=["revocation"])


def test_a_stale_list_is_not_checked():
    made = [world.crl(this_update=world.NOW - 9 * world.DAY, next_update=world.NOW - world.DAY)]
    assert judge(crls=made) == failed(not_checked=["revocation"])


def test_a_later_list_speaks_for_an_earlier_day():
    made = [
        world.crl(this_update=world.NOW + 9 * world.DAY, next_update=world.NOW + 20 * world.DAY)
    ]
    assert judge(crls=made) == failed()


def test_a_list_made_after_the_certificate_ended_may_have_dropped_it():
    leaf = world.certificate(not_after=world.NOW + world.DAY)
    made = [
        world.crl(this_update=world.NOW + 9 * world.DAY, next_update=world.NOW + 20 * world.DAY)
    ]
    assert judge(leaf, crls=made) == failed(not_checked=["revocation"])


def test_a_list_signed_by_another_says_nothing():
    made = world.crl(Revoked(LEAF_SERIAL, world.NOW - world.DAY), issuer_key=world.key("forger"))
    assert judge(crls=[made]) == failed(not_checked=["revocation"])
    assert judge(crls=[made, world.crl()]) == failed()


def test_a_list_of_another_name_says_nothing():
    made = world.crl(Revoked(LEAF_SERIAL, world.NOW - world.DAY), issuer=name("测试 other"))
    assert judge(crls=[made, world.crl()]) == failed()


def test_a_list_of_an_authority_that_may_not_make_lists_says_nothing():
    root = world.authority(key_usage=KeyUsage.CERTIFICATE_SIGN)
    assert judge(roots=[root]) == failed(not_checked=["revocation"])
