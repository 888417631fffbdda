"""A person's own key, as a program has it: registered with policy by the person's token, and signing their decisions."""
import base64
import hashlib
import json
import pathlib
import secrets
import sys
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "world"))
from canonical import canonical  # noqa: E402
from road import call  # noqa: E402

KNOWN = {}  # by the desk's address and the person's token


def text(data):
  return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Device:
  """A P-256 key, as a browser or a program makes it."""

  def __init__(self):
    self.private = ec.generate_private_key(ec.SECP256R1())
    numbers = self.private.public_key().public_numbers()
    self.jwk = {"crv": "P-256", "kty": "EC", "x": text(numbers.x.to_bytes(32, "big")), "y": text(numbers.y.to_bytes(32, "big"))}
    self.kid = text(hashlib.sha256(canonical(self.jwk)).digest())

  def sign(self, kind, claims):
    signed = f"{text(canonical({'alg': 'ES256', 'kid': self.kid, 'typ': kind}))}.{text(canonical(claims))}"
    r, s = decode_dss_signature(self.private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{text(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


class OwnKey(Device):
  """A person's, known to policy for some hours."""

  def __init__(self, me, token):
    super().__init__()
    self.me = me
    status, answer = call("POST", me["decision_keys"], token, {"jwk": self.jwk})
    if status != 201:
      raise OSError(f"policy answered {status} {answer}")
    self.certificate, self.until = answer["certificate"], time.time() + 3600

  def decision(self, case, task, body):
    """The members of a decision that say who signed it."""
    edited = body.get("action")
    act = hashlib.sha256(canonical(edited)).hexdigest() if body["verb"] == "edit" and edited else (task["file"].get("action_hash") or "")
    claims = {"jti": secrets.token_hex(16), "case": case, "version": body["version"], "view": body["view"], "act": act, "verb": body["verb"],
              "code": body.get("code", ""), "person_iss": self.me["issuer"], "sub": self.me["id"], "iat": int(time.time())}
    return {"own": self.sign("countersign-decision+jwt", claims), "own_key": self.certificate}

  def start(self, stop):
    """The members of a call that say who wants what was stopped to start again; `stop` as /v1/stops tells it."""
    claims = {"workflow": stop["workflow"], "stopped": stop["at"], "person_iss": self.me["issuer"], "sub": self.me["id"], "iat": int(time.time())}
    return {"workflow": stop["workflow"], "own": self.sign("countersign-start+jwt", claims), "own_key": self.certificate}


def own_key(desk, token):
  """The key of this person, made at the first need; None where the desk knows no policy."""
  key = KNOWN.get((desk, token))
  if key is None or key.until < time.time():
    status, me = call("GET", f"{desk}/v1/me", token)
    if status != 200 or not me.get("decision_keys"):
      return None
    key = KNOWN[desk, token] = OwnKey(me, token)
  return key


def signed(desk, token, case, task, body):
  """The body of a decision on this task, signed where policy asks for it, and by whoever decides alone."""
  if not task.get("file", {}).get("must_sign") and not (task.get("glass") or {}).get("granted"):
    return body
  key = own_key(desk, token)
  return body if key is None else body | key.decision(case, task, body)
