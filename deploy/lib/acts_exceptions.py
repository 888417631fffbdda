"""Step 16 of the story: an exception for one supplier, and what it does not reach."""
import datetime
import json
import subprocess
import time

from road import call
from stage import codes

# Minutes of the story for which the exception is in force.
MINUTES = 40


def supplier(stage):
  """Step 16."""
  began = datetime.datetime.fromisoformat((stage.options.dir / "story-began").read_text().strip()).timestamp()
  now = lambda: began + (time.time() - began) * stage.options.clock
  invoice = lambda: stage.review(stage.send(stage.sample("invoice-exception", "ie-0012")))
  before = invoice()
  stage.expect("an invoice without its order goes to an expert", (before["route"], "context.missing_source" in codes(before)) == ("sme", True),
               f"{before['route']}: {', '.join(sorted(codes(before)))}")
  ends = now() + MINUTES * 60
  shown = lambda moment: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
  common = {"reason": "its orders come on paper until tomorrow", "requester": "P-cleo", "approver": "P-omar",
            "starts": shown(now() - 60), "expires": shown(ends)}
  orders = {"id": "delta-orders", "workflow": "invoice-exception", "when": 'item.supplier.number == "V-504"', "waives": ["context.missing_source"]} | common
  names = {"id": "names-in-ae", "workflow": "compliance-class", "when": 'item.jurisdiction == "AE"', "waives": ["context.edge_case"]} | common
  both = written(stage, [orders, names])
  for person in ("P-cleo", "P-omar"):
    sign(stage, both, person)
  done, said = stage.command("P-gus", "exception", "put", f"{both}.signed")
  stage.expect("one for cases of experts is refused, whoever signs it", not done and "template C" in said, said[:140])
  listed = written(stage, [orders])
  sign(stage, listed, "P-cleo")
  done, said = stage.command("P-gus", "exception", "put", f"{listed}.signed")
  stage.expect("signed by whoever asks alone, it is refused", not done and "two different people" in said, said[:140])
  sign(stage, listed, "P-omar")
  done, said = stage.command("P-gus", "exception", "put", f"{listed}.signed")
  stage.expect("signed by another person too, it is in force, with its reason", done and "in_force" in said, said[:140])
  covered = invoice()
  waived = [match for match in covered["matches"] if match["code"] == "context.missing_source" and match.get("waived", {}).get("exception") == "delta-orders"]
  stage.expect("the supplier's next invoice goes to a reviewer, and says why", covered["route"] == "review" and waived, waived and waived[0]["because"])
  used = lambda: {each["id"]: each["uses"] for each in call("GET", f"{stage.local}{stage.options.base + 2}/v1/exceptions")[1]["exceptions"]}
  stage.expect("its use is counted", stage.until(lambda: used()["delta-orders"] == 1, 10), used())
  case = stage.review(stage.send(stage.sample("compliance-class", "cc-inject")))
  stage.expect("a case for experts goes to an expert as ever", case["route"] == "sme" and not any(match.get("waived") for match in case["matches"]),
               f"{case['route']}: {', '.join(sorted(codes(case)))}")
  stage.until(lambda: now() > ends, MINUTES * 60 / stage.options.clock + 5)
  after = invoice()
  stage.expect("its time is over: the next invoice is not covered", after["route"] == "sme" and not any(match.get("waived") for match in after["matches"]),
               f"{after['route']}: {', '.join(sorted(codes(after)))}")


def written(stage, exceptions):
  file = stage.options.dir / "exceptions.json"
  file.write_text(json.dumps({"version": 1, "exceptions": exceptions}))
  file.with_name("exceptions.json.signed").unlink(missing_ok=True)
  return file


def sign(stage, file, person):
  """Adds the person's signature to FILE.signed."""
  subprocess.run([stage.options.bin / "countersign", "exception", "sign", file, "--person", person, "--to", f"{file}.signed",
                  "--key", stage.keys / "exceptions" / f"{person}.key"], check=True, capture_output=True)
