"""rekey watch: owners are told in time, over a real SMTP server and a real HTTP endpoint."""

import base64
import datetime
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import ssl
import stat
import subprocess
import threading
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from support import free_port, rekey

WEBHOOK_KEY = base64.b64encode(bytes(range(32))).decode()


class Mailbox:
    """What the mail server does with a mail that it has taken."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        assert session.ssl is not None and session.authenticated
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 taken"


def make_tls_context(folder):
    """For localhost, vouched for by nobody but itself: by localhost.pem."""
    key, certificate = folder / "localhost.key", folder / "localhost.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def start_mail_server(context, mailbox, password):
    """A real SMTP server: STARTTLS, then a password, or no mail is taken."""

    def authenticate(server, session, envelope, mechanism, data):
        is_good = data.login == b"rekey" and data.password == password.encode()
        return AuthResult(success=is_good, handled=True)

    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), tls_context=context,
                            require_starttls=True, authenticator=authenticate, auth_required=True)
    controller.start()
    return controller


class HookHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.hooks.append((dict(self.headers) | {"path": self.path}, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Receiver:
    """Both servers, and notices.yaml that names them."""

    def __init__(self, folder):
        context = make_tls_context(folder)
        self.mailbox = Mailbox()
        password = folder / "mail.password"
        password.write_text("a-word-for-this-test\n")
        password.chmod(0o600)
        self.smtp = start_mail_server(context, self.mailbox, password.read_text().strip())
        self.hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), HookHandler)
        self.hook.hooks, self.hook.status = [], 204
        self.hook.socket = context.wrap_socket(self.hook.socket, server_side=True)
        threading.Thread(target=self.hook.serve_forever, daemon=True).start()
        secret = folder / "hook.key"
        secret.write_text(f"whsec_{WEBHOOK_KEY}\n")
        secret.chmod(0o600)
        self.config = folder / "notices.yaml"
        self.config.write_text(f"""\
version: 1
state: notices
calendar: secrets.ics
fallback: [everybody]
recipients:
  - name: everybody
    mail: [all@example.com]
  - name: payments-team
    mail: [pay@example.com]
    webhooks: [desk]
mail: {{host: localhost, port: {self.smtp.port}, security: starttls, username: rekey, password_file: mail.password,
       ca_file: localhost.pem, from: rekey@example.com}}
webhooks:
  - {{name: desk, url: "https://localhost:{self.hook.server_address[1]}/in", secret_file: hook.key,
     ca_file: localhost.pem}}
retry: {{first_pause: 1s, longest_pause: 2s}}
""")

    def mails_to(self, address):
        return [email.message_from_bytes(content, policy=email.policy.default)
                for _, recipients, content in self.mailbox.mails if recipients == [address]]

    def close(self):
        self.smtp.stop()
        self.hook.shutdown()
        self.hook.server_close()


@pytest.fixture
def receiver(tmp_path):
    receiver = Receiver(tmp_path)
    yield receiver
    receiver.close()


def watch(authority, receiver, ok=(0,)):
    return json.loads(authority.run("watch", "--config", receiver.config, "--once", "--json", ok=ok).stdout)


def with_a_secret_that_ends_soon(authority):
    created = authority.create("Payments", "email_send", "--policy", "ttl=5d", "--owner", "payments-team",
                               "--documentation", "https://wiki.example.com/payments")
    return created["integration"]["client_id"], created["secret"]["id"]


def test_a_new_secret_is_in_the_calendar_and_told_of_only_when_its_time_comes(authority, receiver):
    client_id, secret_id = with_a_secret_that_ends_soon(authority)
    first = watch(authority, receiver)
    assert first["failed"] == 0 and first["waiting"] == 0, first
    # A new secret is told of at the thresholds that lie ahead of it: of 5 days, none has come yet.
    assert first["queued"] == 0
    authority.json("package", "edit", client_id, "--policy", "ttl=6d")  # a secret keeps its own end
    assert watch(authority, receiver)["queued"] == 0
    assert receiver.mailbox.mails == [] and receiver.hook.hooks == []

    calendar = (receiver.config.parent / "secrets.ics").read_text()
    assert "BEGIN:VEVENT" in calendar and "Payments" in calendar and client_id in calendar


def test_an_imported_secret_that_has_expired_alarms_its_owner_once(authority, receiver, tmp_path):
    value = tmp_path / "legacy"
    value.write_text("a1B2" * 6)
    value.chmod(0o600)
    created = authority.json("package", "create", "Old sync", "--scope", "email_send", "--import", value,
                             "--generated-at", "2026-01-01", "--owner", "payments-team")
    client_id = created["integration"]["client_id"]
    report = watch(authority, receiver)
    assert report["queued"] == report["delivered"] == 2 and report["failed"] == 0, report

    (mail,) = receiver.mails_to("pay@example.com")
    assert "Old sync" in mail["Subject"] and mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_body(("plain",)).get_content()
    assert client_id in text and "rekey secret list" in text
    assert "<html" in mail.get_body(("html",)).get_content().lower()
    ((headers, body),) = receiver.hook.hooks
    payload = json.loads(body)
    assert payload["type"] == "rekey.notice.v1" and payload["urgency"] == "alarm"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    signature = base64.b64encode(hmac.new(bytes(range(32)), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{signature}"

    assert watch(authority, receiver)["queued"] == 0, "nothing is said twice"
    assert len(receiver.mailbox.mails) == 1 and len(receiver.hook.hooks) == 1


def test_a_leak_alarms_the_owner_of_the_secret_once(authority, receiver):
    created = authority.create("Payments", "email_send", "--owner", "payments-team")
    report = {"leaks": [{"value": created["secret"]["value"], "place": "https://tickets.example.com/17"}]}
    assert authority.api("POST", "/leaks", report).json["reports"][0]["secrets"][0]["action"] == "notified"
    assert watch(authority, receiver)["delivered"] == 2
    (mail,) = receiver.mails_to("pay@example.com")
    text = mail.get_body(("plain",)).get_content()
    assert "Payments" in mail["Subject"] and "leaked" in mail["Subject"]
    assert "https://tickets.example.com/17" in text and created["secret"]["value"] not in text
    assert json.loads(receiver.hook.hooks[0][1])["notices"][0]["kind"] == "leaked"
    authority.api("POST", "/leaks", {"value": created["secret"]["value"]})
    assert watch(authority, receiver)["queued"] == 0, "nothing is said twice"


def test_what_could_not_be_delivered_is_tried_again_under_the_same_id(authority, receiver, tmp_path):
    value = tmp_path / "legacy"
    value.write_text("a1B2" * 6)
    value.chmod(0o600)
    authority.json("package", "create", "Old sync", "--scope", "email_send", "--import", value,
                   "--generated-at", "2026-01-01", "--owner", "payments-team")
    receiver.hook.status = 503
    assert watch(authority, receiver, ok=(3,))["failed"] == 1
    receiver.hook.status = 204
    while len(receiver.hook.hooks) < 2:
        watch(authority, receiver, ok=(0, 3))
    assert receiver.hook.hooks[0][0]["webhook-id"] == receiver.hook.hooks[1][0]["webhook-id"]
    assert len(receiver.mailbox.mails) == 1


def test_without_the_authority_nothing_is_said_and_the_exit_code_tells(authority, receiver):
    authority.stop()
    assert authority.run("watch", "--config", receiver.config, "--once", ok=None).returncode not in (0, 3)
    assert receiver.mailbox.mails == []


def test_a_test_message_goes_by_every_way(receiver):
    done = json.loads(rekey("notice", "test", "payments-team", "--config", receiver.config, "--json").stdout)
    assert [a["state"] for a in done["attempts"]] == ["delivered", "delivered"]
    assert len(receiver.mails_to("pay@example.com")) == 1 and len(receiver.hook.hooks) == 1
    assert rekey("notice", "test", "nobody", "--config", receiver.config, ok=None).returncode != 0


def test_mistakes_in_the_configuration_are_told_with_their_place(receiver):
    text = receiver.config.read_text()
    receiver.config.write_text(text.replace("fallback:", "falback:").replace("security: starttls", "security: no"))
    done = rekey("notice", "test", "--config", receiver.config, ok=(2,))
    assert f"{receiver.config}:4:1: unknown key falback" in done.stderr and "did you mean fallback?" in done.stderr
    assert "security no is not known" in done.stderr


def test_a_watcher_that_went_silent_is_told_of_once_and_by_its_exit_code(authority, receiver):
    check = ["watch", "--config", receiver.config, "--check"]
    assert "there was no pass yet" in rekey(*check, ok=None).stderr
    watch(authority, receiver)
    assert rekey(*check, "--older-than", "1h").stdout.startswith("alive")
    assert receiver.mailbox.mails == []
    time.sleep(0.05)
    for _ in range(2):
        assert rekey(*check, "--older-than", "10ms", ok=(3,)).stdout.startswith("silent")
    (mail,) = receiver.mails_to("all@example.com")
    assert mail["Subject"] == "Rekey is silent"
    assert "rekey watch" in mail.get_body(("plain",)).get_content()


def test_a_receiver_that_nobody_vouches_for_gets_nothing(receiver):
    receiver.config.write_text(receiver.config.read_text().replace("ca_file: localhost.pem", "timeout: 5s"))
    done = json.loads(rekey("notice", "test", "payments-team", "--config", receiver.config, "--json", ok=(3,)).stdout)
    assert [a["state"] for a in done["attempts"]] == ["failed", "failed"], done
    assert all("certificate" in a["reason"].lower() for a in done["attempts"]), done
    assert receiver.mailbox.mails == [] and receiver.hook.hooks == []


def test_settings_that_are_not_there_are_away_and_a_first_file_is_offered(tmp_path):
    missing = tmp_path / "notices.yaml"
    for command in (["watch", "--once"], ["watch"], ["watch", "--check"], ["notice", "test"]):
        said = rekey(*command, "--config", missing, ok=(5,)).stderr
        assert f"there is no {missing}; `rekey notice init" in said, said
    assert "is written" in rekey("notice", "init", "--config", missing).stdout
    assert "is there already" in rekey("notice", "init", "--config", missing, ok=None).stderr
    # It is read; the server that it names as an example is nobody's.
    assert "smtp.example.com" in missing.read_text()
    assert "there was no pass yet" in rekey("watch", "--check", "--config", missing, ok=None).stderr
    assert "x.ics" in rekey("status", "-f", inventory_in(tmp_path / "one"), "--ics", tmp_path / "gone/x.ics",
                            ok=(5,)).stderr


def test_an_owner_whom_nobody_can_tell_is_named_with_the_remedy(receiver, tmp_path):
    inventory = inventory_in(tmp_path / "one")
    inventory.write_text(inventory.read_text().replace("pay@example.com", "Ann"))
    done = watch_files(receiver, inventory, ok=(3,))
    said = ('Order sync: "Ann" is no recipient and cannot be mailed to; add a recipient named Ann to notices.yaml, '
            "or write a mail address as owner or contact in rekey.yaml")
    assert [one for one in json.loads(done.stdout)["problems"] if "Ann" in one] == [said]
    near = rekey("notice", "test", "payment-team", "--config", receiver.config, ok=(2,)).stderr
    assert "did you mean payments-team?" in near


def test_the_calendar_can_be_served_by_a_web_server(receiver, tmp_path):
    watch_files(receiver, inventory_in(tmp_path / "one"))
    assert stat.S_IMODE((tmp_path / "secrets.ics").stat().st_mode) == 0o644


def test_chats_get_their_shapes_over_the_wire(receiver, tmp_path):
    url = f"https://localhost:{receiver.hook.server_address[1]}"
    text = receiver.config.read_text().replace("webhooks: [desk]", "webhooks: [desk, slack, teams]")
    for shape in ("slack", "teams"):
        (tmp_path / f"{shape}.url").write_text(f"{url}/{shape}\n")
        (tmp_path / f"{shape}.url").chmod(0o600)
        text = text.replace("webhooks:\n", f"webhooks:\n  - {{name: {shape}, shape: {shape}, url_file: {shape}.url, "
                            "ca_file: localhost.pem}\n", 1)
    receiver.config.write_text(text)
    inventory = inventory_in(tmp_path / "one")
    inventory.write_text(inventory.read_text().replace("pay@example.com", "payments-team"))
    assert json.loads(watch_files(receiver, inventory).stdout)["delivered"] == 4  # the mail too
    bodies = {headers["path"]: json.loads(body) for headers, body in receiver.hook.hooks}
    assert set(bodies) == {"/in", "/slack", "/teams"}
    header, section = bodies["/slack"]["blocks"]
    assert header["type"] == "header" and "Order sync" in header["text"]["text"]
    assert section["type"] == "section" and "rekey inventory check -f" in json.dumps(section)
    (attached,) = bodies["/teams"]["attachments"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attached["content"]["type"] == "AdaptiveCard"
    assert "Order sync" in attached["content"]["body"][0]["text"]
    assert all(set(headers) >= {"Content-Type"} and "json" in headers["Content-Type"]
               for headers, _ in receiver.hook.hooks)


INVENTORY = """\
version: 1
issuers:
  mce: {{kind: marketing-cloud, auth_url: "https://mc{tenant}.auth.marketingcloudapis.com"}}
integrations:
  - {{name: Order sync, owner: pay@example.com, {facts}}}
"""


def inventory_in(folder, tenant="a", client_id="", name="rekey.yaml"):
    ends = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=5)).strftime("%Y-%m-%d")
    folder.mkdir(exist_ok=True)
    path = folder / name
    facts = f"expires_at: {ends}" + (f", client_id: {client_id}" if client_id else "")
    path.write_text(INVENTORY.format(tenant=tenant, facts=facts))
    return path


def watch_files(receiver, *paths, ok=(0,)):
    files = [word for path in paths for word in ("-f", path)]
    return rekey("watch", "--config", receiver.config, "--once", "--json", *files, ok=ok)


def test_one_broken_inventory_of_two_is_told_to_the_fallback_once_and_silences_nobody(receiver, tmp_path):
    good, bad = inventory_in(tmp_path / "good"), inventory_in(tmp_path / "bad", client_id="b" * 24)
    assert watch_files(receiver, good, bad).returncode == 0
    assert len(receiver.mails_to("pay@example.com")) == 1
    kept = (tmp_path / "secrets.ics").read_text()
    bad.write_text("version: 1\nintegrations: [\n")
    late = inventory_in(tmp_path / "late", tenant="c")
    for _ in range(2):
        done = json.loads(watch_files(receiver, bad, good, late, ok=(3,)).stdout)
        assert any(str(bad) in problem for problem in done["problems"]), done
    assert len(receiver.mails_to("pay@example.com")) == 2, "the others are told as ever"
    (mail,) = receiver.mails_to("all@example.com")
    assert mail["Subject"] == "Rekey cannot read what it is to watch"
    assert str(bad) in mail.get_body(("plain",)).get_content()
    assert (tmp_path / "secrets.ics").read_text() == kept, "nobody's calendar loses what is not known now"


def test_a_journal_that_cannot_be_read_is_told_to_the_fallback_once_and_silences_nobody(receiver, tmp_path):
    good, bad = inventory_in(tmp_path / "good"), inventory_in(tmp_path / "bad", client_id="b" * 24)
    (tmp_path / "bad/.rekey").mkdir()
    (tmp_path / "bad/.rekey/runs.db").write_bytes(b"no database" * 1000)
    for _ in range(2):
        assert json.loads(watch_files(receiver, bad, good, ok=(3,)).stdout)["problems"]
    assert len(receiver.mails_to("pay@example.com")) == 1
    (mail,) = receiver.mails_to("all@example.com")
    assert "runs.db" in mail.get_body(("plain",)).get_content()


def test_where_nothing_can_be_read_the_fallback_is_told_and_no_pass_is_recorded(receiver, tmp_path):
    for _ in range(2):
        assert "nosuch.yaml" in watch_files(receiver, tmp_path / "nosuch.yaml", ok=(5,)).stderr
    assert len(receiver.mails_to("all@example.com")) == 1
    assert "there was no pass yet" in rekey("watch", "--config", receiver.config, "--check", ok=None).stderr


def test_one_client_in_two_files_is_told_once_and_reported(receiver, tmp_path):
    paths = [inventory_in(tmp_path / folder, client_id="b" * 24) for folder in ("one", "two")]
    done = json.loads(watch_files(receiver, *paths, ok=(3,)).stdout)
    assert done["delivered"] == 1 and "are one integration" in done["problems"][0], done
    assert len(receiver.mails_to("pay@example.com")) == 1
    rekey("status", "-f", paths[0], "-f", paths[1], "--ics", tmp_path / "ends.ics", ok=(0, 3))
    assert (tmp_path / "ends.ics").read_text().count("BEGIN:VEVENT") == 1


def test_packages_of_one_name_in_two_tenants_are_told_each_and_again_by_no_client_id(receiver, tmp_path):
    first, second = inventory_in(tmp_path / "one"), inventory_in(tmp_path / "two", tenant="b")
    assert json.loads(watch_files(receiver, first, second).stdout)["delivered"] == 1
    (mail,) = receiver.mails_to("pay@example.com")
    assert ", and 1 more" in mail["Subject"]
    inventory_in(tmp_path / "one", client_id="b" * 24)
    assert json.loads(watch_files(receiver, first, second).stdout)["queued"] == 0


def test_a_time_zone_that_the_system_does_not_know_is_told(receiver):
    receiver.config.write_text(receiver.config.read_text() +
                               'rules: {quiet_hours: {from: "20:00", until: "07:00", time_zone: Europe/Atlantis}}\n')
    assert 'no time zone "Europe/Atlantis"' in rekey("notice", "test", "--config", receiver.config, ok=(2,)).stderr
