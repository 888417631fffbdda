"""Recomputes the switching rules of lots: countersign tail verdicts --from beginning --body --json | verify_lots.py

From what people said of held samples follows how closely each stratum is looked at, and so the rates that every epoch published
with its commitment (ISO 2859-1, at 2.5 wrong ones in a hundred). Prints what differs and leaves with 1; the standard library is
all it needs. Reads each partition from its first record on.
"""
import json, sys

NORMAL = [(20, 1), (32, 2), (50, 3), (80, 5), (125, 7), (200, 10)]
TIGHTENED = [(32, 1), (50, 2), (80, 3), (125, 5), (200, 8)]
FRESH = {"severity": "normal", "recent": [], "rejected": 0}


def closed(lot, samples, wrong):
  """The state after a lot."""
  if not samples:
    return lot
  table = NORMAL if lot["severity"] == "normal" else TIGHTENED
  accepted = wrong <= max((most for size, most in table if samples >= size), default=0)
  recent, rejected = (lot["recent"] + [accepted])[-5:], lot["rejected"]
  if lot["severity"] == "normal" and recent.count(False) >= 2:
    return FRESH | {"severity": "tightened"}
  if lot["severity"] == "tightened":
    rejected += not accepted
    if rejected >= 5:
      return {"severity": "stopped", "recent": [], "rejected": rejected}
    if len(recent) == 5 and all(recent):
      return FRESH
  return {"severity": lot["severity"], "recent": recent, "rejected": rejected}


def expected_rate(rate, lanes, seconds, severity):
  """The larger of the base rate and the floor of 60 in 30 days, more where lots were rejected."""
  normal = rate["base"]
  if (cases := rate.get("expected")) is not None:
    floor = 60.0 / (30 * 86400) * seconds / max(1, lanes)
    normal = min(1.0, max(normal, floor / cases if cases > 0 else 1.0))
  return {"normal": normal, "tightened": min(1.0, normal * 2), "stopped": 1.0}[severity]


def recompute(lines):
  """(how many published rates were computed anew, the worst severity of each stratum, faults)."""
  rates, worst, faults, lots, counts, epochs, numbers = 0, {}, [], {}, {}, {}, {}
  for line in lines:
    record = json.loads(line)
    kind, body, lane = record["headers"]["ce_type"], record["body"], record["partition"]
    number, last = int(record["headers"].get("ce_sequence", 0)), numbers.get(lane, 0)
    if 0 < number <= last:
      continue  # sent again
    if last and number > last + 1:
      faults.append(f"partition {lane}: the records {last + 1} to {number - 1} are missing")
    numbers[lane] = number
    if kind == "countersign.sample.judged.v1":
      name = (lane, body["workflow"], body["stratum"])
      step = -1 if body["undone"] else 1
      samples, wrong = counts.get(name, (0, 0))
      counts[name] = (max(0, samples + step), wrong if body["conforms"] else max(0, wrong + step))
    elif kind == "countersign.lots.resumed.v1":
      name = (lane, body["workflow"], body["stratum"])
      if lots.get(name, FRESH)["severity"] == "stopped":
        lots[name] = FRESH | {"severity": "tightened"}
    elif kind == "countersign.epoch.disclosed.v1":
      for name in [name for name in counts if name[0] == lane]:
        lots[name] = closed(lots.get(name, FRESH), *counts.pop(name))
    elif kind in ("countersign.epoch.opened.v1", "countersign.epoch.stratum.v1"):
      if kind == "countersign.epoch.opened.v1":
        epochs[lane] = (body["lanes"], (body["ends"] - body["begins"]) // 1_000_000)
      for rate in body["rates"] if "rates" in body else [body["rate"]]:
        name = (lane, rate["workflow"], rate["stratum"])
        lot, said = lots.get(name, FRESH), rate.get("lot") or FRESH
        wanted = expected_rate(rate, *epochs.get(lane, (1, 86400)), lot["severity"])
        rates += 1
        worst[name[1:]] = max(worst.get(name[1:], "normal"), said["severity"], key=["normal", "tightened", "stopped"].index)
        if said != lot or rate["rate"] != wanted:
          faults.append(f"partition {lane}, epoch {body['epoch']}, {name[1:]}: {said} at {rate['rate']}, {lot} at {wanted} was expected")
  return rates, worst, faults


if __name__ == "__main__":
  rates, worst, faults = recompute(sys.stdin)
  print(f"{rates} published rates recomputed, {len(faults)} faults", *faults[:20], sep="\n")
  sys.exit(1 if faults or not rates else 0)
