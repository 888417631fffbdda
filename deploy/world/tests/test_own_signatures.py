import time
import unittest

from support import Signer, encoded

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from own_signatures import own_signed
from permits import Refused

TYP = "countersign-decision+jwt"
REFUSALS = (Refused, jwt.PyJWTError, KeyError, TypeError, ValueError)  # as the executor takes them


class Device:
  def __init__(self):
    self.key = ec.generate_private_key(ec.SECP256R1())
    numbers = self.key.public_key().public_numbers()
    self.jwk = {"kty": "EC", "crv": "P-256", "x": encoded(numbers.x.to_bytes(32, "big")), "y": encoded(numbers.y.to_bytes(32, "big"))}

  def sign(self, claims, typ=TYP):
    return jwt.encode(claims, self.key, "ES256", {"typ": typ})


class OwnSignatures(unittest.TestCase):
  def setUp(self):
    self.policy, self.device = Signer("policy"), Device()
    self.keys = lambda kid: jwt.PyJWKClient.match_kid(jwt.PyJWKSet.from_json(self.policy.jwks()).keys, kid)

  def approval(self, signed=None, person="P-ada", device=None, policy=None, typ=TYP):
    now = int(time.time())
    claims = {"case": "c1", "version": 1, "view": "v", "act": "a", "verb": "approve", "code": "", "person_iss": "i", "sub": "P-ada", "iat": now}
    certificate = (policy or self.policy).sign("countersign-person-key+jwt", {
      "iss": "countersign.policy", "person_iss": "i", "sub": person, "cnf": {"jwk": self.device.jwk}, "iat": now, "exp": now + 60})
    return claims | {"own": (device or self.device).sign(claims | (signed or {}), typ), "own_key": certificate}

  def holds(self, approval):
    return own_signed(approval, self.keys, "countersign.policy")

  def test_what_the_person_signed_holds(self):
    self.assertTrue(self.holds(self.approval()))

  def test_without_a_signature_nobody_says_so(self):
    self.assertFalse(self.holds({"case": "c1"}))

  def test_everything_else_is_refused(self):
    for name, approval in {
      "another view": self.approval({"view": "w"}), "another action": self.approval({"act": "b"}), "a rejection": self.approval({"verb": "reject"}),
      "somebody else's key": self.approval(person="P-ben"), "another key": self.approval(device=Device()),
      "another's certificate": self.approval(policy=Signer("policy")), "another kind": self.approval(typ="JWT"),
      "no certificate": {key: value for key, value in self.approval().items() if key != "own_key"},
      "no signature": {key: value for key, value in self.approval().items() if key != "own"},
      "HMAC": self.approval() | {"own": jwt.encode({"case": "c1"}, "secret" * 8, "HS256", {"typ": TYP})}}.items():
      with self.subTest(name), self.assertRaises(REFUSALS):
        self.holds(approval)


if __name__ == "__main__":
  unittest.main()
