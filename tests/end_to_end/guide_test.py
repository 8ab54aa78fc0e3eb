"""docs/marketing-cloud.md, from an empty folder and a pasted table to the first card: each command as the guide prints it."""

import datetime
import os
import re
import subprocess

import pytest
from marketing_cloud_test import ASKED, Terminal
from support import SOURCE

GUIDE = (SOURCE / "docs/marketing-cloud.md").read_text()
SOON, LATER = ((datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d") for days in (60, 120))
PASTED = f"""Installed Packages
Package Name\tStatus\tSecret Expiration
Order sync\tActive\t{LATER}
Old report\tActive\t{SOON}
"""


def commands(section):
    """The indented blocks of a section, a list of commands each."""
    text = re.search(rf"^## {re.escape(section)}.*?\n(.*?)(?=^## |\Z)", GUIDE, re.S | re.M).group(1)
    blocks = re.findall(r"(?:^    .*\n)+", text, re.M)
    return [[line.strip() for line in block.splitlines()] for block in blocks if block.lstrip().startswith("rekey ")]


class Newcomer:
    def __init__(self, folder):
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / "bin/rekey").symlink_to(os.environ["REKEY_BINARY"])
        self.environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(folder)}

    def run(self, command, ok=(0,)):
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, capture_output=True, text=True, timeout=120, env=self.environment)
        assert done.returncode in ok, f"$ {command}\nexit code {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def newcomer(authority, tmp_path):
    authority.run("policy", "set", "profile=marketing-cloud")
    folder = tmp_path / "newcomer"
    folder.mkdir()
    return Newcomer(folder)


def edited(authority, created, folder):
    """The guide's own rekey.yaml, with this tenant and these files instead of its examples."""
    text = re.search(r"```yaml\n(.*?)```", GUIDE, re.S).group(1)
    for what, by in (("https://YOUR-TENANT.auth.marketingcloudapis.com/", authority.url),
                     ("abcdefghijklmnopqrstuvwx", created["integration"]["client_id"]), ("2027-03-29", LATER), ("/etc/crm-sync/", f"{folder}/"),
                     ("/srv/import/", f"{folder}/"), ("[systemctl, restart, nightly-import]", "[/bin/true]")):
        assert what in text, what
        text = text.replace(what, by)
    (folder / ".env").write_text(f"SFMC_CLIENT_SECRET={created['secret']['value']}\n")
    (folder / "config.json").write_text('{"mce": {"clientSecret": "%s"}}\n' % created["secret"]["value"])
    return text


def test_a_pasted_table_becomes_an_inventory_a_list_a_calendar_and_the_first_card(newcomer, authority):
    first, status, *rest = commands("1. ")
    (newcomer.folder / "packages.tsv").write_text(PASTED)
    shown = [newcomer.run(command, ok=(0, 3)) for command in first]
    assert [command.split("#")[0].strip() for command in first] == [
        "rekey inventory init", "rekey inventory import packages.tsv", "rekey inventory import packages.tsv --write", "rekey inventory check"]
    assert '+  - name: "Order sync"' in shown[1] and "nothing is written" in shown[1] and "rekey.yaml is written" in shown[2]
    tenant, *missing = shown[3].splitlines()
    assert tenant.startswith("issuer mce: missing: auth_url (still the example's)")
    assert missing == [f"{name}: missing: client id, owner, consumers, auth_url (still the example's)" for name in ("Order sync", "Old report")]

    listed = [newcomer.run(command, ok=(0, 3)) for command in status][0].splitlines()
    assert "Old report" in listed[1] and "Order sync" in listed[2]
    calendar = (newcomer.folder / "secrets.ics").read_text()
    assert calendar.count("BEGIN:VEVENT") == 2 and f"DTSTART;VALUE=DATE:{LATER.replace('-', '')}" in calendar

    created = authority.create()
    authority.canaries.add(created["secret"]["value"])
    (newcomer.folder / "rekey.yaml").write_text(edited(authority, created, newcomer.folder))
    shown = [newcomer.run(command) for block in rest for command in block]
    assert shown[0] == "Order sync: complete\n"
    assert "no way back after this" in shown[1] and "Problems" not in shown[1]
    assert "Generate a new client secret for Order sync" in shown[2] and created["integration"]["client_id"] in shown[2]


def test_the_first_step_of_the_rotation_shows_the_card(newcomer, authority, monkeypatch):
    created = authority.create()
    (newcomer.folder / "rekey.yaml").write_text(edited(authority, created, newcomer.folder))
    command = commands("2. ")[0][0]
    assert command == 'rekey rotate -f rekey.yaml -i "Order sync"'
    monkeypatch.chdir(newcomer.folder)
    terminal = Terminal("rotate", "-f", "rekey.yaml", "-i", "Order sync")
    terminal.read_until("[y/N]")
    terminal.type("y")
    card = terminal.read_until(ASKED)
    terminal.kill()
    for part in ("Generate a new client secret for Order sync", created["integration"]["client_id"], "STOP"):
        assert part in card
