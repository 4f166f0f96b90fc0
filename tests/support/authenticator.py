"""A passkey's device for tests, made of its own key: it answers as a telephone does, or as a forger would."""

import json
from hashlib import sha256
from secrets import token_bytes

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


class Authenticator:
    """One passkey. `count` None: it does not count, as those that are kept in a cloud."""

    def __init__(self, origin="http://localhost", host="localhost", *, count=0):
        self.origin, self.host, self.count = origin, host, count
        self.key, self.id, self.owner = generate_private_key(SECP256R1()), token_bytes(16), b""
        self.flags = PRESENT | VERIFIED

    def _said(self, kind, options):
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _data(self, flags=0, rest=b""):
        count = (self.count or 0).to_bytes(4, "big")
        return sha256(self.host.encode()).digest() + bytes([self.flags | flags]) + count + rest

    def _public_key(self):
        point = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def _answer(self, **response):
        name = bytes_to_base64url(self.id)
        told = {key: bytes_to_base64url(value) for key, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": told})

    def make(self, options):
        """Return the answer to what a page asks for a new passkey."""
        self.owner = base64url_to_bytes(options["user"]["id"])
        rest = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self._public_key()
        attested = {"fmt": "none", "attStmt": {}, "authData": self._data(HAS_KEY, rest)}
        said = self._said("webauthn.create", options)
        return self._answer(clientDataJSON=said, attestationObject=cbor2.dumps(attested))

    def answer(self, options):
        """Return the answer to what the sign-in page asks."""
        self.count = None if self.count is None else self.count + 1
        said, data = self._said("webauthn.get", options), self._data()
        signature = self.key.sign(data + sha256(said).digest(), ECDSA(SHA256()))
        return self._answer(clientDataJSON=said, authenticatorData=data, signature=signature, userHandle=self.owner)
