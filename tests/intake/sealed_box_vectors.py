"""Prints the vectors of src/crypto/sealed_box_test.cc, by the package `cryptography`.

Keys come from fixed texts: they protect nothing.
"""

import base64
import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

EXAMPLES = [("run 7f3a, client abc", "an example value, not a secret"), ("lauf ä/ö", "x")]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sha256(data):
    return hashlib.sha256(data).digest()


def key_of(text):
    return ec.derive_private_key(int.from_bytes(sha256(text.encode()), "big") % 2**255, ec.SECP256R1())


def point_of(key):
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def seal(recipient, ephemeral, context, value):
    shared = ephemeral.exchange(ec.ECDH(), recipient.public_key())
    salt = point_of(ephemeral) + point_of(recipient)
    material = HKDF(hashes.SHA256(), 44, salt, b"rekey sealed value 1\n" + context).derive(shared)
    ids = [base64url(sha256(part)[:8]) for part in (point_of(recipient), context)]
    header = ".".join(["rks1", *ids, base64url(point_of(ephemeral))])
    return header + "." + base64url(AESGCM(material[:32]).encrypt(material[32:], value, header.encode()))


def main():
    recipient = key_of("rekey test recipient")
    print(recipient.private_numbers().private_value.to_bytes(32, "big").hex())
    print(point_of(recipient).hex())
    for number, (context, value) in enumerate(EXAMPLES):
        ephemeral = key_of(f"rekey test ephemeral {number}")
        address = f"rkp1.{base64url(point_of(recipient))}.{base64url(context.encode())}"
        print(seal(recipient, ephemeral, context.encode(), value.encode()))
        print(address)
        print(sha256(address.encode())[:8].hex())


main()
