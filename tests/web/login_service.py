"""A login service for tests: OpenID Connect on loopback, with discovery, codes used once, PKCE, signed tokens and user information."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "site", "a word between two services"


class LoginService:
    """Whoever asks is ``who``, unless ``refuses``; it counts what it was asked."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.who: dict[str, str] = {"sub": "0001", "preferred_username": "zhang", "name": "张三（虚构）"}
        self.refuses = False
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.url = ""

    def configuration(self) -> dict[str, Any]:
        """What discovery says."""
        return {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo", "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"], "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        }  # fmt: skip

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to: with a code, or with a refusal."""
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        said = {"state": query["state"]}
        if self.refuses:
            return f"{query['redirect_uri']}?{urlencode({**said, 'error': 'access_denied'})}"
        code = secrets.token_urlsafe()
        self.codes[code] = {**query, "sub": self.who["sub"]}
        return f"{query['redirect_uri']}?{urlencode({**said, 'code': code})}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """A token for a code that was not used, whose verifier and secret are right."""
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if asked is None or form.get("client_secret") != SECRET or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe()
        self.tokens[access] = dict(self.who)
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, **self.who}
        signed = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "one"})
        return 200, {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def keys(self) -> dict[str, Any]:
        """The public key."""
        made = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**made, "kid": "one", "use": "sig", "alg": "RS256"}]}


@contextlib.contextmanager
def running() -> Iterator[LoginService]:
    """The service on a free port of loopback until the block ends."""
    service = LoginService()

    class Handler(BaseHTTPRequestHandler):
        def _say(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            service.asked.append(parts.path)
            if parts.path == "/authorize":
                query = {key: words[0] for key, words in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", service.authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path == "/userinfo":
                who = service.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
                self._say(200 if who else 401, dict(who or {"error": "invalid_token"}))
            elif parts.path == "/keys":
                self._say(200, service.keys())
            elif parts.path == "/.well-known/openid-configuration":
                self._say(200, service.configuration())
            else:
                self._say(404, {})

        def do_POST(self) -> None:
            service.asked.append(urlsplit(self.path).path)
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._say(*service.token({key: words[0] for key, words in form.items()}))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
