"""Items for a load: copies of the workflows' samples, each with an id and a target of its own, so that effects do not
collide, and the documents of the system of record that they name."""
import dataclasses
import json
import pathlib
import re

NAMED = re.compile(r"\b(?:T|M|K|INV|PO|GR)-[0-9]{4,8}\b|\bP-[a-z]+\b")
FIRST = 500_000  # numbers of copied documents begin here


@dataclasses.dataclass(frozen=True)
class Item:
  """What is published, and what the scripted reviewers do with it."""
  body: dict
  expected: dict

  @property
  def id(self):
    return self.body["id"]

  @property
  def source(self):
    return self.body["source"]


class Samples:
  def __init__(self, workflows, seed):
    self.seed = json.loads(pathlib.Path(seed).read_text())
    self.documents = {document["id"]: (kind, document) for kind, rows in self.seed.items() for document in rows}
    self.by_order = {}
    for id, (kind, document) in self.documents.items():
      if "order" in document:
        self.by_order.setdefault(document["order"], []).append(id)
    self.samples = []
    for folder in sorted(pathlib.Path(workflows).iterdir()):
      if (folder / "expectations.json").exists():
        expected = json.loads((folder / "expectations.json").read_text())
        bodies = [json.loads(path.read_text()) for path in sorted((folder / "samples").glob("*.json"))]
        self.samples.append([(body, expected[body["id"]]) for body in bodies])

  def family(self, body):
    """The ids of the documents that an item's case reads or changes."""
    text = json.dumps(body["data"])
    found = {id for id in NAMED.findall(text) if self.documents.get(id, ("entitlements",))[0] != "entitlements"}
    found.update(id for id in [body["data"].get("person")] if id in self.documents)
    for id in sorted(found):
      order = id if id.startswith("PO-") else self.documents[id][1].get("order")
      found.update([order] if order in self.documents else [], self.by_order.get(order, []))
    return sorted(found)

  def copies(self, count, dice, accept=lambda body, expected: True):
    """(items, documents by kind): `count` copies, the workflows in turn; `accept` chooses among samples."""
    groups = [kept for group in self.samples if (kept := [pair for pair in group if accept(*pair)])]
    items, documents = [], {kind: list(rows) for kind, rows in self.seed.items()}
    for number in range(count):
      body, expected = dice.choice(groups[number % len(groups)])
      names = {}
      for place, id in enumerate(self.family(body)):
        stem, _, _ = id.partition("-")
        names[id] = f"{id}-{number}" if stem == "P" else f"{stem}-{FIRST + number * 20 + place}"

      def renamed(value):
        return json.loads(re.sub(r"[A-Za-z]+-[A-Za-z0-9]+", lambda m: names.get(m[0], m[0]), json.dumps(value)))

      for id in names:
        kind, document = self.documents[id]
        documents[kind].append(renamed(document))
      items.append(Item({**renamed(body), "id": f"{body['id']}.{number}"}, renamed(expected)))
    return items, documents
