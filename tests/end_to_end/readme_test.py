"""The terminal sessions of README, docs/sandbox.md and docs/sandbox-hosts.md, run as they stand: each command works, and each line that is
shown comes out again but for what differs from run to run (ids, instants, names of folders)."""

import json
import os
import re
import subprocess
from pathlib import Path

from clients import HERE_ONLY, NODE
from support import SOURCE, free_port

DIFFERS = [
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "GUID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "INSTANT"), (r"\b[a-z0-9]{24}\b", "CLIENT"),
    (r"\bmc[a-z0-9]{26}\b", "TENANT"), (r"fp:[0-9a-f]{12}", "FINGERPRINT"), (r"\b[0-9a-f]{16}\b", "DIGEST"), (r"run-\d{8}-[0-9a-f]{8}", "RUN"),
    (r"127\.0\.0\.1:\d+", "ADDRESS"), (r"\((now|\d+ \w+ ago)\)", "(AGO)"), (r"\b\d+(\.\d+)?(ms|s|m|h|d)\b", "TIME"), (r"\b\d+ (second|minute|hour|day)s?\b", "TIME"),
    (r"\b\d{9}\b", "MID"), (r"\b(event|stream|checkpoint|row)s?\b", r"\1"), (r"\b\d+\b", "N"), (r"/[^ ,]*/", "FOLDER/"), (r"\s+", " "),
    (r"\b\w+ wants the plan", "SOMEBODY wants the plan"),
]


def normal(line):
    for pattern, word in DIFFERS:
        line = re.sub(pattern, word, line)
    return line.strip()


def session(page):
    """The commands and the lines shown after each, from the console blocks of a page."""
    blocks = re.findall(r"```console\n(.*?)```", (SOURCE / page).read_text(), re.S)
    steps = []
    for line in "".join(blocks).splitlines():
        if line.startswith("$ "):
            steps.append([line[2:], []])
        elif line.startswith("> ") or line == ">":
            steps[-1][0] += "\n" + line[2:]
        elif line.strip() not in ("", "…"):
            steps[-1][1].append(line)
    return steps


def run_session(steps, folder, instead=None):
    """Runs the commands in one shell, and compares. `instead` says what is run in the place of what cannot be run here."""
    port, hosts_port = free_port(), free_port()
    (folder / "bin").mkdir()
    (folder / "bin/rekey").symlink_to(os.environ["REKEY_BINARY"])
    (folder / "bin/node").symlink_to(NODE)
    script = ["set -eu", "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT"]
    for number, (command, _) in enumerate(steps):
        script.append(f"echo '@@ {number}'")
        command = (instead or {}).get(command, command)
        script.append(command.replace("127.0.0.1:8420", f"127.0.0.1:{port}").replace("127.0.0.1:8443", f"127.0.0.1:{hosts_port}"))
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=folder, capture_output=True, text=True, timeout=120,
                          env={**HERE_ONLY, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(folder)})
    assert done.returncode == 0, done.stdout + done.stderr
    outputs = re.split(r"^@@ \d+\n", done.stdout, flags=re.M)[1:]
    for (command, shown), output in zip(steps, outputs, strict=True):
        real = {normal(line) for line in output.splitlines()}
        for line in shown:
            assert normal(line) in real, f"after: {command}\nthe page shows: {line}\nit printed:\n{output}"


def test_the_session_in_readme_runs_as_it_stands(tmp_path):
    steps = session("README.md")
    assert len(steps) >= 8
    run_session(steps, tmp_path)


def run_session_with_the_sdk(page, folder):
    steps = session(page)
    install, = [command for command, _ in steps if command.startswith("npm install")]
    clients = SOURCE / "tests/clients"
    version = json.loads((clients / "package-lock.json").read_text())["packages"]["node_modules/sfmc-sdk"]["version"]
    assert install == f"npm install --silent sfmc-sdk@{version}"
    run_session(steps, folder, {install: f"ln -s '{clients / 'node_modules'}' node_modules"})


def test_a_client_with_fixed_hosts_reaches_a_sandbox_as_the_page_says(tmp_path):
    run_session_with_the_sdk("docs/sandbox-hosts.md", tmp_path)


def test_a_newcomer_gets_from_nothing_to_a_mail_as_the_page_on_the_sandbox_says(tmp_path):
    run_session_with_the_sdk("docs/sandbox.md", tmp_path)
    mails = [path.read_text() for path in (tmp_path / "shop/mail/new").iterdir()]
    assert len(mails) > 3 and all("To: ann.archer@example.org" in mail for mail in mails)


def test_every_page_that_a_page_links_to_exists():
    for page in [SOURCE / "README.md", SOURCE / "CONTRIBUTING.md", *(SOURCE / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.relative_to(SOURCE)} links to {target}"


def test_every_command_of_readme_and_architecture_is_one():
    from support import rekey
    known = rekey("--help").stdout
    for page in ("README.md", "docs/architecture.md", "docs/rotation.md", "docs/rotation-trouble.md", "docs/rotation-fleet.md",
                 "docs/data-folder.md", "docs/admin-api.md"):
        for words in re.findall(r"`rekey ((?:[a-z]+ ?){1,2})", (SOURCE / page).read_text()):
            first = words.split()[0]
            assert f"  {first} " in known, f"{page}: rekey {words}"


def test_files_that_pages_name_exist():
    text = (SOURCE / "docs/architecture.md").read_text()
    for name in re.findall(r"`((?:src|docs|tests|authority|net|cli|credential|rotation|documents)/[\w/.-]+\.(?:cc|h|md))`", text):
        candidates = [SOURCE / name, SOURCE / "src" / name]
        assert any(Path(c).exists() for c in candidates), name
