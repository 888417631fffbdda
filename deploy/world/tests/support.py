"""What the tests share: keys, permits that they sign themselves, a system of record as a process of its own."""
import argparse
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

WORLD = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, WORLD)

import jwt  # noqa: E402
from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402

from canonical import canonical  # noqa: E402
from web import call  # noqa: E402

SEED = os.path.join(WORLD, "seed.json")


def sha256(data):
  return hashlib.sha256(data).hexdigest()


def encoded(data):
  return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
  """An Ed25519 key with its JWKS."""

  def __init__(self, kid):
    self.kid, self.key = kid, Ed25519PrivateKey.generate()
    self.public = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

  def jwks(self):
    key = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": encoded(self.public)}
    return json.dumps({"keys": [key]})

  def pem(self):
    return self.key.private_bytes(
      serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()

  def sign(self, typ, claims, **headers):
    return jwt.encode(claims, self.key, "EdDSA", {"typ": typ, "kid": self.kid, **headers})


class Process:
  """A program of this folder; ready once it has printed its first line."""

  def __init__(self, program, *arguments, environment=None):
    self.process = subprocess.Popen(
      [sys.executable, os.path.join(WORLD, program), *arguments], stdout=subprocess.PIPE, text=True,
      env=os.environ | (environment or {}))
    self.first = self.process.stdout.readline().strip()

  def kill(self):
    """kill -9"""
    self.process.kill()
    self.process.wait()
    self.process.stdout.close()

  def stop(self):
    """SIGTERM; returns the exit status and what was printed last."""
    self.process.terminate()
    rest = self.process.stdout.read()
    self.process.stdout.close()
    return self.process.wait(20), rest.strip()


class Case(unittest.TestCase):
  def setUp(self):
    folder = tempfile.TemporaryDirectory()
    self.addCleanup(folder.cleanup)
    self.folder, self.port = folder.name, 0

  def path(self, name, content=None):
    path = os.path.join(self.folder, name)
    if content is not None:
      with open(path, "w") as file:
        file.write(content)
    return path

  def start_record(self):
    """Starts it on the seed, the second time on the same database and port; sets `self.url`."""
    self.record = Process("record.py", "--port", str(self.port), "--database", self.path("record.db"), "--seed", SEED)
    self.addCleanup(lambda process=self.record: process.process.poll() is None and process.kill())
    self.url = self.record.first.split()[3].rstrip(",")
    self.port = int(self.url.rsplit(":", 1)[1])


class PermitCase(Case):
  """A policy, a reviewer and an executor's key, and the permit for a ticket's summary."""

  def setUp(self):
    super().setUp()
    self.start_record()
    self.policy, self.reviewer, self.signer = Signer("policy-1"), Signer("reviewer-1"), Signer("demo-executor")
    self.options = argparse.Namespace(
      signed="", refuse_glass="",
      name="demo-executor", source="/executors/demo", kafka="{}", key=self.path("key.pem", self.signer.pem()),
      state=self.path("executor.db"), policy_jwks=self.path("policy.json", self.policy.jwks()),
      reviewer_jwks=self.path("reviewer.json", self.reviewer.jwks()), policy_issuer="countersign.policy",
      reviewer_issuer="countersign.reviewer", target=self.url, holders="",
      actions=os.path.join(WORLD, "actions.json"))

  def action(self, ticket="T-1001", summary="CSV export stops at 500 rows; Excel is complete."):
    return {"type": "ticket.summary.set", "target": f"/tickets/{ticket}", "method": "PUT",
            "path": f"/tickets/{ticket}/summary", "body": {"summary": summary}}

  def approval(self, action, case="case-1", signer=None, **claims):
    return (signer or self.reviewer).sign("countersign-approval+jwt", {
      "iss": "countersign.reviewer", "sub": "ada", "jti": "decision-1", "iat": int(time.time()), "case": case,
      "act": sha256(canonical(action))} | claims)

  def claims(self, action, case="case-1", **changes):
    salt, now = os.urandom(16), int(time.time())
    _, state, _ = call("GET", self.url + action["target"])
    act = sha256(canonical(action))
    return {"iss": "countersign.policy", "aud": "demo-executor", "jti": encoded(os.urandom(9)), "iat": now,
            "exp": now + 900, "case": case, "workflow": "ticket-summary", "route": "review", "bundle": "0" * 64,
            "act": act, "eff": sha256(canonical({"act": act, "case": case, "decisions": ["decision-1"]})),
            "pre": sha256(salt + canonical(state)), "salt": encoded(salt),
            "approvals": [self.approval(action, case)]} | changes

  def permit(self, action, signer=None, holders=None, **changes):
    """The body of a record on `permits`; `changes` are claims that differ."""
    changes = {"hld": sha256(canonical(holders or {}))} | changes
    jws = (signer or self.policy).sign("countersign-permit+jwt", self.claims(action, **changes))
    return {"permit": jws, "action": action, "holders": holders or {}}

  def effects(self):
    return call("GET", f"{self.url}/effects")[1]["effects"]
