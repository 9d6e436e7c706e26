"""What the interop tests share: certificates issued once, one JVM for ofdrw, a token with keys."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from .asking_ofdrw import Ofdrw, build
from .issued import SAMPLES, SEALPRESS, CommandLine, Issued
from .pictures import Pictures
from .programs import need, need_a_font
from .soft_hsm import MODULE, SoftHsm


@pytest.fixture(scope="session")
def sealpress(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The command line, with fresh keys and an empty register."""
    assert SEALPRESS.exists(), "the package is not installed: make install"
    return CommandLine(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def certificates(
    sealpress: CommandLine, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Issued]:
    """Samples 01 to 05, issued by the real command line."""
    return sealpress.issue(SAMPLES, tmp_path_factory.mktemp("issued"))


@pytest.fixture(params=[path.stem for path in SAMPLES])
def certificate(request: pytest.FixtureRequest, certificates: dict[str, Issued]) -> Issued:
    """Each of them in turn."""
    return certificates[request.param]


@pytest.fixture(scope="session")
def trust(
    sealpress: CommandLine,
    certificates: dict[str, Issued],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder of `sealpress trust export`: what an outsider has of us."""
    folder = tmp_path_factory.mktemp("trust")
    done = sealpress.run("trust", "export", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def ofdrw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ofdrw]:
    """ofdrw, built once and started once."""
    need("mvn", "java", "javac")
    need_a_font()
    process = Ofdrw(build(), tmp_path_factory.mktemp("ofdrw") / "stderr.txt")
    yield process
    process.close()


@pytest.fixture(scope="session")
def pictures(ofdrw: Ofdrw, tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    """Pictures of both files of a certificate, drawn once for each resolution."""
    return Pictures(ofdrw, tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="session")
def filled_token(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """A token with two keys, which takes longer to make than to copy."""
    from .token_keys import fill

    made = SoftHsm.make(tmp_path_factory.mktemp("softhsm"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(made.configuration))
        fill(made)
    return made


@pytest.fixture
def hsm(
    filled_token: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SoftHsm]:
    """Two keys in a token, as the library sees them that was just started."""
    from signing import pkcs11_module

    monkeypatch.setattr(pkcs11_module, "RENEWAL_PAUSE_S", 0.0)
    made = SoftHsm.make(tmp_path)
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.configuration))
    shutil.copytree(filled_token.tokens, made.tokens, dirs_exist_ok=True)
    module = pkcs11_module.load(MODULE)
    module.renew(module.generation)
    yield made
    module.renew(module.generation)  # closed: whoever uses it next has its own configuration
