"""Whether a sample ended as its expectation says, and the table that tells it."""
import base64
import json


def judged(expected, entry):
  """(route, codes, what is wrong) of a case, by what the topics said of it (`Road.cases`)."""
  first, outcome = entry.get("first") or {}, entry.get("outcome") or {}
  codes = sorted({match["code"] for match in first.get("matches", [])})
  # A judgement by the machine alone has an id; a case file for people has a version.
  route = "auto" if first.get("id") else first.get("route", "auto" if outcome.get("outcome") == "advisory" else "none")
  drawn = "sample.drawn" in codes and expected["route"] == "auto"
  wrong = []
  if route != expected["route"] and not drawn:
    wrong.append(f"route {route}, expected {expected['route']}")
  if missing := sorted(set(expected["codes"]) - set(codes)):
    if not drawn:
      wrong.append(f"codes {','.join(missing)} missing")
  if outcome.get("outcome") != expected["outcome"]:
    wrong.append(f"outcome {outcome.get('outcome', 'none')}, expected {expected['outcome']}")
  code = (expected["decision"] or {}).get("code")
  if code and outcome and outcome["code"] != code:
    wrong.append(f"ended with {outcome['code']}, expected {code}")
  if (target := acted_on(entry)) is not None and target != expected["target"]:
    wrong.append(f"acts on {target}, expected {expected['target']}")
  if len({permit["eff"] for permit in map(claims, entry["permits"])}) > 1:
    wrong.append("more than one effect was permitted")
  return route, codes, wrong


def acted_on(entry):
  """The target of the action: the permitted one, else the one that people saw; None where there is none."""
  actions = [permit["action"] for permit in entry["permits"]] + [review.get("action") for review in entry["reviews"]]
  return next((action["target"] for action in actions if action), None)


def claims(permit):
  """The claims of a permit, unverified: for a table, not for a decision."""
  part = permit["permit"].split(".")[1]
  return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def row(sample, expected, case, entry, reviewers, problem=None):
  route, codes, wrong = judged(expected, entry)
  if wrong and problem:
    wrong.append(str(problem)[:160])
  first, outcome = entry.get("first") or {}, entry.get("outcome") or {}
  return {
    "item": sample["id"], "workflow": sample["workflow"], "case": case, "route": route, "codes": codes,
    "because": next((match["because"] for match in first.get("matches", [])), ""),
    "confidence": first.get("confidence"), "parts": first.get("parts"), "reviewers": reviewers,
    "permits": len(entry["permits"]), "outcome": outcome.get("outcome"), "seconds": round(entry.get("seconds", -1), 1),
    "wrong": wrong}


def table(rows):
  """The rows as text, one line each."""
  for row in rows:
    permits = f"{row['permits']} permit{'s' if row['permits'] != 1 else ' '}"
    yield (f"{row['item']:24.24} {row['route']:7} {','.join(row['codes'])[:44]:44} {','.join(row['reviewers'])[:22]:22} "
           f"{permits} {row['outcome'] or 'NONE':18} {row['seconds']:6.1f} s"
           + ("  WRONG: " + "; ".join(row["wrong"]) if row["wrong"] else ""))
