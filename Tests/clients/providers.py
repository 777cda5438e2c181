"""Identity providers of others, as they are on this machine: each is spoken to as its real namesake is."""
from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


class Provider:
    """One address. `user` is who is signed in there; `requests` is what was asked: method, path, parameters, headers."""

    def __init__(self, kind: str, client_id: str = "app", secret: str | None = "s3cret"):
        self.kind, self.client_id, self.secret = kind, client_id, secret
        self.key, self.user, self.requests, self.codes, self.tokens, self.changes = (
            rsa.generate_private_key(65537, 2048), {}, [], {}, {}, {})
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self):
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                given = {key: value[0] for key, value in parse_qs(parts.query + ("&" if body else "") + body).items()}
                provider.requests.append((self.command, parts.path, given, dict(self.headers)))
                status, headers, answer = provider.answer(self.command, parts.path, given, self.headers)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = handle_any

            def log_message(self, *ignored):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.http.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    def id_token(self, audience: str | None = None, key=None, headers=None, **claims) -> str:
        now = int(time.time())
        return jwt.encode({"iss": self.url, "aud": audience or self.client_id, "iat": now, "exp": now + 600, **self.user, **claims},
                          key or self.key, "RS256", {"kid": "k1", **(headers or {})})

    def answer(self, method: str, path: str, given: dict, headers) -> tuple[int, dict, object]:
        if path == "/.well-known/openid-configuration":
            return 200, {}, {"issuer": self.url, "authorization_endpoint": f"{self.url}/auth", "token_endpoint": f"{self.url}/token",
                             "userinfo_endpoint": None if self.kind == "SignInWithApple" else f"{self.url}/userinfo", "jwks_uri": f"{self.url}/certs"}
        if path == "/certs":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return 200, {}, {"keys": [{**public, "kid": "k1", "alg": "RS256", "use": "sig"}]}
        if path in ("/auth", "/ap/oa", "/v17.0/dialog/oauth"):
            code = hashlib.sha256(given["state"].encode()).hexdigest()[:16]
            self.codes[code] = given
            if given.get("response_mode") == "form_post":  # the page that a browser would post by itself
                return 200, {}, {"action": given["redirect_uri"], "code": code, "state": given["state"]}
            return 302, {"Location": f"{given['redirect_uri']}?{urlencode({'code': code, 'state': given['state']})}"}, {}
        if path in ("/token", "/auth/o2/token", "/v17.0/oauth/access_token"):
            return self.exchange(method, given)
        if path in ("/userinfo", "/user/profile", "/v17.0/me"):
            bearer = given.get("access_token") or headers.get("Authorization", "").removeprefix("Bearer ")
            user = self.tokens.get(bearer)
            if not user:
                return 401, {}, {"error": "invalid_token"}
            fields = given.get("fields")
            return 200, {}, {key: value for key, value in user.items() if not fields or key in fields.split(",")}
        return 404, {}, {}

    def exchange(self, method: str, given: dict) -> tuple[int, dict, object]:
        asked = self.codes.pop(given.get("code"), None)
        proven = self.secret is None or given.get("client_secret") == self.secret
        if not asked or asked["redirect_uri"] != given.get("redirect_uri") or given.get("client_id") != self.client_id or not proven:
            return 400, {}, {"error": "invalid_grant"}
        if (method == "GET") != (self.kind == "Facebook"):
            return 405, {}, {"error": "invalid_request"}
        access = base64.urlsafe_b64encode(hashlib.sha256(given["code"].encode()).digest()).decode()
        self.tokens[access] = dict(self.user)
        answer = {"access_token": access, "token_type": "bearer", "expires_in": 3600}
        if self.kind not in ("Facebook", "LoginWithAmazon"):
            answer["id_token"] = self.id_token(**{"nonce": asked.get("nonce"), **self.changes})
        return 200, {}, answer
