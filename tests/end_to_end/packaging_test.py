"""What is packaged: units that systemd takes, and that start Rekey as its command table has it."""

import re
import shlex
import shutil
import subprocess

import pytest
from support import BINARY, SOURCE, rekey

PACKAGING = SOURCE / "packaging"
UNITS = sorted(path.name for path in PACKAGING.iterdir() if path.suffix in (".service", ".timer"))
SERVICES = [name for name in UNITS if name.endswith(".service")]


def start_of(name):
    (line,) = re.findall(r"^ExecStart=(.*)$", (PACKAGING / name).read_text(), re.MULTILINE)
    return shlex.split(line)


@pytest.mark.parametrize("name", SERVICES)
def test_every_option_that_a_unit_starts_rekey_with_is_one_of_that_command(name):
    program, command, *rest = start_of(name)
    assert program == "/usr/bin/rekey"
    told = rekey(command, "--help").stdout
    known = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", told))
    used = {word for word in rest if word.startswith("-")}
    assert used and used <= known, used - known


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_every_unit(name, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: NO UNIT IS CHECKED by systemd itself")
    for other in UNITS:
        text = (PACKAGING / other).read_text().replace("/usr/bin/rekey", str(BINARY))
        (tmp_path / other).write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(tmp_path / name)],
                          capture_output=True, text=True, timeout=60)
    ours = [line for line in done.stderr.splitlines() if "rekey" in line]
    assert done.returncode == 0 and ours == [], done.stderr


def test_everything_that_is_here_is_installed():
    listed = (PACKAGING / "CMakeLists.txt").read_text()
    for path in PACKAGING.iterdir():
        assert path.name == "CMakeLists.txt" or path.name in listed, path
    for example in ("marketing-cloud.yaml", "notices.yaml", "rekey.yaml"):
        assert f"examples/{example}" in listed


def test_the_unit_for_an_inventory_reads_and_writes_as_one_user_that_a_person_can_become():
    text = (PACKAGING / "rekey-watch-inventory.service").read_text()
    assert "--file /etc/rekey/rekey.yaml" in text and "--no-look" in text
    user = re.search(r"^User=(.*)$", text, re.MULTILINE).group(1)
    assert re.search(rf"^u {user} ", (PACKAGING / "rekey-rotate.sysusers").read_text(), re.MULTILINE)
    assert "DynamicUser" not in text and "LoadCredential" not in text
