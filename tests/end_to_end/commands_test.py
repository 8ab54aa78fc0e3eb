"""The commands: the calls and members that are a promise to scripts, exit codes, and what is shown."""

import json
import os
import pty
import re
import select
import stat
import subprocess

from support import BINARY, Authority, rekey, wait_until

INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
SECRET = re.compile(r"^SFMC_1p[0-9A-Za-z]{57}$")


def test_package_create_answers_what_is_promised(authority):
    created = authority.create()
    assert set(created) == {"package", "integration", "secret"}
    assert created["package"]["name"] == "Order sync" and created["package"]["id"].startswith("pkg_")
    integration = created["integration"]
    assert re.fullmatch(r"[a-z0-9]{24}", integration["client_id"])
    for name in ("auth_base_uri", "rest_base_uri", "soap_base_uri"):
        assert integration[name].startswith(authority.url) and integration[name].endswith("/")
    assert sorted(integration["scopes"]) == ["data_extensions_write", "email_send"]
    secret = created["secret"]
    assert SECRET.match(secret["value"]) and secret["slot"] == "-" and secret["state"] == "active"
    for name in ("generated_at", "usable_from", "expires_at"):
        assert INSTANT.match(secret[name]), name


def test_the_other_calls_answer_what_is_promised(quick_authority):
    authority = quick_authority
    client_id = authority.create()["integration"]["client_id"]
    staged = authority.json("secret", "stage", client_id, "--label", "a run")["secret"]
    assert staged["state"] in ("settling", "staged") and SECRET.match(staged["value"])

    def activate():
        done = authority.run("secret", "activate", client_id, "--json", ok=(0, 4))
        return json.loads(done.stdout) if done.returncode == 0 else None
    activated = wait_until(activate, "the settle time")
    assert activated["secret"]["id"] == staged["id"] and activated["secret"]["state"] == "active"
    assert activated["superseded"]["state"] == "ended"

    assert authority.token(client_id, staged["value"]).status == 200
    usage = authority.json("secret", "usage", client_id)
    assert INSTANT.match(usage["complete_since"]) and INSTANT.match(usage["as_of"])
    (row,) = usage["usage"]
    assert row["secret_id"] == staged["id"] and row["count"] == 1
    assert row["caller"] == {"network": "127.0.0.1", "user_agent": "test/1", "slot": "-"} or row["caller"]["network"].startswith("127.0.0.1")
    assert INSTANT.match(row["first_seen"]) and INSTANT.match(row["last_seen"])

    status = authority.json("status")
    row = next(r for r in status["secrets"] if r["secret_id"] == staged["id"])
    for name in ("client_id", "package", "slot", "state", "expires_at", "days_left", "last_used_at"):
        assert name in row, name
    assert row["days_left"] == 179


def test_a_value_is_shown_once_on_its_own_line(authority):
    shown = authority.run("package", "create", "Shown", "--scope", "email_send").stdout
    values = [line for line in shown.splitlines() if SECRET.match(line)]
    assert len(values) == 1
    authority.canaries.add(values[0])
    client_id = re.search(r"Client id\s+(\S+)", shown).group(1)
    for command in (["package", "show", client_id], ["secret", "list", client_id], ["status"], ["package", "list"]):
        for form in ([], ["--json"]):
            assert values[0] not in authority.run(*command, *form).stdout


def test_secret_file_takes_the_value_instead(authority, tmp_path):
    path = tmp_path / "value"
    created = authority.json("package", "create", "Filed", "--scope", "email_send", "--secret-file", path)
    assert "value" not in created["secret"]
    value = path.read_text()
    assert SECRET.match(value.rstrip("\n")) and value.endswith("\n")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    authority.canaries.add(value.strip())
    # A file that exists is never overwritten, and no secret is made whose value could not be kept.
    client_id = created["integration"]["client_id"]
    again = authority.run("secret", "stage", client_id, "--secret-file", path, ok=(4,))
    assert str(path) in again.stderr and path.read_text() == value
    assert len(authority.json("secret", "list", client_id)["secrets"]) == 1
    # Nor does a refusal leave an empty file behind.
    authority.run("secret", "stage", "a" * 24, "--secret-file", tmp_path / "nothing", ok=(1,))
    assert not (tmp_path / "nothing").exists()


def test_exit_codes_tell_what_kind_of_failure(authority, tmp_path):
    assert "there is no folder" in rekey("status", "--data", tmp_path / "nothing", ok=(5,)).stderr
    assert "is no data folder" in rekey("status", "--data", tmp_path, ok=(5,)).stderr
    missing = tmp_path / "missing"
    for command in ("plan", "rotate"):
        assert f"no inventory {missing}" in rekey(command, "-f", missing, ok=(5,)).stderr
    assert str(missing) in rekey("token", "--server", authority.url, "--client-id", "a" * 24, "--secret-file", missing, ok=(5,)).stderr
    assert str(missing) in rekey("status", "--server", authority.url, "--credential", missing, ok=(5,)).stderr
    for given, lacks in (((), "--server URL and --client-id ID are needed"),
                         (("--server", authority.url), "--client-id ID is needed")):
        assert lacks in rekey("token", *given, ok=(2,)).stderr
    assert 'not a command; did you mean "status"? `rekey --help`' in rekey("statsu", ok=(2,)).stderr
    assert "has no option -y; did you mean --yes?" in rekey("rotate", "-y", ok=(2,)).stderr
    assert "does not take \"much\"" in rekey("status", "much", ok=(2,)).stderr
    for value in ("none", "0"):
        refused = authority.run("policy", "set", f"dormancy={value}", ok=(2,)).stderr
        assert "1m to 400d" in refused and "no policy can say never" in refused
    assert "--scope" in rekey("package", "create", "x", "--scpoe", "y", ok=(2,)).stderr
    assert rekey("package", "create", ok=(2,)).stderr
    assert "aaaaaaaaaaaaaaaaaaaaaaaa" in authority.run("secret", "list", "a" * 24, ok=(1,)).stderr
    client_id = authority.create()["integration"]["client_id"]
    assert "staged" in authority.run("secret", "activate", client_id, ok=(4,)).stderr
    assert "KEY=VALUE" in authority.run("policy", "set", "nonsense", ok=(2,)).stderr
    assert "settle" in authority.run("policy", "set", "setle=3s", ok=(2,)).stderr
    assert "400" in authority.run("policy", "set", "ttl=500d", ok=(2,)).stderr
    assert authority.run("status", "--within", "400", ok=(3,)).stdout
    assert authority.run("status", ok=(0,)).stdout


def test_status_tells_a_slot_that_has_no_active_secret(authority):
    created = authority.create()
    client_id = created["integration"]["client_id"]
    authority.json("secret", "stage", client_id)
    assert authority.run("status", ok=(0,)).stdout
    authority.run("secret", "revoke", client_id, created["secret"]["id"], "--reason", "a test")
    assert "needs somebody" in authority.run("status", ok=(3,)).stdout
    authority.run("secret", "activate", client_id)
    assert authority.run("status", ok=(0,)).stdout


def test_every_command_has_help_and_no_command_is_missing():
    overview = rekey("--help").stdout
    for command in ("serve", "package create", "package list", "package show", "package edit", "package enable",
                    "package disable", "package revoke-tokens", "package delete", "secret revoke-tokens", "secret stage", "secret activate",
                    "secret undo-activation", "secret revoke", "secret list", "secret usage", "secret import", "policy show", "policy set", "status",
                    "key list", "key rotate", "audience list", "audience declare", "audience remove",
                    "refusals", "ledger verify", "ledger tail", "admin rotate", "admin recover", "plan", "rotate", "token",
                    "run list", "run show", "run explain", "run resume", "run park", "run abort", "run issuer-moved",
                    "run card",
                    "run value", "run attest", "run approve", "sink check", "notice init",
                    "notice test", "watch", "sandbox seed", "sandbox reset", "sandbox export",
                    "sandbox mail", "sandbox clock", "sandbox faults", "sandbox hosts"):
        assert f"  {command} " in overview, command
        text = rekey(*command.split(), "--help").stdout
        assert text.startswith(f"{command}: ") and f"Usage: rekey {command}" in text
        assert all(len(line) <= 120 for line in text.splitlines())
    assert re.match(r"rekey \d+\.\d+\.\d+\n", rekey("--version").stdout)


def test_man_pages_and_completions_come_from_the_same_table(tmp_path):
    rekey("generate-documentation", tmp_path)
    pages = sorted(path.name for path in (tmp_path / "man").iterdir())
    assert "rekey.1" in pages and "rekey-secret-stage.1" in pages and len(pages) == 69
    bash = (tmp_path / "completions/rekey.bash").read_text()
    zsh = (tmp_path / "completions/_rekey").read_text()
    for text in (bash, zsh):
        assert "--if-vacant" in text and "recover" in text


def test_edit_enable_disable_and_delete_do_what_they_say(authority):
    created = authority.create()
    client_id, value = created["integration"]["client_id"], created["secret"]["value"]
    authority.run("package", "edit", client_id, "--name", "Renamed", "--owner", "ann", "--scope", "email_send")
    shown = authority.json("package", "show", created["package"]["id"])
    assert shown["package"]["name"] == "Renamed" and shown["package"]["owners"] == ["ann"]
    assert authority.token(client_id, value).json["scope"] == "email_send"
    authority.run("package", "disable", client_id)
    assert authority.token(client_id, value).status == 401
    authority.run("package", "enable", client_id)
    assert authority.token(client_id, value).status == 200
    authority.run("package", "delete", client_id, ok=(2,))
    authority.run("package", "delete", client_id, "--yes")
    assert authority.token(client_id, value).status == 401
    assert authority.run("secret", "stage", client_id, ok=(1, 4)).returncode != 0


def test_a_package_is_named_by_its_name_too_and_two_of_one_name_by_their_ids(authority):
    first = authority.create("Order sync")["package"]["id"]
    assert authority.json("package", "show", "Order sync")["package"]["id"] == first
    authority.run("package", "edit", "order SYNC", "--owner", "ann")
    assert authority.json("package", "show", first)["package"]["owners"] == ["ann"]
    second = authority.create("Order sync")["package"]["id"]
    for words in (("show",), ("edit", "--owner", "bob"), ("disable",), ("delete", "--yes")):
        refused = authority.run("package", words[0], "Order sync", *words[1:], ok=(2,)).stderr
        assert first in refused and second in refused and "by its id" in refused
    assert authority.json("package", "show", first)["package"]["owners"] == ["ann"]
    assert "rekey package list" in authority.run("package", "show", "Nobody", ok=(1,)).stderr
    authority.run("package", "delete", second, "--yes")
    authority.run("package", "disable", "Order sync")


def test_the_server_is_found_by_options_environment_or_folder(authority):
    credential = authority.data / "admin.json"
    rekey("status", "--server", authority.url, "--credential", credential)
    rekey("status", environment={"REKEY_SERVER": authority.url, "REKEY_CREDENTIAL": str(credential)})
    assert "--data" in rekey("status", ok=(2,), environment={"REKEY_CREDENTIAL": ""}).stderr


def test_token_asks_as_a_client_would(authority, tmp_path):
    created = authority.create()
    client_id, value = created["integration"]["client_id"], created["secret"]["value"]
    token = rekey("token", "--server", authority.url, "--client-id", client_id, stdin=value + "\n").stdout
    assert len(token.strip()) <= 512 and "\n" not in token.strip()
    wrong = value[:-1] + ("1" if value.endswith("0") else "0")
    refused = rekey("token", "--server", authority.url, "--client-id", client_id, ok=(1,), stdin=wrong + "\n")
    assert "401 invalid_client" in refused.stderr and value[:-1] not in refused.stderr
    away = rekey("token", "--server", "http://127.0.0.1:1", "--client-id", client_id, ok=(5,), stdin=value).stderr
    assert "http://127.0.0.1:1/" in away and "is the server running?" in away and "rekey serve --data" in away
    assert f"rekey refusals {client_id}" in refused.stderr
    (row,) = authority.json("refusals", client_id)["refusals"]
    assert row["client_id"] == client_id and row["count"] == 1
    shown = authority.run("refusals").stdout
    assert client_id in shown and row["reason"] in shown and "Complete since" in shown


def test_admin_rotate_renews_the_file_and_survives_a_settle_time(quick_authority):
    authority = quick_authority
    before = json.loads((authority.data / "admin.json").read_text())
    authority.canaries.add(before["client_secret"])
    authority.run("admin", "rotate")
    after = json.loads((authority.data / "admin.json").read_text())
    assert after["client_secret"] != before["client_secret"] and after["client_id"] == before["client_id"]
    assert stat.S_IMODE(os.stat(authority.data / "admin.json").st_mode) == 0o600
    assert authority.token(before["client_id"], before["client_secret"]).status == 401
    assert authority.token(after["client_id"], after["client_secret"]).status == 200


def test_admin_recover_works_beside_a_server_and_without_one(authority):
    credential = authority.data / "admin.json"
    lost = json.loads(credential.read_text())
    authority.canaries.add(lost["client_secret"])
    credential.unlink()
    assert "rekey admin recover --data" in authority.run("status", ok=(5,)).stderr
    authority.run("admin", "recover")
    assert authority.run("status").stdout
    assert authority.token(lost["client_id"], lost["client_secret"]).status == 401
    second = json.loads(credential.read_text())
    authority.canaries.add(second["client_secret"])
    authority.stop()
    authority.run("admin", "recover")
    authority.start()
    assert authority.token(second["client_id"], second["client_secret"]).status == 401
    assert authority.run("status").stdout
    assert "admin_recovered" in authority.run("ledger", "tail", "--lines", 100).stdout
    authority.run("ledger", "verify")


def test_what_is_away_is_told_from_what_was_tampered_with(authority, tmp_path):
    gone = tmp_path / "gone"
    for command in (["ledger", "verify", "--data", gone], ["ledger", "tail", "--data", gone],
                    ["admin", "recover", "--data", gone], ["status", "--data", gone],
                    ["status", "--credential", gone], ["ledger", "verify", "--data", authority.data, "--key", gone]):
        said = rekey(*command, ok=(5,))
        assert "gone" in said.stderr and not said.stdout, command
    client_id = authority.create()["integration"]["client_id"]
    authority.run("secret", "import", client_id, "--slot", "other", "--secret-file", gone, "--generated-at", "2026-01-01",
                  ok=(5,))
    authority.stop()
    authority.run("ledger", "verify")
    anchor = authority.data / "ledger.anchor"
    anchor.rename(tmp_path / "anchor")
    assert "finding:" in authority.run("ledger", "verify", ok=(1,)).stdout
    (tmp_path / "anchor").rename(anchor)
    (authority.data / "rekey.db").rename(tmp_path / "rekey.db")
    authority.run("ledger", "verify", ok=(5,))


def test_a_wrong_method_is_told_the_right_ones(authority):
    for method, path, allowed in (("DELETE", "/status", "GET"), ("PUT", "/policy", "GET, PATCH"),
                                  ("GET", "/packages/pkg_1/enable", "POST")):
        answer = authority.api(method, path)
        assert (answer.status, answer.headers["allow"]) == (405, allowed)


def test_a_policy_out_of_bounds_is_told_its_bounds(authority):
    for setting, words in (("overlap=9999d", "overlap must be 0s to 400d, not 9999d"),
                           ("ttl=401d", "ttl must be 1m to 400d, not 401d")):
        assert words in authority.run("policy", "set", setting, ok=(2,)).stderr


def test_a_policy_is_shown_as_it_was_set_and_warns(authority):
    shown = authority.json("policy", "set", "profile=marketing-cloud")
    assert shown["policy"]["settle"] == "5m" and shown["policy"]["overlap"] in ("0s", "0")
    assert any("dormancy" in warning for warning in authority.json("policy", "set", "dormancy=200d")["warnings"])
    assert authority.json("policy", "show")["policy"]["dormancy"] == "200d"


def test_a_server_with_a_state_of_its_own_comes_back_as_it_was(authority):
    created = authority.create()
    client_id, value = created["integration"]["client_id"], created["secret"]["value"]
    token = authority.token(client_id, value).json["access_token"]
    usage = authority.json("secret", "usage", client_id)
    assert authority.stop() == 0
    authority.start()
    assert authority.get("/v2/userinfo", Authorization=f"Bearer {token}").status == 200
    again = authority.json("secret", "usage", client_id)
    assert again["usage"] == usage["usage"] and again["complete_since"] == usage["complete_since"]
    assert authority.token(client_id, value).status == 200


def on_a_terminal(*arguments, answer):
    """Runs a command before a terminal of 80 columns, answers its question; its exit code and what it showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([BINARY, *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    is_answered = False
    while True:
        assert select.select([ours], [], [], 60)[0], shown
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
        if not is_answered and b"[y/N]" in shown:
            os.write(ours, answer.encode() + b"\n")
            is_answered = True
    os.close(ours)
    return process.wait(timeout=60), shown.decode()


def test_delete_asks_on_a_terminal_and_shows_who_would_be_cut_off(authority):
    created = authority.create()
    client_id, value = created["integration"]["client_id"], created["secret"]["value"]
    assert authority.token(client_id, value, user_agent="order-sync/1").status == 200
    code, shown = on_a_terminal("package", "delete", client_id, "--data", authority.data, answer="n")
    assert code == 130 and created["secret"]["id"] in shown and "order-sync/1" in shown
    assert authority.token(client_id, value).status == 200
    code, shown = on_a_terminal("package", "delete", client_id, "--data", authority.data, answer="y")
    assert code == 0 and authority.token(client_id, value).status == 401


def test_a_secret_is_imported_once_and_a_name_given_twice_is_told(authority, tmp_path):
    value = tmp_path / "value"
    value.write_text("a1B2c3D4e5F6g7H8i9J0k1L2\n")
    generated_at = ("--generated-at", authority.json("status")["as_of"])
    first = authority.create("Order sync", "email_send", "--import", value, *generated_at)["integration"]["client_id"]
    twice = authority.run("package", "create", "Again", "--scope", "email_send", "--import", value, *generated_at, ok=(4,))
    assert first in twice.stderr and value.read_text().strip() not in twice.stderr
    other = authority.run("package", "create", "Order sync", "--scope", "email_send", "--json")
    assert "warning" in other.stderr and first in other.stderr
    other_client_id = json.loads(other.stdout)["integration"]["client_id"]
    authority.canaries.add(json.loads(other.stdout)["secret"]["value"])
    into = ("secret", "import", other_client_id, "--slot", "abc123", "--secret-file", value, *generated_at)
    assert first in authority.run(*into, ok=(4,)).stderr
    authority.run("package", "delete", first, "--yes")
    authority.run(*into)


def test_both_ends_of_a_secret_are_named_and_an_ended_one_says_why(quick_authority):
    authority = quick_authority
    created = authority.create()
    client_id, old = created["integration"]["client_id"], created["secret"]["id"]
    authority.json("secret", "stage", client_id)
    done = wait_until(lambda: (lambda d: d if d.returncode == 0 else None)(
        authority.run("secret", "activate", client_id, ok=(0, 4))), "the settle time").stdout
    both = re.compile(r"\(in 179 days\); unless it is used, dormant \S+ \(in (89|90) days\)")
    assert both.search(done), done
    assert both.search(authority.run("status").stdout)
    listed = authority.run("secret", "list", client_id).stdout
    assert both.search(listed) and re.search(old + r" .*ended \S+ \([^)]*\): another one took over", listed), listed
    rows = {row["id"]: row for row in authority.json("secret", "list", client_id)["secrets"]}
    assert rows[old]["days_left"] == 0 and rows[old]["state"] == "ended"


def test_a_server_that_may_not_have_its_folder_does_not_say_that_it_started(authority):
    second = rekey("serve", "--data", authority.data, "--listen", "127.0.0.1:0", ok=(1, 4))
    assert "another server" in second.stderr and "server_started" not in second.stderr
