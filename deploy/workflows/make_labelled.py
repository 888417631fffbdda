#!/usr/bin/env python3
"""Writes labelled.jsonl of each workflow from the hand-written sentences in its phrases.json.

The seed is fixed, so the same phrases give the same files. One line is one example:
  {"id", "group": examples of one group never stand on both sides of a split,
   "data": an item's data, "sources": what evidence was at hand,
   "proposal": the members of the output that decide, "contains": texts that members must hold,
   "correct": true if people held that proposal right}
An example with "correct": false names a proposal that people rejected; what is right instead is not known.
Standard library only. Usage: make_labelled.py [FOLDER OF THE WORKFLOWS]
"""

import json
import pathlib
import random
import sys

HERE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
HERE = HERE if HERE.is_dir() else HERE.parent
MONTHS = ["January", "March", "May", "August", "October", "December"]
DAYS = ["Monday", "Tuesday", "last Friday", "the weekend", "the update", "yesterday"]


def phrases(name):
    return json.loads((HERE / name / "phrases.json").read_text("utf-8"))


def write(name, rows):
    lines = [json.dumps({"id": f"{name}-{i:04}", **row}, ensure_ascii=False) for i, row in enumerate(rows, 1)]
    (HERE / name / "labelled.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{name}: {len(rows)} examples")


def joined(*sentences):
    return " ".join(s for s in sentences if s)


def fresh(name, record, age=60, shelf=86400):
    return {"name": name, "answered": True, "found": True, "age": age, "shelf_life": shelf, "fields": record}


def ticket_summary(dice):
    book = phrases("ticket-summary")

    def fill(text):
        return (
            text.replace("{n}", str(dice.randint(3, 60)))
            .replace("{month}", dice.choice(MONTHS))
            .replace("{day}", dice.choice(DAYS))
            .replace("{product}", product)
            .replace("{ref}", f"R-{dice.randint(10000, 99999)}")
            .replace("{amount}", f"{dice.randint(19, 480)}.{dice.randint(10, 99)} EUR")
        )

    for category, pool in book["categories"].items():
        for core in pool["cores"] * 2:
            product = dice.choice(book["products"])
            key, second = fill(core), ""
            if dice.random() < 0.12:  # two matters in one ticket: the first decides, and people know that it is hard
                other = dice.choice([c for c in book["categories"] if c != category])
                second = "By the way: " + fill(dice.choice(book["categories"][other]["cores"]))
            subject = (
                fill(dice.choice(pool["subjects"]))
                if dice.random() < 0.8
                else dice.choice(["Question", "Problem", "Help please"])
            )
            number = dice.randint(5000, 9999)
            before = [fill(s) for s in dice.sample(book["contexts"], dice.randint(0, 2))]
            after = [fill(s) for s in dice.sample(pool["details"], dice.randint(0, 2))]
            greeting = dice.choice(book["greetings"])
            body = (greeting + "\n" if greeting else "") + joined(
                *before, key, *after, second, dice.choice(book["closings"])
            )
            yield {
                "data": {
                    "ticket": f"T-{number}",
                    "subject": subject,
                    "body": body,
                    "channel": dice.choice(["email", "web", "chat"]),
                    "product": product,
                },
                "group": f"{category}/{pool['cores'].index(core)}",
                "sources": [fresh("ticket", {"id": f"T-{number}", "subject": subject})],
                "proposal": {"category": category},
                "contains": {"summary": key},
                "correct": True,
            }


def reply_draft(dice):
    book = phrases("reply-draft")
    wanted = [(name, m) for name, pool in book["messages"].items() for m in pool * 2]
    for name, message in wanted + [(None, m) for m in book["none"] * 3]:
        mood = dice.choices(["calm", "unhappy", "angry", "threatening"], [60, 22, 13, 5])[0]
        asides = dice.sample(book["asides"], dice.randint(0, 2))
        if name and dice.random() < 0.1:  # a second wish in the same mail
            asides.append("Also: " + dice.choice(book["messages"][dice.choice(list(book["messages"]))]))
        thread = f"M-{dice.randint(5000, 9999)}"
        yield {
            "data": {
                "thread": thread,
                "customer": {"name": "Robin Vale", "email": "robin.vale@example.com"},
                "subject": dice.choice(["Question", "My order", "Request", "Help", "Contact form"]),
                "message": joined(dice.choice(book["openers"]), message, *asides, dice.choice(book[mood])),
                "order": f"AB-{dice.randint(10000, 99999)}",
                "product": dice.choice(["desk lamp", "coffee machine", "rain jacket"]),
            },
            "group": f"{name}/{message}"[:60],
            "sources": [fresh("thread", {"id": thread, "messages": []})],
            "proposal": {"template": name},
            "correct": True,
        }


LEVELS = ["read", "write", "approve", "admin"]


def access_request(dice):
    book = phrases("access-request")
    catalogue = [json.loads(line) for line in (HERE / "access-request/approved.jsonl").read_text("utf-8").splitlines()]
    every_role = sorted({r for e in catalogue for r in e["roles"] if r != "*"})
    for entry in catalogue:
        for request in book["requests"][entry["entitlement"]] * 6:
            usual = [r for r in entry["roles"] if r != "*"] or every_role
            role = dice.choice(usual) if dice.random() < 0.8 else dice.choice(every_role)
            level = dice.choices(LEVELS, [45, 35, 12, 8])[0]
            said = dice.choice(book["needs"][level]) if dice.random() < 0.75 else ""
            person = f"P-{dice.choice(['kim', 'noor', 'lars', 'mei', 'ivo', 'zoe'])}"
            data = {
                "person": person,
                "requester": person,
                "role": role,
                "request": joined(request, said, dice.choice(book["reasons"])),
                "from": f"2026-0{dice.randint(1, 9)}-{dice.randint(10, 28)}",
            }
            if not said or dice.random() < 0.3:
                data["level"] = level
            yield {
                "data": data,
                "group": request[:50],
                "sources": [fresh("entitlements", {"id": person, "role": role, "grants": []})],
                "proposal": {"entitlement": entry["entitlement"], "level": level},
                "correct": True,
            }


def invoice_exception(dice):
    book = phrases("invoice-exception")
    cases = {
        "equal": 60,
        "inside": 50,
        "edge": 50,
        "over": 60,
        "under": 25,
        "no_receipt": 40,
        "partial": 35,
        "currency": 20,
        "no_order": 20,
        "duplicate": 25,
        "explained": 30,
    }
    for kind, count in cases.items():
        for _ in range(count):
            order, number = f"PO-{dice.randint(5000, 9999)}", f"INV-{dice.randint(5000, 9999)}"
            quantity, unit = dice.randint(2, 60), dice.randint(900, 45000)
            ordered = quantity * unit
            change = {
                "inside": dice.uniform(-0.012, 0.012),
                "edge": dice.uniform(0.014, 0.028),
                "over": dice.uniform(0.03, 0.4),
                "under": dice.uniform(-0.3, -0.04),
                "explained": dice.uniform(0.03, 0.12),
            }.get(kind, 0)
            amount = ordered + round(ordered * change)
            currency = dice.choice(["EUR", "EUR", "USD", "CHF"])
            received = {"no_receipt": 0, "partial": max(1, quantity // 2)}.get(kind, quantity)
            supplier, article = dice.choice(list(zip(book["suppliers"], book["articles"])))
            note = (
                dice.choice(book["explained"]).replace("{month}", dice.choice(MONTHS))
                if kind == "explained"
                else dice.choice(book["doubtful"] if dice.random() < 0.18 else book["plain"])
            )
            if kind == "duplicate":
                note = "The invoice looks like one that we paid already."
            money = {"minor": amount, "currency": currency}
            over = change * 10000 > 200 and amount - ordered > 5000
            right = {
                "no_receipt": "hold",
                "partial": "hold",
                "currency": "hold",
                "no_order": "hold",
                "duplicate": "reject_duplicate",
            }.get(kind, "approve_order_amount" if over else "approve")
            if kind != "duplicate" and note in book["doubtful"]:
                right = "hold"
            if kind == "explained":
                right = "approve" if dice.random() < 0.7 else "hold"
            data = {
                "invoice": number,
                "supplier": {"name": supplier},
                "amount": money,
                "note": note,
                "lines": [{"sku": article, "quantity": quantity, "unit_minor": unit}],
            }
            sources = [
                fresh(
                    "invoice",
                    {
                        "id": number,
                        "supplier_name": supplier,
                        "total": money,
                        "payment_block": None,
                        "status": "approved" if kind == "duplicate" and dice.random() < 0.8 else "open",
                    },
                )
            ]
            if kind != "no_order":
                data["order"] = order
                total = {"minor": ordered, "currency": "GBP" if kind == "currency" else currency}
                line = {
                    "line": 1,
                    "article": article,
                    "quantity": quantity,
                    "unit_price": {"minor": unit, "currency": total["currency"]},
                }
                sources.append(
                    fresh("order", {"id": order, "supplier_name": supplier, "lines": [line], "total": total})
                )
            items = [{"order": order, "lines": [{"line": 1, "quantity": received}]}] if received else []
            sources.append(fresh("receipts", {"order": order, "items": items}))
            yield {"data": data, "sources": sources, "proposal": {"resolution": right}, "correct": True}


def compliance_class(dice):
    book = phrases("compliance-class")
    kinds = {
        "clear": ["transaction", "counterparty"],
        "sanctions": ["counterparty", "shipment"],
        "money_laundering": ["transaction"],
        "market_abuse": ["message", "report"],
        "privacy": ["report"],
        "conflict_of_interest": ["report", "transaction"],
        "bribery": ["message", "transaction"],
        "export_control": ["shipment"],
    }
    for name, pool in book["classes"].items():
        for core in pool * 3:
            second = ""
            if dice.random() < 0.15:
                other = dice.choice([c for c in book["classes"] if c != name])
                second = dice.choice(book["classes"][other])
            kind = (
                dice.choice(kinds[name]) if dice.random() < 0.7 else dice.choice(["transaction", "message", "report"])
            )
            matter = f"K-{dice.randint(6000, 9999)}"
            yield {
                "data": {
                    "matter": matter,
                    "kind": kind,
                    "jurisdiction": dice.choice(["DE", "NL", "FR", "US", "SG"]),
                    "text": joined(
                        *dice.sample(book["contexts"], dice.randint(0, 2)), core, second, dice.choice(book["closings"])
                    ),
                },
                "group": f"{name}/{pool.index(core)}",
                "sources": [fresh("classification", {"id": matter, "classification": None})],
                "proposal": {"candidates": [{"class": name}]},
                "correct": True,
            }


if __name__ == "__main__":
    for number, make in enumerate([ticket_summary, reply_draft, access_request, invoice_exception, compliance_class]):
        dice = random.Random(20260101 + number)
        rows = list(make(dice))
        dice.shuffle(rows)
        write(make.__name__.replace("_", "-"), rows)
