"""`rekey seal`: a value typed or piped becomes a line that only the holder of the key can read.

The key is made and the line opened by Node's WebCrypto, as a browser would: an implementation of its own.
"""

import json
import os
import pty
import signal
import subprocess
import termios

import pytest
from support import BINARY, DEADLINE_SECONDS, rekey, wait_until

CONTEXT = "run 01 for client abc"
VALUE = "Example_Value-That-Protects-Nothing".ljust(64, "0")

MAKE_KEY = """
const {subtle} = globalThis.crypto ?? require('crypto').webcrypto;
(async () => {
  const pair = await subtle.generateKey({name: 'ECDH', namedCurve: 'P-256'}, true, ['deriveBits']);
  const point = Buffer.from(await subtle.exportKey('raw', pair.publicKey));
  console.log(JSON.stringify({
    private: await subtle.exportKey('jwk', pair.privateKey),
    address: `rkp1.${point.toString('base64url')}.${Buffer.from(process.argv[1]).toString('base64url')}`}));
})();
"""

OPEN = """
const {subtle} = globalThis.crypto ?? require('crypto').webcrypto;
const {key, context, sealed} = JSON.parse(process.argv[1]);
(async () => {
  const parts = sealed.split('.');
  const ephemeral = Buffer.from(parts[3], 'base64url');
  const own = await subtle.importKey('jwk', key, {name: 'ECDH', namedCurve: 'P-256'}, false, ['deriveBits']);
  const peer = await subtle.importKey('raw', ephemeral, {name: 'ECDH', namedCurve: 'P-256'}, false, []);
  const shared = await subtle.deriveBits({name: 'ECDH', public: peer}, own, 256);
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(key.x, 'base64url'), Buffer.from(key.y, 'base64url')]);
  const root = await subtle.importKey('raw', shared, 'HKDF', false, ['deriveBits']);
  const material = await subtle.deriveBits({name: 'HKDF', hash: 'SHA-256', salt: Buffer.concat([ephemeral, point]),
    info: Buffer.from('rekey sealed value 1\\n' + context)}, root, 352);
  const aes = await subtle.importKey('raw', material.slice(0, 32), 'AES-GCM', false, ['decrypt']);
  const value = await subtle.decrypt({name: 'AES-GCM', iv: material.slice(32),
    additionalData: Buffer.from(parts.slice(0, 4).join('.'))}, aes, Buffer.from(parts[4], 'base64url'));
  process.stdout.write(Buffer.from(value));
})();
"""


def node(script, argument):
    done = subprocess.run(["node", "-e", script, argument], capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def key():
    return json.loads(node(MAKE_KEY, CONTEXT))


def opened(key, line):
    return node(OPEN, json.dumps({"key": key["private"], "context": CONTEXT, "sealed": line.strip()}))


class Typist:
    """`rekey seal` on a terminal of its own; standard output goes to a pipe."""

    def __init__(self, address):
        self.terminal, child = pty.openpty()
        self.settings = termios.tcgetattr(child)
        self.child = child
        self.shown = b""
        self.process = subprocess.Popen(
            [BINARY, "seal", "--to", address], stdin=child, stdout=subprocess.PIPE, stderr=child,
            preexec_fn=os.setsid)
        os.set_blocking(self.terminal, False)
        wait_until(lambda: b"not shown" in self.read(), "the question")

    def read(self):
        try:
            self.shown += os.read(self.terminal, 65536)
        except BlockingIOError:
            pass
        return self.shown

    def type(self, text):
        os.write(self.terminal, text)

    def finish(self):
        out, _ = self.process.communicate(timeout=DEADLINE_SECONDS)
        self.read()
        is_restored = termios.tcgetattr(self.child) == self.settings
        os.close(self.child)
        os.close(self.terminal)
        return self.process.returncode, out.decode(), is_restored


def test_a_value_on_standard_input_is_sealed_and_opens_elsewhere(key):
    done = rekey("seal", "--to", key["address"], stdin=f"  {VALUE}\r\n")
    assert opened(key, done.stdout) == VALUE
    assert CONTEXT in done.stderr and "Fingerprint: " in done.stderr
    assert VALUE not in done.stdout + done.stderr


def test_a_value_from_a_file_descriptor_is_sealed(key, tmp_path):
    address = tmp_path / "intake.txt"
    address.write_text(key["address"] + "\n")
    reader, writer = os.pipe()
    os.write(writer, VALUE.encode())
    os.close(writer)
    done = subprocess.run([BINARY, "seal", "--to", str(address), "--value-fd", str(reader)], pass_fds=[reader],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    os.close(reader)
    assert done.returncode == 0, done.stderr
    assert opened(key, done.stdout) == VALUE


@pytest.mark.parametrize("typed", [
    VALUE.encode() + b"\n",
    b"  " + VALUE.encode() + b"\t\n",
    b"\x1b[200~" + VALUE.encode() + b"\x1b[201~\n",
    b"\x1b[200~ " + VALUE.encode() + b" \x1b[201~ \n",
])
def test_a_value_typed_or_pasted_is_not_shown_and_the_terminal_is_put_back(key, typed):
    typist = Typist(key["address"])
    typist.type(typed)
    code, line, is_restored = typist.finish()
    assert code == 0, typist.shown
    assert opened(key, line) == VALUE
    assert VALUE.encode() not in typist.shown and is_restored


def test_two_lines_pasted_at_once_are_refused_and_none_is_left_for_the_shell(key):
    typist = Typist(key["address"])
    typist.type(b"\x1b[200~" + VALUE.encode() + b"\nrm nothing\x1b[201~\n")
    code, line, is_restored = typist.finish()
    assert (code, line) == (2, "") and is_restored
    assert b"more than one line" in typist.shown and b"rm nothing" not in typist.shown


@pytest.mark.parametrize("value, words", [
    (VALUE[:40], "it has 40 characters, and a new secret has 24 or 64: the copy is incomplete"),
    (VALUE + "x", "something was copied with it"), (VALUE[:-1] + ";", "character 64 of it cannot be in a client secret")])
def test_a_value_that_can_be_no_client_secret_is_not_sealed_unasked(key, value, words):
    refused = rekey("seal", "--to", key["address"], stdin=value, ok=(2,))
    assert words in refused.stderr and "--any-value" in refused.stderr and refused.stdout == ""
    assert value not in refused.stderr and "safe to send" not in refused.stderr
    assert opened(key, rekey("seal", "--any-value", "--to", key["address"], stdin=value).stdout) == value
    assert opened(key, rekey("seal", "--to", key["address"], stdin=VALUE[:24]).stdout) == VALUE[:24]


@pytest.mark.parametrize("answer, code", [(b"n\n", 2), (b"y\n", 0)])
def test_at_a_terminal_it_is_asked(key, answer, code):
    typist = Typist(key["address"])
    typist.type(VALUE[:40].encode() + b"\n")
    wait_until(lambda: b"Seal it all the same? [y/N]" in typist.read(), "the second question")
    typist.type(answer)
    ended, line, is_restored = typist.finish()
    assert ended == code and is_restored and VALUE[:40].encode() not in typist.shown
    assert (opened(key, line) == VALUE[:40]) if code == 0 else line == ""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_it_with_the_terminal_put_back(key, ending):
    typist = Typist(key["address"])
    typist.type(VALUE.encode())
    os.kill(typist.process.pid, ending)
    code, line, is_restored = typist.finish()
    assert code == -ending and line == "" and is_restored
    assert VALUE.encode() not in typist.shown


@pytest.mark.parametrize("value, words", [
    ("", "holds no value"),
    (" \n\n", "holds no value"),
    ("one\ntwo\n", "more than one line"),
    ("with\x07bell", "U+0007"),
    ("with\u200bnothing", "U+200B"),
    ("a" * 5000, "4 KiB"),
])
def test_what_is_no_value_is_refused_and_not_repeated(key, value, words):
    done = rekey("seal", "--to", key["address"], stdin=value, ok=(2,))
    assert words in done.stderr and done.stdout == ""
    assert "with" not in done.stderr.split("standard input")[1].split(";")[0].replace("without", "")


def test_an_address_that_is_none_is_refused_before_the_value_is_read(tmp_path):
    for arguments, code, words in [
        ((), 2, "--to"),
        (("--to", "rkp1.AAAA.cnVu"), 2, "damaged"),
        (("--to", str(tmp_path / "none")), 5, "none"),
    ]:
        assert words in rekey("seal", *arguments, stdin=VALUE, ok=(code,)).stderr


def test_a_descriptor_that_is_not_open_or_is_an_output_is_refused(key):
    assert "file descriptor 77" in rekey("seal", "--to", key["address"], "--value-fd", "77", ok=(2,)).stderr
    assert "outputs" in rekey("seal", "--to", key["address"], "--value-fd", "1", ok=(2,)).stderr
