"""RFC 8785 for the JSON of actions and states, whose numbers are integers (money is minor units)."""
import hashlib
import json


def canonical(value):
  """The canonical form, as bytes. ValueError: a fraction, an integer beyond 2^53 - 1, a lone surrogate, too deep."""
  try:
    return text(value).encode()
  except RecursionError:
    raise ValueError("nested too deeply") from None


def text(value):
  if isinstance(value, dict):
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(f"{text(name)}:{text(value[name])}" for name in names) + "}"
  if isinstance(value, list):
    return "[" + ",".join(map(text, value)) + "]"
  if isinstance(value, float) or isinstance(value, int) and abs(value) >= 2**53:
    raise ValueError("a number that is not a safe integer")
  return json.dumps(value, ensure_ascii=False)


def sha256(data):
  return hashlib.sha256(data).hexdigest()
