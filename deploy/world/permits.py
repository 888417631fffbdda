"""What every executor does with a permit before it acts: verify signatures, exchange tokens."""
import re

import jwt

from canonical import canonical
from web import call

SKEW = 60  # seconds that two clocks may differ


class Refused(Exception):
  """The permit does not allow the action; the message says why."""


def require(condition, reason):
  if not condition:
    raise Refused(reason)


def key_source(place, outlives=False):
  """A function from `kid` to the public key in the JWKS at a URL (kept for five seconds, so that a revoked key does not
  count for longer) or in a file (read each time).

  `outlives`: a key that was read from the URL counts on while nobody answers there.
  """
  if place.startswith(("http://", "https://")):
    client, known = jwt.PyJWKClient(place, lifespan=5, cooldown_duration=1, timeout=5), {}

    def from_url(kid):
      try:
        found = known[kid] = client.get_signing_key(kid)
        return found
      except jwt.PyJWKClientConnectionError:
        if outlives and kid in known:
          return known[kid]
        raise
    return from_url

  def from_file(kid):
    with open(place) as file:
      return jwt.PyJWKClient.match_kid(jwt.PyJWKSet.from_json(file.read()).keys, kid)
  return from_file


def verified(token, key_of, typ, issuer, audience=None, texts=("case", "act")):
  """The claims of a JWS by this issuer, of this type, for this audience (None: any). The caller checks `exp`.

  `texts` are claims that must be there as text. jwt.PyJWTError, ValueError or Refused: it is not such a token.
  OSError: the keys cannot be had now.
  """
  header = jwt.get_unverified_header(token)
  require(header.get("typ") == typ, f"not a {typ}")
  require(header.get("kid"), "no key id")
  try:
    key = key_of(header["kid"])
  except jwt.PyJWKClientConnectionError as error:
    raise OSError(str(error)) from error
  require(key, "signed with an unknown key")
  checks = {"verify_exp": False, "verify_aud": audience is not None, "require": ["iss", "iat"]}
  claims = jwt.decode(token, key, ["EdDSA"], checks, issuer=issuer, audience=audience, leeway=SKEW)
  for name in texts:
    require(isinstance(claims.get(name), str) and claims[name].encode(), f"no {name}")
  return claims


def redeemed(permit, content, holders, trusted):
  """The content with its tokens replaced by their real values, each from the service that `holders` names for it.

  `trusted` are the base URLs to which a permit may be shown; that `holders` are the signed ones, the caller has checked.
  Refused: an untrusted holder, or a value that is missing. OSError: a holder cannot be reached.
  """
  require(isinstance(holders, dict), "holders are no object")
  text, values = canonical(content).decode(), {}
  tokens = [token for token in sorted(holders, key=len, reverse=True) if token.startswith("tok_") and token in text]
  for holder in {holders[token] for token in tokens}:
    require(holder in trusted, "a token's holder is not trusted")
    asked = [token for token in tokens if holders[token] == holder]
    status, answer, _ = call("POST", f"{holder}/v1/redeem", {"permit": permit, "tokens": asked})
    if status == 503:
      raise OSError(f"{holder} cannot tell now")
    require(status == 200, f"a token's holder answered {status}")
    values.update((token, answer["values"][token]) for token in asked)
  require(all(isinstance(value, str) for value in values.values()), "a token's value is no text")
  pattern = re.compile("|".join(map(re.escape, tokens)) or "(?!)")
  require("tok_" not in pattern.sub("", text), "a token without a holder")
  return filled(content, pattern, values)


def filled(node, pattern, values):
  if isinstance(node, dict):
    return {name: filled(item, pattern, values) for name, item in node.items()}
  if isinstance(node, list):
    return [filled(item, pattern, values) for item in node]
  return pattern.sub(lambda match: values[match[0]], node) if isinstance(node, str) else node
