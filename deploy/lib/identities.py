"""Makes what proves who somebody is, for one installation on this machine: made once, kept where it exists.

    identities.py FOLDER PEOPLE-YAML SOURCES-YAML

FOLDER then holds executor.pem, keys/demo-executor.jwk.json, tokens/SOURCE, people.tokens (TOKEN PERSON), each person's token
in people/PERSON, admin.token, ended.token, and for lists of exceptions exceptions/PERSON.key, the 32 bytes that a person signs with, and
exceptions.jwks.
"""
import base64
import json
import os
import pathlib
import re
import secrets
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def keep(path, make):
  """Writes a file that only its owner may read, if it is not there yet."""
  if not path.exists():
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
      file.write(make())


def private_key():
  return Ed25519PrivateKey.generate().private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def public_key(pem, name):
  key = serialization.load_pem_private_key(pem, None).public_key()
  raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
  x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
  return json.dumps({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": name, "x": x}).encode()


def signing_keys(folder, people):
  """A key for each of them, and the public halves as policy reads them (EXCEPTION_KEYS)."""
  halves = []
  for person in people:
    file = folder / "exceptions" / f"{person}.key"
    keep(file, lambda: os.urandom(32))
    key = Ed25519PrivateKey.from_private_bytes(file.read_bytes()).public_key()
    x = base64.urlsafe_b64encode(key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)).rstrip(b"=").decode()
    halves.append({"kty": "OKP", "crv": "Ed25519", "x": x, "person": person})
  keep(folder / "exceptions.jwks", lambda: json.dumps({"keys": halves}).encode())


def names(text, section, pattern):
  """The names that a YAML file of ours declares in a section; the services read it properly."""
  part = re.split(r"^(?=\S)", text, flags=re.M)
  return [name for block in part if block.startswith(section + ":") for name in re.findall(pattern, block, re.M)]


def main(folder, people, sources):
  folder = pathlib.Path(folder)
  keep(folder / "executor.pem", private_key)
  pem = (folder / "executor.pem").read_bytes()
  for name in names(pathlib.Path(sources).read_text(), "executors", r"^  ([\w.-]+):"):
    keep(folder / "keys" / f"{name}.jwk.json", lambda: public_key(pem, name))
  for name in names(pathlib.Path(sources).read_text(), "sources", r"^  ([\w.-]+):"):
    keep(folder / "tokens" / name, lambda: secrets.token_urlsafe(24).encode())
  ids = names(pathlib.Path(people).read_text(), "people", r"^\s+-?\s*\{?id:\s*([\w.@-]+)")
  keep(folder / "people.tokens", lambda: "".join(f"{secrets.token_urlsafe(24)} {one}\n" for one in ids).encode())
  for line in (folder / "people.tokens").read_text().splitlines():
    token, person = line.split()
    keep(folder / "people" / person, lambda: token.encode())
  signing_keys(folder, ids)
  for name in ("admin", "ended"):
    keep(folder / f"{name}.token", lambda: secrets.token_urlsafe(24).encode())


if __name__ == "__main__":
  main(*sys.argv[1:])
