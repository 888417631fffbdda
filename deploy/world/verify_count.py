"""Counts what went over the wire and what happened outside, and says where the two do not agree. No input or output."""
import base64
import collections
import hashlib
import json

TOPICS = ("intake.replies", "cases", "permits", "outcomes", "effects")
HOPELESS = {"rejected", "blocked"}  # outcomes with which nothing may have been executed
OPEN = "effect_unknown"  # the one outcome that another may follow


def text(value):
  return value if isinstance(value, str) else None


def claims_of(jws):
  """The claims of a JWS without a look at its signature; {} if it is none."""
  try:
    payload = jws.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims if isinstance(claims, dict) else {}
  except (AttributeError, IndexError, ValueError, RecursionError):
    return {}


class Stream:
  """One partition, read by the rule that every service keeps: one mark (epoch, sequence), in order, nothing twice."""

  def __init__(self):
    self.seen, self.missing, self.mark, self.first = {}, set(), None, None
    self.duplicates = self.zombies = self.regressions = self.conflicts = 0

  def take(self, epoch, sequence, content):
    """True: a reader has to handle this record."""
    known = self.seen.get(sequence)
    if known and known[0] == epoch:
      self.duplicates += 1
      self.conflicts += known[1] != content
      return False
    if self.mark is None:
      self.first, self.mark = sequence, (epoch, sequence - 1)
    healed = sequence in self.missing
    if sequence <= self.mark[1] and not healed:
      self.regressions += epoch > self.mark[0]
      self.zombies += epoch <= self.mark[0]
      return False
    if epoch < self.mark[0] and not healed:
      self.zombies += 1
      return False
    self.seen[sequence] = epoch, content
    if healed:
      self.missing.discard(sequence)
    else:
      self.missing.update(range(self.mark[1] + 1, min(sequence, self.mark[1] + 100_000)))
      self.mark = epoch, sequence
    return True


class Count:
  def __init__(self):
    self.streams = collections.defaultdict(Stream)
    self.foreign = 0
    self.accepted, self.permits = set(), {}
    self.outcomes = collections.defaultdict(dict)  # case: {outcome: effect id or None}
    self.statements = collections.defaultdict(set)  # effect id: what executors said of it

  def take(self, topic, partition, headers, body):
    """One record: its headers as text, its body as bytes. What no service of ours numbered is counted and left out."""
    try:
      epoch, sequence = int(headers["ce_epoch"]), int(headers["ce_sequence"])
    except (KeyError, ValueError):
      self.foreign += 1
      return
    content = hashlib.blake2b(body or b"", digest_size=8).digest()
    if not self.streams[topic, partition].take(epoch, sequence, content):
      return
    try:
      value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
      value = {}
    self.note(topic, headers.get("ce_type"), headers.get("ce_subject"), value if isinstance(value, dict) else {})

  def note(self, topic, type, case, body):
    if topic == "cases" or topic == "intake.replies":
      self.accepted.update(id for id in (case, body.get("case")) if isinstance(id, str) and id)
    elif topic == "permits" and type == "countersign.permit.issued.v1":
      claims = claims_of(body.get("permit"))
      self.permits[text(claims.get("eff"))] = text(claims.get("case"))
    elif topic == "outcomes" and type == "countersign.outcome.v1":
      self.outcomes[case][text(body.get("outcome"))] = text(body.get("eff"))
    elif topic == "effects":
      claims = claims_of(body["answer"]) if "answer" in body else body
      self.statements[text(claims.get("eff"))].add(text(claims.get("status")))

  def missing(self):
    return self.accepted - self.outcomes.keys()

  def report(self, performed=None, expected=0):
    """What was counted, and under `breaches` every list or number in it that must be empty or 0 and is not.

    `performed` are the effects as the system of record lists them; None: believe the executors' statements.
    `expected` is how many cases must have been accepted at least.
    """
    if performed is None:
      times = collections.Counter(eff for eff, said in self.statements.items() if "executed" in said)
    else:
      times = collections.Counter(effect["key"] for effect in performed)
    effects_of = collections.defaultdict(set)
    for eff, case in self.permits.items():
      effects_of[case].add(eff)

    def executions(case):
      eff = self.outcomes[case].get("executed")
      return sum(times[eff] for eff in ({eff} if eff else effects_of[case]))

    def cases(condition):
      return sorted(str(case) for case, said in list(self.outcomes.items()) if condition(case, said.keys()))

    streams = list(self.streams.values())
    heads = {f"{topic}/{partition}": stream.first for (topic, partition), stream in self.streams.items()
             if stream.first and stream.first > 1}
    lost = {head.split("/")[0] for head in heads}
    breaches = {
      "too_few_accepted": max(0, expected - len(self.accepted)),
      "missing": [] if "outcomes" in lost else sorted(self.missing()),
      "contradicting_outcomes": cases(lambda case, said: len(said - {OPEN}) > 1),
      "effects_repeated": sorted(str(eff) for eff, count in times.items() if count > 1),
      "executed_without_one_execution": cases(lambda case, said: "executed" in said and executions(case) != 1),
      "executions_against_the_outcome": cases(
        lambda case, said: said & HOPELESS and any(times[eff] for eff in effects_of[case])),
      "executions_without_permit": [] if "permits" in lost else sorted(
        str(eff) for eff in times if eff not in self.permits),
      "numbers_missing": sum(len(stream.missing) for stream in streams),
      "numbers_with_two_contents": sum(stream.conflicts for stream in streams),
      "numbers_gone_back": sum(stream.regressions for stream in streams)}
    kinds = collections.Counter(str(kind) for said in self.outcomes.values() for kind in said)
    return {
      "accepted": len(self.accepted), "outcomes": len(self.outcomes), "by_outcome": dict(sorted(kinds.items())),
      "permits": len(self.permits), "executions": sum(times.values()),
      "wire_duplicates": sum(stream.duplicates for stream in streams),
      "zombies": sum(stream.zombies for stream in streams), "foreign": self.foreign, "heads_lost": heads,
      "breaches": {name: found for name, found in breaches.items() if found}}
