"""Whether the person's own key signed an approval: so that the reviewer service's key alone is not enough."""
import jwt

from permits import require, verified

NAMES = ("case", "version", "view", "act", "verb", "code", "person_iss", "sub")  # what the approval and the person's signature share


def own_signed(approved, policy_key_of, policy_issuer):
  """True: signed by a key that policy says is this person's. False: nothing is signed. Refused, jwt.PyJWTError: it does not fit."""
  if not approved.get("own") and not approved.get("own_key"):
    return False
  certificate = verified(approved["own_key"], policy_key_of, "countersign-person-key+jwt", policy_issuer, texts=("sub", "person_iss"))
  jwk = certificate["cnf"]["jwk"]
  header = jwt.get_unverified_header(approved["own"])
  require(header.get("typ") == "countersign-decision+jwt", "not a countersign-decision+jwt")
  key = jwt.PyJWK.from_dict({"kty": "EC", "crv": "P-256", "x": jwk["x"], "y": jwk["y"], "alg": "ES256"})
  own = jwt.decode(approved["own"], key, ["ES256"], {"verify_exp": False, "verify_iat": False})
  require(all(own.get(name) == approved.get(name) for name in NAMES), "the person signed something else")
  require((certificate["person_iss"], certificate["sub"]) == (approved["person_iss"], approved["sub"]), "somebody else's key")
  return True
