"""What each write does to its document: pure functions from the document before to the one after."""
import copy
import datetime
import re

from record_store import Problem

MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
RESOLUTIONS = {
  "approve": "approved", "approve_order_amount": "approved", "request_credit_note": "credit_note_requested",
  "hold": "on_hold", "reject": "rejected", "reject_duplicate": "rejected", "release_payment_block": None,
  "reopen": "open"}


def words(most, empty=False):
  return f"text of {0 if empty else 1} to {most} characters", lambda value: (
    isinstance(value, str) and (empty or value.strip() != "") and len(value) <= most)


def one_of(names):
  return "one of " + ", ".join(names), lambda value: isinstance(value, str) and value in names


def or_null(rule):
  return f"{rule[0]}, or null", lambda value: value is None or rule[1](value)


def is_date(value):
  try:
    return isinstance(value, str) and len(value) == 10 and bool(datetime.date.fromisoformat(value))
  except ValueError:
    return False


def is_money(value):
  return (isinstance(value, dict) and set(value) == {"minor", "currency"} and type(value["minor"]) is int
          and isinstance(value["currency"], str) and bool(re.fullmatch("[A-Z]{3}", value["currency"])))


def is_addresses(value):
  return isinstance(value, list) and 1 <= len(value) <= 20 and all(
    isinstance(item, str) and MAIL.fullmatch(item) for item in value)


DATE = "a date as YYYY-MM-DD", is_date
MONEY = 'money as {"minor": integer, "currency": ISO 4217 code}', is_money
ADDRESSES = "1 to 20 mail addresses", is_addresses


def checked(body, required, optional=()):
  """The body, if it has all required fields, no unknown ones, and each value fits. Problem: 422 with its pointer."""
  rules = dict(required) | dict(optional)
  for name in required:
    if name not in body:
      raise Problem(422, "field.missing", f"expected {rules[name][0]}", f"/{name}")
  for name, value in body.items():
    if name not in rules:
      raise Problem(422, "field.unknown", f"expected only {', '.join(rules)}", "")
    if not rules[name][1](value):
      raise Problem(422, "field.invalid", f"expected {rules[name][0]}", f"/{name}")
  return body


# The documents of the seed and all samples are of this day. What they grant is past before it and at no later time, or the
# samples would end otherwise from some date on.
WORLDS_DAY = "2026-11-24"


def summarise(ticket, body, now):
  checked(body, {"summary": or_null(words(4000))})
  return ticket | {"summary": body["summary"], "summary_at": now if body["summary"] else None}


def send(thread, body, now):
  checked(body, {"thread": words(64), "to": ADDRESSES, "subject": words(200), "text": words(20000)}, {"cc": ADDRESSES})
  message = {"id": f"{thread['id']}-{len(thread['messages']) + 1}", "direction": "out", "from": thread["mailbox"],
             "at": now} | {name: body[name] for name in ("to", "cc", "subject", "text") if name in body}
  return thread | {"messages": thread["messages"] + [message]}


def grant(person, body, now):
  checked(body, {"entitlement": words(100), "expires": or_null(DATE)}, {"scope": words(100), "reason": words(1000)})
  same = [held for held in person["grants"] if (held["entitlement"], held.get("scope")) == (
    body["entitlement"], body.get("scope"))]
  if same:
    raise Problem(422, "grant.held", "the person holds this entitlement already; revoke it first", "/entitlement")
  if body["expires"] and body["expires"] < WORLDS_DAY:
    raise Problem(422, "grant.expired", "expected a date that is not past", "/expires")
  number = person["last_grant"] + 1
  added = {"id": f"{person['id']}-G{number}", "granted_at": now} | body
  return person | {"grants": person["grants"] + [added], "last_grant": number}


def revoke(person, body, now):
  checked(body, {"grant": words(100)}, {"reason": words(1000)})
  kept = [held for held in person["grants"] if held["id"] != body["grant"]]
  if len(kept) == len(person["grants"]):
    raise Problem(422, "grant.unknown", "the person has no such grant", "/grant")
  return person | {"grants": kept}


def resolve(invoice, body, now):
  checked(body, {"resolution": one_of(RESOLUTIONS)}, {"amount": MONEY, "note": words(2000)})
  after = copy.deepcopy(invoice)
  if body["resolution"] == "release_payment_block":
    if not invoice["payment_block"]:
      raise Problem(422, "block.none", "the invoice has no payment block", "/resolution")
    return after | {"payment_block": None, "payment_block_released_at": now}
  if body["resolution"] != "reopen" and invoice["status"] != "open" and invoice["status"] != "on_hold":
    raise Problem(422, "invoice.resolved", "the invoice is resolved; reopen it first", "/resolution")
  if body.get("amount", {}).get("minor") and body["amount"]["currency"] != invoice["total"]["currency"]:
    raise Problem(422, "currency.other", "expected the invoice's currency", "/amount/currency")
  return after | {"status": RESOLUTIONS[body["resolution"]], "resolution": body | {"at": now}}


def classify(subject, body, now):
  checked(body, {"classification": or_null(words(100))}, {"rationale": words(4000), "basis": words(400)})
  return subject | {"classification": body["classification"], "classified": body | {"at": now}}


# (method, path pattern with the document's id, kind, change). The document's GET form is the state before and after.
ID = r"([A-Za-z0-9_-]{1,64})"
WRITES = [(method, re.compile(path), kind, change) for method, path, kind, change in (
  ("PUT", f"/tickets/{ID}/summary", "tickets", summarise),
  ("POST", "/mails", "mails", send),
  ("POST", f"/entitlements/{ID}/grants", "entitlements", grant),
  ("POST", f"/entitlements/{ID}/revocations", "entitlements", revoke),
  ("POST", f"/invoices/{ID}/resolution", "invoices", resolve),
  ("PUT", f"/classifications/{ID}", "classifications", classify))]
