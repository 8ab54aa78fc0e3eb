"""The hook and the pipelines that are given away for `rekey scan`, run in real repositories; and the bar on a terminal."""

import os
import pty
import random
import re
import string
import subprocess

import pytest
import yaml
from support import BINARY, SOURCE

VALUES = random.Random(23)


def secret_line():
    value = "".join(VALUES.choice(string.ascii_letters + string.digits) for _ in range(22)) + "aZ"
    return f"SFMC_CLIENT_SECRET={value}\n"


@pytest.fixture
def repository(tmp_path):
    """A clean one, and what runs commands in it with `rekey` on the path."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/rekey").symlink_to(BINARY)
    folder = tmp_path / "shop"
    folder.mkdir()
    environment = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null",
                   "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.org",
                   "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.org", "RUNNER_TEMP": str(tmp_path)}

    class Repository:
        path = folder

        def run(self, script, **more):
            return subprocess.run(["bash", "-ec", script], cwd=folder, capture_output=True, text=True, env={**environment, **more})
    one = Repository()
    (folder / "readme").write_text("nothing\n")
    assert one.run("git init -q && git add -A && git commit -qm first").returncode == 0
    return one


def test_the_hook_of_pre_commit_stops_a_commit_that_brings_a_secret(repository):
    (hook,) = yaml.safe_load((SOURCE / ".pre-commit-hooks.yaml").read_text())
    assert hook["language"] == "system" and not hook["pass_filenames"] and hook["always_run"]
    path = repository.path / ".git/hooks/pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\nexec {hook['entry']}\n")
    path.chmod(0o755)
    (repository.path / ".env").write_text(secret_line())
    done = repository.run("git add -A && git commit -m env")
    assert done.returncode != 0 and ".env@index:1" in done.stdout + done.stderr
    assert repository.run("git rev-list --count HEAD").stdout == "1\n"
    (repository.path / ".env").write_text("SFMC_CLIENT_SECRET=\n")
    done = repository.run("git add -A && git commit -m env")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_commit_of_a_file_that_the_baseline_knows_brings_nothing_new(repository):
    line, other = secret_line(), secret_line()
    (repository.path / "app.env").write_text(line)
    assert repository.run("git add -A && git commit -qm env && rekey scan . --write-baseline ../known.json").returncode == 0
    for content in (f"PORT=1\n{line}", "PORT=1\n"):  # edited, taken out
        (repository.path / "app.env").write_text(content)
        done = repository.run("git add -A && rekey scan --staged . --baseline ../known.json")
        assert done.returncode == 0 and "comment" not in done.stdout, done.stdout
        done = repository.run("git commit -qm more && rekey scan . --baseline ../known.json")
        assert done.returncode == 0 and "in the baseline: " in done.stdout, done.stdout
    (repository.path / "app.env").write_text(other)
    done = repository.run("git add -A && rekey scan --staged . --baseline ../known.json || exit $?")
    assert done.returncode == 3 and "found: 1" in done.stdout, done.stdout
    assert "rekey:allow REASON" in done.stdout and "--write-baseline" in done.stdout
    done = repository.run("git reset -q && git checkout -q . && rm app.env")
    (repository.path / "moved.env").write_text(line)
    done = repository.run("git add -A && git commit -qm moved && rekey scan . --baseline ../known.json")
    assert done.returncode == 3 and "moved.env:1" in done.stdout and "app.env" not in done.stdout, done.stdout


def test_the_hook_is_the_one_that_the_manual_shows():
    (shipped,) = yaml.safe_load((SOURCE / ".pre-commit-hooks.yaml").read_text())
    blocks = re.findall(r"```yaml\nrepos:\n(.*?)```", (SOURCE / "docs/discovery.md").read_text(), re.S)
    (local,) = [hook for block in blocks for repo in yaml.safe_load("repos:\n" + block)["repos"] if repo["repo"] == "local"
                for hook in repo["hooks"]]
    assert all(shipped[name] == local[name] for name in ("entry", "language", "pass_filenames", "always_run"))


def scripts_of_github():
    pipeline = yaml.safe_load((SOURCE / "examples/scan-in-ci/github-actions.yaml").read_text())
    steps = pipeline["jobs"]["scan"]["steps"]
    assert steps[0]["with"]["fetch-depth"] == 0
    (scan,) = [step for step in steps if step.get("name") == "Scan"]
    (upload,) = [step for step in steps if "upload-sarif" in step.get("uses", "")]
    assert upload["if"] == "always()" and upload["with"]["sarif_file"].endswith("/rekey.sarif")
    return scan["run"]


def scripts_of_gitlab():
    (job,) = yaml.safe_load((SOURCE / "examples/scan-in-ci/gitlab-ci.yaml").read_text()).values()
    assert job["variables"]["GIT_DEPTH"] == 0 and job["artifacts"] == {"when": "always", "paths": ["rekey.html"]}
    return "\n".join(job["script"])


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_pipeline_fails_where_a_secret_is_new_and_not_where_it_is_known(kind, repository, tmp_path):
    script = scripts_of_github() if kind == "github" else scripts_of_gitlab()
    (repository.path / "old.env").write_text(secret_line())
    done = repository.run("rekey scan . --write-baseline rekey-baseline.json && mv rekey-baseline.json.key ../key"
                          " && echo '*.key' > .git/info/exclude && git add -A && git commit -qm old")
    assert done.returncode == 0, done.stdout + done.stderr
    key = (tmp_path / "key").read_text().strip() if kind == "github" else str(tmp_path / "key")
    done = repository.run(script, REKEY_BASELINE_KEY=key)
    assert done.returncode == 0, done.stdout + done.stderr
    (repository.path / "new.env").write_text(secret_line())
    assert repository.run("git add -A && git commit -qm new").returncode == 0
    done = repository.run(script, REKEY_BASELINE_KEY=key)
    assert done.returncode == 3, done.stdout + done.stderr
    report = tmp_path / "rekey.sarif" if kind == "github" else repository.path / "rekey.html"
    assert "new.env" in report.read_text()


def run_on_terminal(*words, terminal="xterm"):
    """What comes to the terminal as standard error, and to a pipe as standard output."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([BINARY, "scan", *map(str, words)], stdout=subprocess.PIPE, stderr=theirs, stdin=subprocess.DEVNULL,
                               env={**os.environ, "TERM": terminal})
    os.close(theirs)
    shown = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # the end of a terminal
            break
        if not more:
            break
        shown += more
    os.close(ours)
    output = process.stdout.read().decode()
    process.stdout.close()
    assert process.wait() == 3
    return shown.decode(), output


def test_progress_is_shown_on_a_terminal_alone_and_erased(repository):
    (repository.path / ".env").write_text(secret_line())
    shown, output = run_on_terminal(repository.path, "--json")
    assert shown.startswith("\r\x1b[Kfiles") and shown.endswith("\r\x1b[K")
    assert "\x1b" not in output and '"type":"coverage"' in output
    shown, _ = run_on_terminal(repository.path, "--json", terminal="dumb")
    assert shown == ""
    done = subprocess.run([BINARY, "scan", repository.path], capture_output=True, text=True)
    assert done.stderr == "" and "\x1b" not in done.stdout
