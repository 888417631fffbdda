"""Recomputes the draws of every epoch that is over: countersign tail verdicts --from beginning --body --json | verify_draw.py

Reads lines of JSON until the end of input. Prints what differs and leaves with 1; the standard library is all it needs.
"""
import hashlib, hmac, json, sys

epochs, cases, faults = {}, 0, []
for line in sys.stdin:
  record = json.loads(line)
  kind, body = record["headers"]["ce_type"], record["body"]
  place = (record["partition"], (body["draw"] if kind == "countersign.case.judged.v1" else body).get("epoch"))
  if kind == "countersign.epoch.opened.v1":
    epochs.setdefault(place, {"commitment": body["commitment"], "draws": {},
                              "rates": {(r["workflow"], r["stratum"]): r["rate"] for r in body["rates"]}})
  elif kind == "countersign.epoch.stratum.v1":
    epochs[place]["rates"].setdefault((body["rate"]["workflow"], body["rate"]["stratum"]), body["rate"]["rate"])
  elif kind == "countersign.case.judged.v1" and place in epochs:
    if epochs[place]["draws"].setdefault(record["headers"]["ce_subject"], body["draw"]) != body["draw"]:
      faults.append(f"{record['headers']['ce_subject']} was drawn twice")
  elif kind == "countersign.epoch.disclosed.v1" and "seed" in body and place in epochs:
    epoch, seed = epochs.pop(place), bytes.fromhex(body["seed"])
    if hashlib.sha256(seed).hexdigest() != epoch["commitment"] or len(epoch["draws"]) != body["cases"]:
      faults.append(f"epoch {place}: not the seed that was committed to, or {body['cases']} cases are not all here")
    for case, draw in epoch["draws"].items():
      rate, text = epoch["rates"].get((draw["workflow"], draw["stratum"])), f"{draw['workflow']}\n{draw['stratum']}\n{case}\n"
      u = int.from_bytes(hmac.digest(seed, text.encode(), "sha256")[:8], "big") / 2**64
      if draw["probability"] != rate or draw["drawn"] != (rate >= 1 or u < rate):
        faults.append(f"{case}: drawn {draw['drawn']} at {draw['probability']}; u = {u}, rate {rate}")
      cases += 1
print(f"{cases} draws recomputed, {len(faults)} faults", *faults[:20], sep="\n")
sys.exit(1 if faults or not cases else 0)
