"""`rekey scan`: from a tree of files to findings, reports, baselines, and an inventory that `rekey plan` reads."""

import base64
import gzip
import json
import os
import random
import re
import string
import subprocess
import tarfile

import jsonschema
import pytest
from support import BINARY, SOURCE, rekey

ALPHANUMERIC = string.ascii_letters + string.digits


@pytest.fixture
def values():
    """Values of the shapes of Marketing Cloud, made anew: none stands in any file."""
    return Values(random.Random(5))


class Values:
    def __init__(self, source):
        self.source = source

    def of(self, alphabet, size):
        return "".join(self.source.choice(alphabet) for _ in range(size))

    def legacy(self):
        return self.of(ALPHANUMERIC, 22) + "aZ"

    def client_id(self):
        return self.of(string.ascii_lowercase + string.digits, 22) + "z9"

    def tenant(self):
        return "mc" + self.of(string.ascii_lowercase + string.digits, 26)


@pytest.fixture
def code(tmp_path, values):
    """A tree with one credential in four places."""
    class Code:
        root = tmp_path / "code"
        client_id, secret, tenant = values.client_id(), values.legacy(), values.tenant()
    one = Code()
    host = f"https://{one.tenant}.auth.marketingcloudapis.com/"
    (one.root / "shop").mkdir(parents=True)
    (one.root / "shop/.env").write_text(
        f"SFMC_CLIENT_ID={one.client_id}\nSFMC_CLIENT_SECRET={one.secret}\nSFMC_AUTH_URI={host}\n")
    (one.root / ".mcdev-auth.json").write_text(json.dumps(
        {"cred1": {"client_id": one.client_id, "client_secret": one.secret, "auth_url": host, "account_id": 5}}, indent=2))
    (one.root / "k8s.yaml").write_text(
        f"kind: Secret\ndata:\n  client_id: {base64_of(one.client_id)}\n"
        f"  client_secret: {base64_of(one.secret)}\n")
    (one.root / "page.js").write_text(f'var clientId = "{one.client_id}", clientSecret = "{one.secret}";\n')
    return one


def findings(done):
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["type"] == "coverage"
    return [line for line in lines[:-1] if line["counts"]], lines[-1]


def test_every_place_is_told_and_no_value(code):
    done = rekey("scan", code.root, ok=(3,))
    assert code.secret not in done.stdout + done.stderr
    for words in ("shop/.env:2", "SFMC_CLIENT_SECRET", "cred1.client_secret", "data.client_secret", "base64",
                  "page.js:1", "found: 4", "read: 4 of 4 files"):
        assert words in done.stdout, words
    found, coverage = findings(rekey("scan", code.root, "--json", ok=(3,)))
    assert {(line["path"].removeprefix(f"{code.root}/"), line["key_path"], line["is_rewritable"]) for line in found} == {
        ("shop/.env", "SFMC_CLIENT_SECRET", True), (".mcdev-auth.json", "cred1.client_secret", True),
        ("k8s.yaml", "data.client_secret", True), ("page.js", None, False)}
    assert {line["client_id"] for line in found} == {code.client_id}
    assert len({line["fingerprint"] for line in found}) == 1
    assert coverage["is_complete"] and coverage["files_read"] == 4


def test_exit_codes_tell_clean_found_unread_and_wrong(code, tmp_path):
    clean = tmp_path / "clean"
    clean.mkdir()
    (clean / "a.txt").write_text("nothing here\n")
    assert "nothing found" in rekey("scan", clean).stdout
    (clean / "b.gz").write_bytes(b"\x1f\x8b\x08 broken")
    done = rekey("scan", clean, ok=(1,))
    assert "no proof of absence" in done.stdout and "b.gz" in done.stdout
    assert "none" in rekey("scan", tmp_path / "none", ok=(5,)).stderr
    rekey("scan", ok=(2,))
    rekey("scan", clean, "--json", "--sarif", ok=(2,))


def test_standard_input_and_archives_are_read(code, tmp_path):
    line = f"client_secret={code.secret}\n"
    found, _ = findings(rekey("scan", "-", "--json", stdin=line, ok=(3,)))
    assert [(one["path"], one["line"]) for one in found] == [("-", 1)]
    with tarfile.open(tmp_path / "inner.tar.gz", "w:gz") as inner:
        inner.add(code.root / "shop/.env", "etc/app.env")
    with tarfile.open(tmp_path / "image.tar", "w") as image:
        image.add(tmp_path / "inner.tar.gz", "layer.tar.gz")
    found, _ = findings(rekey("scan", tmp_path / "image.tar", "--json", ok=(3,)))
    assert [(one["inside"], one["is_rewritable"]) for one in found] == [(["layer.tar.gz", "etc/app.env"], False)]


def test_a_secret_behind_its_client_id_is_told_with_that_id(tmp_path, values):
    client_id = values.client_id()
    pair = f"{client_id}:{values.legacy()}"
    texts = {"curl.sh": f"curl -u {pair} https://example.org/\n", "header.txt": f"Authorization: Basic {base64_of(pair)}\n",
             "url.txt": f"https://{pair}@example.org/v2/token\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found, _ = findings(rekey("scan", tmp_path, "--json", ok=(3,)))
    assert {os.path.basename(one["path"]): one["client_id"] for one in found if one["role"] == "client-secret"} == dict.fromkeys(texts, client_id)


def test_one_secret_is_looked_for_wherever_it_stands(code, tmp_path, values):
    """Without a key's name, a client id or anything else that would give it away."""
    (code.root / "notes.txt").write_text(f"it was {code.secret}, I think\n")
    (code.root / "other.env").write_text(f"SFMC_CLIENT_SECRET={values.legacy()}\n")
    secret = tmp_path / "old.secret"
    secret.write_text(code.secret + "\n")
    done = rekey("scan", code.root, "--secret-file", secret, ok=(3,))
    assert code.secret not in done.stdout + done.stderr
    assert "notes.txt:1" in done.stdout and "found: 5" in done.stdout and "other.env" not in done.stdout
    found, _ = findings(rekey("scan", code.root, "--secret-file", "-", "--json", stdin=code.secret, ok=(3,)))
    assert {one["detector"] for one in found} == {"given-secret"} and len(found) == 5
    secret.write_text(values.legacy())
    assert "nothing found" in rekey("scan", code.root, "--secret-file", secret).stdout
    secret.write_text(code.secret)
    (code.root / "meant.yaml").write_text(f"x: {code.secret}  # rekey:allow a fixture\n")
    told = rekey("scan", code.root / "meant.yaml", "--secret-file", secret, ok=(3,)).stdout
    assert "found: 1" in told and "allowed" not in told
    for wrong in (["--detectors", "x.yaml"], ["--inventory"]):
        assert "leave out" in rekey("scan", code.root, "--secret-file", secret, *wrong, ok=(2,)).stderr
    assert "both" in rekey("scan", "-", "--secret-file", "-", ok=(2,)).stderr
    given = rekey("scan", code.root, "--secret-file", code.secret, ok=(2,))
    assert "looks like a secret itself" in given.stderr and code.secret not in given.stdout + given.stderr
    secret.write_text("ab-12")  # stands in many files by chance
    assert "cannot be looked for in this form" in rekey("scan", code.root, "--secret-file", secret, ok=(1,)).stdout


def test_a_secret_of_any_form_is_looked_for(code, tmp_path, values):
    """As a UUID is one: nowhere in it do many letters and digits follow each other."""
    secret = tmp_path / "old.secret"
    secret.write_text("-".join(values.of("0123456789abcdef", size) for size in (8, 4, 4, 4, 12)) + "\n")
    value = secret.read_text().strip()
    assert "nothing found" in rekey("scan", code.root, "--secret-file", secret).stdout
    (code.root / "notes.txt").write_text(f"it was {value}\n{base64_of('a:' + value)}\n")
    found, coverage = findings(rekey("scan", code.root, "--secret-file", secret, "--json", ok=(3,)))
    assert [(one["line"], one["layers"]) for one in found] == [(1, []), (2, ["base64"])]
    assert coverage["is_complete"]


def test_a_pipe_that_is_named_is_read(code, tmp_path):
    """As a shell's <(command) is one; others are left out, since nobody may ever write to them."""
    command = f"{BINARY} scan <(echo client_secret={code.secret}) --json"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    found, coverage = findings(done)
    assert done.returncode == 3 and [one["line"] for one in found] == [1] and coverage["is_complete"]
    assert found[0]["path"].startswith("/dev/fd/") and not found[0]["is_rewritable"]
    os.mkfifo(code.root / "pipe")
    assert "sockets, pipes and devices: " in rekey("scan", code.root, ok=(3,)).stdout


def test_the_table_says_who_owns_a_place_and_whether_a_sink_can_rewrite_it(code):
    head, *rows = rekey("scan", code.root, ok=(3,)).stdout.splitlines()
    assert head.split() == ["WHERE", "WHAT", "VALUE", "KEY", "ENCODED", "SINK", "SURE"]
    sink = head.index("SINK")
    assert {row.split(":")[0].removeprefix(f"{code.root}/"): row[sink:].split()[0] for row in rows[:4]} == {
        "shop/.env": "yes", ".mcdev-auth.json": "yes", "k8s.yaml": "yes", "page.js": "no"}
    (code.root / "k8s.yaml").unlink()
    (code.root / "CODEOWNERS").write_text("* @shop/backend\n")
    git(code.root, "init", "-q")
    git(code.root, "add", "-A")
    git(code.root, "commit", "-q", "-m", "first")
    head, *rows = rekey("scan", code.root, ok=(3,)).stdout.splitlines()
    assert head.split() == ["WHERE", "WHAT", "VALUE", "KEY", "SINK", "SURE", "OWNER"]
    assert rows[0].endswith("  @shop/backend")


def test_environments_of_processes_are_read(values):
    secret = values.legacy()
    sleeper = subprocess.Popen(["sleep", "600"], env={"SFMC_CLIENT_SECRET": secret})
    try:
        found, _ = findings(rekey("scan", "--processes", "--json", ok=(1, 3)))
        places = [one["path"] for one in found if f"process {sleeper.pid} " in one["path"]]
        assert places == [f"process {sleeper.pid} (sleep), environment"]
    finally:
        sleeper.kill()
        sleeper.wait()


def test_ignore_rules_are_gits(code):
    git(code.root, "init", "-q")
    (code.root / ".gitignore").write_text(".env\n*.yaml\n")
    done = rekey("scan", code.root, ok=(3,), environment={"HOME": "/nonexistent"})
    assert "found: 2" in done.stdout and "by ignore rules (--no-ignore reads them)" in done.stdout
    assert "shop/.env" in done.stdout
    assert "found: 4" in rekey("scan", code.root, "--no-ignore", ok=(3,)).stdout


def test_names_cannot_write_to_the_terminal(code):
    (code.root / "a\x1b]0;title\x07\n.env").write_text(f"CLIENT_SECRET={code.secret}\n")
    done = rekey("scan", code.root, ok=(3,))
    assert "\x1b" not in done.stdout and "\\u{1B}" in done.stdout
    assert "found: 5" in done.stdout


def test_the_page_needs_no_other_file(code):
    page = rekey("scan", code.root, "--html", ok=(3,)).stdout
    assert code.secret not in page and "default-src 'none'" in page
    assert "src=" not in page and "href=" not in page and "cred1.client_secret" in page


def test_a_baseline_tells_only_what_is_new(code, tmp_path, values):
    known = tmp_path / "known.json"
    done = rekey("scan", code.root, "--write-baseline", known, ok=(0,))
    assert "knows 4 findings" in done.stdout
    key = tmp_path / "known.json.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert code.secret not in known.read_text()
    assert all(name in done.stdout for name in ("shop/.env:2", "page.js:1"))
    table = rekey("scan", code.root, "--baseline", known).stdout
    assert "nothing found" in table and "in the baseline: 4 (--all lists them)" in table and "page.js" not in table
    table = rekey("scan", code.root, "--baseline", known, "--all").stdout
    assert "page.js:1" in table and "in the baseline: 4\n" in table
    (code.root / "new.env").write_text(f"SFMC_CLIENT_SECRET={values.legacy()}\n")
    found, _ = findings(rekey("scan", code.root, "--baseline", known, "--json", ok=(3,)))
    assert [one["path"].removeprefix(f"{code.root}/") for one in found] == ["new.env"]
    newer = tmp_path / "newer.json"
    rekey("scan", code.root, "--baseline", known, "--write-baseline", newer, ok=(0,))
    assert (tmp_path / "newer.json.key").read_text() == key.read_text()
    assert "nothing found" in rekey("scan", code.root, "--baseline", newer).stdout
    (tmp_path / "other.json.key").write_text("of something else\n")
    refused = rekey("scan", code.root, "--baseline", known, "--write-baseline", tmp_path / "other.json", ok=(4, 5))
    assert "holds another key" in refused.stderr
    key.unlink()
    assert "--write-baseline" in rekey("scan", code.root, "--baseline", known, ok=(5,)).stderr


def test_a_baseline_that_fits_nothing_or_has_another_key_is_told_by_name(code, tmp_path):
    known = tmp_path / "known.json"
    rekey("scan", code.root, "--write-baseline", known, ok=(0,))
    done = subprocess.run([BINARY, "scan", ".", "--baseline", known], cwd=code.root, capture_output=True, text=True)
    assert done.returncode == 3 and f"warning: nothing that was found is in {known}" in done.stderr
    assert rekey("scan", code.root, "--baseline", known).stderr == ""
    (tmp_path / "known.json.key").write_text("{}\n")
    assert f"{known}.key: " in rekey("scan", code.root, "--baseline", known, ok=None).stderr


def test_two_lines_of_one_version_are_two_rows(code, values, tmp_path):
    line = f"SFMC_CLIENT_SECRET={values.legacy()}\n"
    git(tmp_path, "init", "-q", "shop")
    shop = tmp_path / "shop"
    for content in (line + "A=1\n" + line, "A=2\n" + line + line, ""):
        (shop / "notes.txt").write_text(content)
        git(shop, "add", "-A")
        git(shop, "commit", "-q", "-m", "more")
    rows = [row for row in rekey("scan", shop, ok=(3,)).stdout.splitlines() if "notes.txt@history" in row]
    assert len(rows) == 2 and all("2 versions" in row for row in rows), rows


def test_a_baseline_knows_a_place_with_and_without_its_first_dot(code):
    def scan(*words):
        return subprocess.run([BINARY, "scan", *words], cwd=code.root.parent, capture_output=True, text=True)
    assert scan("code", "--write-baseline", "known.json").returncode == 0
    for spelled in ("code", "./code"):
        done = scan(spelled, "--baseline", "known.json")
        assert done.returncode == 0 and "nothing found" in done.stdout
    missing = scan("code", "--write-baseline", "nowhere/known.json")
    assert missing.returncode == 5 and "nowhere" in missing.stderr


def test_an_allow_comment_needs_a_reason(code):
    (code.root / "shop/.env").write_text(f"# rekey:allow the manual's example\nCLIENT_SECRET={code.secret}\n")
    (code.root / "page.js").write_text(f'clientSecret = "{code.secret}"; // rekey:allow\n')
    done = rekey("scan", code.root, ok=(3,))
    assert "allowed: the manual's example" in done.stdout and "found: 3" in done.stdout


def test_detectors_of_ones_own_are_read(code, tmp_path, values):
    own = tmp_path / "own.yaml"
    own.write_text("detectors:\n  - id: acme\n    prefix: acme_\n    sizes: [25]\n")
    (code.root / "x.txt").write_text(f"token acme_{values.of(ALPHANUMERIC, 20)}\n")
    found, _ = findings(rekey("scan", code.root, "--detectors", own, "--json", ok=(3,)))
    assert "acme" in {one["detector"] for one in found}
    own.write_text("detectors:\n  - id: short\n    keys: [acme_token]\n    sizes: [16]\n")
    (code.root / "y.env").write_text(f"ACME_TOKEN={values.of(ALPHANUMERIC, 16)}\n")
    found, _ = findings(rekey("scan", code.root, "--detectors", own, "--json", ok=(3,)))
    assert "short" in {one["detector"] for one in found}
    own.write_text("detectors:\n  - id: acme\n    prefx: acme_\n")
    assert f"{own}:3:5: unknown key prefx" in rekey("scan", code.root, "--detectors", own, ok=(2,)).stderr


# The schema of SARIF 2.1.0 as it was published (draft 4), from a package that carries it.
SARIF = SOURCE / "tests/schemas/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"


def sarif_of(done):
    """The log, which fits the published schema: it allows no member that it does not know."""
    log = json.loads(done.stdout)
    schema = json.loads(SARIF.read_text())
    jsonschema.Draft4Validator.check_schema(schema)
    jsonschema.Draft4Validator(schema).validate(log)
    assert [error for error in jsonschema.Draft4Validator(schema).iter_errors({**log, "other": 1})]
    return log


def test_sarif_is_valid_and_holds_no_value(code):
    (code.root / "a b.env").write_text(f"CLIENT_SECRET={code.secret}  # rekey:allow a fixture\n")
    done = rekey("scan", code.root, "--sarif", ok=(3,))
    assert code.secret not in done.stdout
    (run,) = sarif_of(done)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    assert len(run["results"]) == 5 and run["invocations"][0]["executionSuccessful"]
    (allowed,) = [result for result in run["results"] if "suppressions" in result]
    assert allowed["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("a%20b.env")


def test_sarif_of_whatever_a_scan_can_tell_fits_the_schema(code, tmp_path):
    """A history, an archive, an unreadable file, a baseline, and what stands nowhere in a file."""
    git(code.root, "init", "-q")
    git(code.root, "add", "-A")
    git(code.root, "commit", "-q", "-m", "first")
    (code.root / "page.js").unlink()
    (code.root / "broken.gz").write_bytes(b"\x1f\x8b\x08 broken")
    with tarfile.open(code.root / "image.tar", "w") as image:
        image.add(code.root / "shop/.env", "etc/app.env")
    known = tmp_path / "known.json"
    rekey("scan", code.root / "shop", "--write-baseline", known)
    (run,) = sarif_of(rekey("scan", code.root, "--baseline", known, "--sarif", ok=(1,)))["runs"]
    assert not run["invocations"][0]["executionSuccessful"]
    assert len({result["partialFingerprints"]["rekeySecret/v1"] for result in run["results"]}) == 1
    assert len({result["partialFingerprints"]["rekeyPlace/v1"] for result in run["results"]}) == len(run["results"]) > 4
    (run,) = sarif_of(rekey("scan", "-", "--sarif", stdin=f"client_secret={code.secret}\n", ok=(3,)))["runs"]
    assert "rekeySecret/v1" not in run["results"][0]["partialFingerprints"]


def test_paths_in_sarif_begin_where_the_scan_began(code):
    done = subprocess.run([BINARY, "scan", ".", "--sarif"], cwd=code.root, capture_output=True, text=True)
    (run,) = sarif_of(done)["runs"]
    assert {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]} == {
        "shop/.env", ".mcdev-auth.json", "k8s.yaml", "page.js"}


def test_for_secrets_of_rekeys_own_its_authority_is_proposed(authority, tmp_path):
    created = authority.create()
    (tmp_path / "app").mkdir()
    (tmp_path / "app/.env").write_text(
        f"SFMC_CLIENT_ID={created['integration']['client_id']}\nSFMC_CLIENT_SECRET={created['secret']['value']}\n")
    done = subprocess.run([BINARY, "scan", "app", "--inventory"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "kind: rekey\n" in done.stdout and "marketing-cloud" not in done.stdout
    proposed = tmp_path / "found.yaml"
    proposed.write_text(done.stdout.replace("credential: admin.json", f"credential: {authority.data}/admin.json"))
    assert "SFMC_CLIENT_SECRET" in rekey("plan", "-f", proposed).stdout


def test_the_proposed_inventory_is_planned_by_the_engine(authority, code, tmp_path):
    """Each place that was found is read, and what stands there proven by a token request."""
    created = authority.create()
    issued = created["integration"]
    (tenant,) = re.findall(r"mc[a-z0-9]{26}", issued["auth_base_uri"])
    for path in code.root.rglob("*"):
        if path.is_file():
            text = path.read_text()
            for old, new in ((code.secret, created["secret"]["value"]), (code.client_id, issued["client_id"])):
                text = text.replace(old, new).replace(base64_of(old), base64_of(new))
            path.write_text(text.replace(code.tenant, tenant))
    done = subprocess.run([BINARY, "scan", str(code.root), "--inventory"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 3 and "3 consumers proposed, 1 place that no entry covers" in done.stderr
    assert created["secret"]["value"][13:] not in done.stdout
    assert "code/page.js, line 1: not covered: no format that is edited" in done.stdout
    proposed = tmp_path / "found.yaml"
    proposed.write_text(done.stdout)
    checked = json.loads(rekey("inventory", "check", "-f", proposed, "--json", ok=(3,)).stdout)
    (integration,) = checked["integrations"]
    assert integration["client_id"] == issued["client_id"] and integration["missing"] == ["owner", "end date"]
    proposed.write_text(done.stdout.replace("credential: admin.json", f"credential: {authority.data}/admin.json"))
    refused = rekey("plan", "-f", proposed, ok=(4,))
    assert "code/page.js:1 holds the secret, and no consumer covers it" in refused.stdout
    entry = '  # not_consumers:\n  #   - {path: "code/page.js", by: , reason: }\n'
    assert entry in proposed.read_text()
    proposed.write_text(proposed.read_text().replace(
        entry, '  not_consumers:\n    - {path: "code/page.js", by: Ann, reason: an old page}\n'))
    plan = rekey("plan", "-f", proposed)
    assert "Ann answers for it (an old page)" in plan.stdout
    for key in ("SFMC_CLIENT_SECRET", "cred1.client_secret", "data.client_secret"):
        assert key in plan.stdout, plan.stdout


def test_all_that_a_plan_refuses_is_in_the_proposed_inventory(authority, values, tmp_path):
    """A place that somebody allowed, and one whose name no inventory may hold, with the others."""
    created = authority.create()
    line = f"SFMC_CLIENT_ID={created['integration']['client_id']}\nSFMC_CLIENT_SECRET={created['secret']['value']}\n"
    (tmp_path / "app").mkdir()
    (tmp_path / "app/.env").write_text(line)
    (tmp_path / "app/test.yaml").write_text(f"client_secret: {created['secret']['value']}  # rekey:allow a fixture\n")
    (tmp_path / "app/nobodys.js").write_text(f"clientSecret = '{values.legacy()}'\n")
    (tmp_path / "app/od\nd.env").write_text(line)
    done = subprocess.run([BINARY, "scan", "app", "--inventory"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 3 and "not covered: allowed: a fixture" in done.stdout
    assert "the name of the file holds" in done.stdout and '{path: "app/nobodys.js"' not in done.stdout
    proposed = tmp_path / "found.yaml"
    proposed.write_text(done.stdout.replace("credential: admin.json", f"credential: {authority.data}/admin.json"))
    rekey("inventory", "check", "-f", proposed, ok=(3,))
    assert "app/test.yaml:1" in rekey("plan", "-f", proposed, ok=(4,)).stdout
    (tmp_path / "app/od\nd.env").unlink()
    proposed.write_text(proposed.read_text().replace("  # not_consumers:", "  not_consumers:").replace(
        '  #   - {path: "app/test.yaml", by: , reason: }', '    - {path: "app/test.yaml", by: Ann, reason: a fixture}'))
    assert "Ann answers for it" in rekey("plan", "-f", proposed).stdout


def base64_of(text):
    return base64.b64encode(text.encode()).decode()


def git(folder, *words):
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
                   "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.org", "GIT_COMMITTER_NAME": "Ann",
                   "GIT_COMMITTER_EMAIL": "ann@example.org", "GIT_AUTHOR_DATE": "2026-03-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-03-01T00:00:00Z"}
    return subprocess.run(["git", "-c", "init.defaultBranch=main", *words], cwd=folder, check=True, env=environment,
                          capture_output=True, text=True).stdout.strip()


def test_the_history_of_a_repository_is_read(code, values):
    git(code.root, "init", "-q")
    git(code.root, "add", "-A")
    git(code.root, "commit", "-qm", "all")
    brought = git(code.root, "rev-parse", "HEAD")
    (code.root / "shop/.env").unlink()
    (code.root / "note.txt").write_text("nothing\n")
    git(code.root, "add", "-A")
    message = values.legacy()
    git(code.root, "commit", "-qm", f"client_secret={message}")
    found, coverage = findings(rekey("scan", code.root, "--json", ok=(3,)))
    (old,) = [one for one in found if one["path"].endswith("shop/.env")]
    assert old["revision"] | {"object": ""} == {
        "standing": "history", "commit": brought, "author": "Ann <ann@example.org>", "authored": "2026-03-01T00:00:00Z", "object": "", "ref": None}
    assert old["key_path"] == "SFMC_CLIENT_SECRET" and old["line"] == 2 and not old["is_rewritable"]
    assert [one["line"] for one in found if "commit" in one["path"]] == [6]
    # What the tip has lies in the work tree, and is told there.
    assert len([one for one in found if one["path"].endswith(".mcdev-auth.json")]) == 1
    assert coverage["is_complete"] and "git_store" not in coverage["left_out"]
    shown = rekey("scan", code.root, ok=(3,)).stdout
    assert f"shop/.env@history:2 ({brought[:10]} by Ann <ann@example.org>)" in shown
    done = rekey("scan", code.root, "--no-history", ok=(3,))
    assert "@history" not in done.stdout and "git stores" in done.stdout
    assert message not in shown


def test_a_store_is_read_once_though_two_worktrees_have_it(code):
    git(code.root, "init", "-q")
    git(code.root, "add", "shop/.env")
    git(code.root, "commit", "-qm", "env")
    git(code.root, "rm", "-q", "--cached", "shop/.env")
    (code.root / "shop/.env").unlink()
    git(code.root, "commit", "-qm", "gone")
    git(code.root, "worktree", "add", "-q", "other")
    found, coverage = findings(rekey("scan", code.root, "--json", ok=(3,)))
    assert len([one for one in found if one["path"].endswith("shop/.env")]) == 1
    assert coverage["is_complete"]


def test_a_repository_that_is_broken_is_no_proof(code):
    (code.root / ".git").write_text("gitdir: nowhere\n")
    done = rekey("scan", code.root, ok=(1,))
    assert "found: 4" in done.stdout and "no proof of absence" in done.stdout


def test_a_finding_names_who_owns_its_file(code):
    (code.root / "CODEOWNERS").write_text("* @all\n/shop/ @shop-team ann@example.org\n")
    git(code.root, "init", "-q")
    git(code.root, "add", "CODEOWNERS")
    git(code.root, "commit", "-qm", "owners")
    found, _ = findings(rekey("scan", code.root, "--json", ok=(3,)))
    assert {one["path"].removeprefix(f"{code.root}/"): one["owner"] for one in found} == {
        "shop/.env": "@shop-team ann@example.org", ".mcdev-auth.json": "@all", "k8s.yaml": "@all", "page.js": "@all"}
    assert 'owner: "@shop-team ann@example.org"' in rekey("scan", code.root, "--inventory", ok=(3,)).stdout


def test_an_owner_that_is_a_secret_is_not_told(code):
    (code.root / "CODEOWNERS").write_text(f"* @all @shop/{code.secret}\n")
    git(code.root, "init", "-q")
    git(code.root, "add", "CODEOWNERS")
    git(code.root, "commit", "-qm", "owners")
    for form in ([], ["--json"], ["--html"], ["--inventory"]):
        done = rekey("scan", code.root, *form, ok=(3,))
        assert code.secret not in done.stdout + done.stderr
    found, _ = findings(rekey("scan", code.root, "--json", ok=(3,)))
    assert all(re.fullmatch("@all @shop/fp:[0-9a-f]{12}", one["owner"]) for one in found)


def test_a_finding_names_who_last_changed_its_line(code):
    git(code.root, "init", "-q")
    git(code.root, "add", "shop/.env")
    git(code.root, "commit", "-qm", "env")
    env = code.root / "shop/.env"
    env.write_text("# of the shop\n" + env.read_text())
    found, _ = findings(rekey("scan", code.root, "--json", ok=(3,)))
    of = {one["path"].removeprefix(f"{code.root}/"): one for one in found}
    head = subprocess.run(["git", "-C", code.root, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert of["shop/.env"]["blame"]["commit"] == head.stdout.strip()
    assert of["shop/.env"]["owner"] == of["shop/.env"]["blame"]["author"]
    assert of["page.js"]["blame"] == {"commit": None, "author": None, "authored": None}
    assert f'owner: "{of["shop/.env"]["owner"]}"' in rekey("scan", code.root, "--inventory", ok=(3,)).stdout


def test_a_helm_release_is_read(code):
    data = json.dumps({"name": "shop", "config": {"client_secret": code.secret}}).encode()
    stored = base64.b64encode(base64.b64encode(gzip.compress(data))).decode()
    (code.root / "release.yaml").write_text(f"kind: Secret\ntype: helm.sh/release.v1\ndata:\n  release: {stored}\n")
    found, coverage = findings(rekey("scan", code.root / "release.yaml", "--json", ok=(3,)))
    assert [one["layers"] for one in found] == [["base64", "base64", "compressed"]]
    assert coverage["is_complete"]


def test_only_what_is_staged_is_read_for_a_hook(code):
    git(code.root, "init", "-q")
    git(code.root, "add", "page.js")
    git(code.root, "commit", "-qm", "page")
    assert "nothing found" in rekey("scan", "--staged", code.root).stdout
    git(code.root, "add", "k8s.yaml")
    found, _ = findings(rekey("scan", "--staged", code.root, "--json", ok=(3,)))
    assert [one["path"].removeprefix(f"{code.root}/") for one in found] == ["k8s.yaml"]
    rekey("scan", "--staged", code.root.parent / "none", ok=(5,))
    # From a folder within, all of it too, whoever is asked for.
    for named, at in ((".", code.root / "shop"), ("shop", code.root), (code.root / "shop", code.root.parent)):
        done = subprocess.run([BINARY, "scan", "--staged", named, "--json"], cwd=at, capture_output=True, text=True)
        found, _ = findings(done)
        assert [os.path.normpath(at / one["path"]) for one in found] == [str(code.root / "k8s.yaml")]
        assert found[0]["owner"] is None or "fp:" not in found[0]["owner"]


def test_a_hook_reads_the_index_that_git_commits_from(code):
    git(code.root, "init", "-q")
    for name in ("page.js", "k8s.yaml"):
        (code.root / name).rename(code.root.parent / name)
        (code.root / name).write_text("nothing\n")
    git(code.root, "add", "page.js", "k8s.yaml")
    git(code.root, "commit", "-qm", "clean")
    hook = code.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {BINARY} scan --staged .\n")
    hook.chmod(0o755)
    git(code.root, "commit", "-q", "--allow-empty", "-m", "still clean")
    for name in ("page.js", "k8s.yaml"):
        (code.root.parent / name).replace(code.root / name)
    for words in (["-qam", "all"], ["-qm", "one", "page.js"]):
        with pytest.raises(subprocess.CalledProcessError) as refused:
            git(code.root, "commit", *words)
        assert "page.js" in refused.value.stdout + refused.value.stderr


@pytest.mark.parametrize("words, said", [
    (["--data", "x"], "add --known"), (["--server", "http://127.0.0.1:1"], "add --known"),
    (["--credential", "x.json"], "add --known"), (["-f", "rekey.yaml"], "add --known"),
    (["--inventory", "--verify", "--verify-at", "127.0.0.1"], "scan once with each"),
    (["--verify", "--verify-at", "google-secret"], "that is no host"),
    (["--verify", "--verify-at", "google-secret=https://login/token"], "that is no host"),
    (["--html=page.html"], "--html takes no value")])
def test_options_of_which_one_would_be_ignored_are_refused(code, words, said):
    done = rekey("scan", code.root, *words, ok=(2,))
    assert said in done.stderr and done.stdout == ""


def test_what_a_compressed_file_holds_up_to_its_cut_is_read(code, values):
    lines = "".join(f"{values.of(ALPHANUMERIC, 60)}\n" for _ in range(2000))
    whole = gzip.compress(f"client_secret={code.secret}\n{lines}".encode())
    (code.root / "app.log.gz").write_bytes(whole[:len(whole) // 2])
    done = rekey("scan", code.root / "app.log.gz", ok=(1,))
    assert "app.log.gz!app.log:1" in done.stdout and "it is cut off" in done.stdout
    assert "the exit code is 1" in done.stdout
    assert code.secret not in done.stdout


def test_a_secret_that_is_too_short_to_be_looked_for_is_said_to_be(code):
    done = rekey("scan", code.root, "--secret-file", "-", stdin="abc", ok=(1,))
    assert "the secret in -, as it is: it cannot be looked for in this form: it is shorter than 8 bytes" in done.stdout
    assert "letters and digits" not in done.stdout


def test_many_links_are_told_below_one_another(code):
    (code.root / "links").mkdir()
    for number in range(30):
        (code.root / f"links/a-link-with-a-long-name-{number:02}").symlink_to("../page.js")
    told = rekey("scan", code.root / "links").stdout.splitlines()
    at = told.index("left out: 30 symbolic links:")
    assert [line[:2] for line in told[at + 1:at + 7]] == ["  "] * 6 and told[at + 6] == "  …"


@pytest.mark.parametrize("others", [[], [".", "-"], [".", "--processes"], [".", "--no-ignore"],
                                    [".", "--no-history"]])
def test_staged_files_are_read_alone(others):
    assert "--staged" in rekey("scan", "--staged", *others, ok=(2,)).stderr


def test_what_lies_beside_the_objects_of_a_repository_is_read(code, values):
    git(code.root, "init", "-q")
    secret = values.legacy()
    with (code.root / ".git/config").open("a") as config:
        config.write(f"[shop]\n\tclientSecret = {secret}\n")
    found, coverage = findings(rekey("scan", code.root, "--json", ok=(3,)))
    assert [one["path"] for one in found if "/.git/" in one["path"]] == [f"{code.root}/.git/config"]
    assert coverage["is_complete"]


def test_an_object_that_is_gone_is_told(code):
    git(code.root, "init", "-q")
    git(code.root, "add", "page.js")
    git(code.root, "commit", "-qm", "page")
    blob = git(code.root, "rev-parse", "HEAD:page.js")
    (code.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    done = rekey("scan", code.root, ok=(1,))
    assert f"object {blob}" in done.stdout and "page.js" in done.stdout


def test_objects_that_nothing_leads_to_are_read(code, values):
    git(code.root, "init", "-q")
    (code.root / "lost.env").write_text(f"CLIENT_SECRET={values.legacy()}\n")
    git(code.root, "hash-object", "-w", "lost.env")
    (code.root / "lost.env").unlink()
    found, _ = findings(rekey("scan", code.root, "--json", ok=(3,)))
    assert [one["revision"]["standing"] for one in found if one["path"].count("blob")] == ["dangling"]
