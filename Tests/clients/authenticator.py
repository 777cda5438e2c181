"""A software authenticator: makes passkeys and signs with them, as a browser and its key store do together."""
from __future__ import annotations

import base64
import hashlib
import json
import secrets

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Authenticator:
    """One passkey. Its algorithm is COSE's name of one: -7 is ES256, -257 RS256."""

    def __init__(self, origin: str, verifies: bool = True, algorithm: int = -7):
        self.origin = origin
        self.verifies = verifies
        self.algorithm = algorithm
        self.count = 0
        self.key = ec.generate_private_key(ec.SECP256R1()) if algorithm == -7 else rsa.generate_private_key(65537, 2048)
        self.id = secrets.token_bytes(32)

    def client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def data(self, party: str, credential: bytes = b"") -> bytes:
        self.count += 1
        flags = 0x01 | (0x04 if self.verifies else 0) | (0x40 if credential else 0)
        return hashlib.sha256(party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + credential

    def sign(self, message: bytes) -> bytes:
        if self.algorithm == -7:
            return self.key.sign(message, ec.ECDSA(hashes.SHA256()))
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def public_key(self) -> bytes:
        """In COSE: RFC 9053 for points of a curve, RFC 8230 for RSA."""
        numbers = self.key.public_key().public_numbers()
        if self.algorithm == -7:
            return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        return cbor2.dumps({1: 3, 3: self.algorithm, -1: numbers.n.to_bytes(256, "big"), -2: numbers.e.to_bytes(3, "big")})

    def create(self, options: dict, attestation: str = "none") -> dict:
        cose = self.public_key()
        data = self.data(options["rp"]["id"], bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose)
        client = self.client_data("webauthn.create", options["challenge"])
        statement = {} if attestation == "none" else {"alg": self.algorithm, "sig": self.sign(data + hashlib.sha256(client).digest())}
        return {
            "id": text(self.id), "rawId": text(self.id), "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {}, "response": {
                "clientDataJSON": text(client), "transports": ["internal"],
                "attestationObject": text(cbor2.dumps({"fmt": attestation, "attStmt": statement, "authData": data}))}}

    def get(self, options: dict) -> dict:
        data = self.data(options["rpId"])
        client = self.client_data("webauthn.get", options["challenge"])
        return {
            "id": text(self.id), "rawId": text(self.id), "type": "public-key", "clientExtensionResults": {}, "response": {
                "clientDataJSON": text(client), "authenticatorData": text(data),
                "signature": text(self.sign(data + hashlib.sha256(client).digest()))}}
