"""What an attacker can make: permits and decisions under stolen keys, and records with our seal (an insider's)."""
import base64
import hashlib
import hmac
import pathlib
import struct
import time
import uuid

import confluent_kafka
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PERMIT, APPROVAL = "countersign-permit+jwt", "countersign-approval+jwt"


def read(token):
  """The claims of a token, unverified."""
  return jwt.decode(token, options={"verify_signature": False})


def damaged(token):
  """The token with one other character in its claims."""
  head, claims, signature = token.split(".")
  at = len(claims) // 2
  return f"{head}.{claims[:at]}{'A' if claims[at] != 'A' else 'B'}{claims[at + 1:]}.{signature}"


class Key:
  """A signing key: a service's own, from its file, or a new one under any name."""

  def __init__(self, path=None, kid=None):
    self.private = Ed25519PrivateKey.from_private_bytes(pathlib.Path(path).read_bytes()[:32]) if path else (
      Ed25519PrivateKey.generate())
    self.kid = kid

  def sign(self, typ, claims):
    return jwt.encode(claims, self.private, "EdDSA", {"typ": typ, "kid": self.kid})


class Forger:
  """Writes records of its own to an installation's topics."""

  def __init__(self, brokers, seal):
    self.brokers, self.seal = brokers, pathlib.Path(seal).read_bytes()
    self.producer = confluent_kafka.Producer({"bootstrap.servers": brokers})

  def write(self, topic, partition, case, headers, body):
    failed = []
    self.producer.produce(topic, body, case, partition, headers=headers, on_delivery=lambda error, _: error and failed.append(error))
    if self.producer.flush(10) or failed:
      raise SystemExit(f"The forged record could not be written: {failed}")

  def unsealed(self, topic, partition, case, type, body):
    """As any outsider with access to the broker could write it."""
    self.write(topic, partition, case, [
      ("ce_specversion", b"1.0"), ("ce_id", uuid.uuid4().hex.encode()), ("ce_source", b"countersign/policy"),
      ("ce_type", type.encode()), ("ce_subject", case.encode())], body)

  def last(self, topics, partition):
    """The last of our records in this partition of each topic, by topic."""
    reader = confluent_kafka.Consumer({"bootstrap.servers": self.brokers, "group.id": "forger", "enable.auto.commit": False})
    found, known = {}, reader.list_topics(timeout=10).topics
    for topic in topics:
      if partition not in known[topic].partitions:
        continue  # a table has one
      place = confluent_kafka.TopicPartition(topic, partition)
      low, high = reader.get_watermark_offsets(place, timeout=10)
      place.offset = max(low, high - 50)
      reader.assign([place])
      while high > place.offset:
        message = reader.poll(10)
        if message is None:
          break
        headers = dict(message.headers() or [])
        if "ce_sequence" in headers:
          found[topic] = message.headers()
        if message.offset() == high - 1:
          break
    reader.close()
    return found

  def sealed(self, topic, partition, case, type, body, others):
    """With the next number of the stream and our seal: what whoever holds the seal's key could write.

    `others` are all topics of the writing service; their places in the lane's order are counted on.
    """
    last = self.last({topic, *others}, partition)
    if not last:
      raise SystemExit(f"There is no record in lane {partition} to go on from.")
    headers = dict(last.get(topic) or next(iter(last.values()))) | {"ce_type": type.encode()}
    number = int(headers["ce_sequence"]) + 1 if topic in last else 1
    order = max(int(dict(each).get("ce_order", b"0")) for each in last.values()) + 1
    headers |= {
      "ce_id": f"{topic}/{partition}/{headers['ce_epoch'].decode()}/{number}".encode(), "ce_subject": case.encode(),
      "ce_sequence": str(number).encode(), "ce_order": str(order).encode(),
      "ce_cause": f"command:{uuid.uuid4()}".encode(),
      "ce_time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()).encode() + b".000000Z"}
    headers.pop("ce_seal")
    headers.pop("ce_more", None)
    headers = list(headers.items())
    self.write(topic, partition, case, headers + [("ce_seal", self.mark(topic, partition, case, headers, body))], body)

  def mark(self, topic, partition, case, headers, body):
    """As Shared/Wire/Seal.swift makes it: HMAC-SHA-256 over place, key, body and the headers before the seal."""
    def field(value):
      return struct.pack("<I", len(value)) + value
    frame = field(case.encode()) + field(body) + struct.pack("<H", len(headers) + 1)
    for name, value in headers:
      frame += struct.pack("<H", len(name)) + name.encode() + field(value)
    digest = hmac.new(self.seal, f"{topic}/{partition}/".encode() + frame, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=")
