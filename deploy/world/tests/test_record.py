import http.client
import json
import sqlite3
import subprocess
import sys
import threading
import unittest

from support import SEED, WORLD, Case, call, canonical, sha256

SUMMARY = {"summary": "Export of driver hours stops at 500 rows."}


class Record(Case):
  def setUp(self):
    super().setUp()
    self.start_record()

  def put(self, body=SUMMARY, key="k1", ticket="T-1001", **headers):
    return call("PUT", f"{self.url}/tickets/{ticket}/summary", body, Idempotency_Key=key, **headers)

  def raw(self, method, path, body=b"", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content), answer.headers

  def test_serves_each_kind_of_document_with_its_digest_as_etag(self):
    for path in ("/tickets/T-1001", "/mails?thread=M-4001", "/entitlements/P-ada", "/invoices/INV-2001",
                 "/purchase-orders/PO-3001", "/goods-receipts/GR-4501", "/classifications/K-5001"):
      status, document, headers = call("GET", self.url + path)
      self.assertEqual(status, 200, path)
      self.assertEqual(headers["ETag"], f'"{sha256(canonical(document))}"')

  def test_lists_the_receipts_and_invoices_of_an_order(self):
    ids = [receipt["id"] for receipt in call("GET", f"{self.url}/goods-receipts?order=PO-3001")[1]["items"]]
    self.assertEqual(ids, ["GR-4501"])
    self.assertEqual(call("GET", f"{self.url}/goods-receipts?order=PO-3003")[1]["items"], [])
    twice = call("GET", f"{self.url}/invoices?order=PO-3004")[1]["items"]
    self.assertEqual([invoice["id"] for invoice in twice], ["INV-2004", "INV-2005"])

  def test_a_write_answers_with_the_states_before_and_after_and_is_logged(self):
    before = call("GET", f"{self.url}/tickets/T-1001")[1]
    status, answer, _ = self.put()
    after = call("GET", f"{self.url}/tickets/T-1001")[1]
    self.assertEqual((status, answer["before"], answer["after"]), (200, before, after))
    self.assertEqual(after["summary"], SUMMARY["summary"])
    [effect] = call("GET", f"{self.url}/effects?key=k1")[1]["effects"]
    self.assertEqual((effect["path"], effect["before"], effect["after"]), ("/tickets/T-1001/summary", before, after))
    self.assertEqual(call("GET", f"{self.url}/effects?since={effect['number']}")[1], {"effects": [], "next": None})

  def test_a_repeated_key_gets_the_first_answer_and_changes_nothing(self):
    first = self.put()
    self.put({"summary": "Something newer."}, key="k2")
    status, answer, headers = self.put()
    self.assertEqual((status, answer), (200, first[1]))
    self.assertEqual(headers["Idempotent-Replayed"], "true")
    self.assertEqual(call("GET", f"{self.url}/tickets/T-1001")[1]["summary"], "Something newer.")
    self.assertEqual(len(call("GET", f"{self.url}/effects")[1]["effects"]), 2)

  def test_a_document_gets_its_first_state_back_and_the_effect_stays_known(self):
    first = call("GET", f"{self.url}/tickets/T-1001")[1]
    self.put()
    status, document, headers = call("POST", f"{self.url}/restore", {"target": "/tickets/T-1001"})
    self.assertEqual((status, document, headers["ETag"]), (200, first, f'"{sha256(canonical(first))}"'))
    self.assertEqual(call("GET", f"{self.url}/tickets/T-1001")[1], first)
    self.assertEqual(len(call("GET", f"{self.url}/effects?key=k1")[1]["effects"]), 1)
    self.assertEqual(call("POST", f"{self.url}/restore", {"target": "/mails?thread=M-4001"})[0], 200)
    for target in ("/tickets/T-0", "/mails?thread=M-0", "/effects", "", None, 5, "//[", {"a": 1}):
      self.assertEqual(call("POST", f"{self.url}/restore", {"target": target})[0], 404, target)

  def test_holding_an_invoice_needs_no_amount_in_its_currency_and_paying_it_does(self):
    def resolve(resolution, minor, key):
      body = {"resolution": resolution, "amount": {"minor": minor, "currency": "GBP"}}
      return call("POST", f"{self.url}/invoices/INV-2001/resolution", body, Idempotency_Key=key)[0]
    self.assertEqual((resolve("hold", 0, "a"), resolve("approve", 100, "b")), (200, 422))

  def test_a_key_that_comes_with_another_request_is_a_conflict(self):
    self.put()
    self.assertEqual(self.put({"summary": "Another."})[0], 409)
    self.assertEqual(self.put(ticket="T-1002")[0], 409)
    self.assertIsNone(call("GET", f"{self.url}/tickets/T-1002")[1]["summary"])

  def test_twenty_writers_with_one_key_make_one_mail(self):
    body = {"thread": "M-4001", "to": ["ingrid.falk@mailbox.example"], "subject": "Re", "text": "Two are on their way."}
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(
      call("POST", f"{self.url}/mails", body, Idempotency_Key="mail")[1])) for _ in range(20)]
    for thread in threads:
      thread.start()
    for thread in threads:
      thread.join()
    self.assertEqual([answer == answers[0] for answer in answers], [True] * 20)
    messages = call("GET", f"{self.url}/mails?thread=M-4001")[1]["messages"]
    self.assertEqual([message["direction"] for message in messages], ["in", "out"])

  def test_if_match_of_an_older_state_is_refused(self):
    etag = call("GET", f"{self.url}/tickets/T-1001")[2]["ETag"]
    self.put(key="k1")
    self.assertEqual(self.put(key="k2", If_Match=etag)[0], 412)
    etag = call("GET", f"{self.url}/tickets/T-1001")[2]["ETag"]
    self.assertEqual(self.put({"summary": "New"}, key="k2", If_Match=etag)[0], 200)

  def test_access_is_granted_once_and_can_be_revoked(self):
    body, url = {"entitlement": "payments.release", "scope": "EUR up to 10000", "expires": "2999-01-31"}, self.url
    grant = call("POST", f"{url}/entitlements/P-ben/grants", body, Idempotency_Key="g1")[1]["after"]["grants"][-1]
    self.assertEqual(call("POST", f"{url}/entitlements/P-ben/grants", body, Idempotency_Key="g2")[0], 422)
    past = body | {"scope": "other", "expires": "2020-01-31"}
    self.assertEqual(call("POST", f"{url}/entitlements/P-ben/grants", past, Idempotency_Key="g3")[0], 422)
    revoke = {"grant": grant["id"]}
    self.assertEqual(call("POST", f"{url}/entitlements/P-ben/revocations", revoke, Idempotency_Key="g4")[0], 200)
    self.assertNotIn(grant, call("GET", f"{url}/entitlements/P-ben")[1]["grants"])

  def test_an_invoice_is_resolved_once_and_money_is_whole_minor_units(self):
    url = f"{self.url}/invoices/INV-2002/resolution"
    body = {"resolution": "approve_order_amount", "amount": {"minor": 190000, "currency": "EUR"}}
    for amount in ({"minor": True, "currency": "EUR"}, {"minor": 1, "currency": "USD"}, {"minor": 1}, 1900):
      self.assertEqual(call("POST", url, body | {"amount": amount}, Idempotency_Key="i0")[0], 422, amount)
    self.assertEqual(call("POST", url, body, Idempotency_Key="i1")[1]["after"]["status"], "approved")
    self.assertEqual(call("POST", url, body, Idempotency_Key="i2")[0], 422)
    self.assertEqual(call("POST", url, {"resolution": "reopen"}, Idempotency_Key="i3")[1]["after"]["status"], "open")

  def test_a_payment_block_is_released_and_a_subject_classified(self):
    url = self.url
    release = {"resolution": "release_payment_block"}
    _, answer, _ = call("POST", f"{url}/invoices/INV-2008/resolution", release, Idempotency_Key="b1")
    self.assertIsNone(answer["after"]["payment_block"])
    self.assertEqual(call("POST", f"{url}/invoices/INV-2001/resolution", release, Idempotency_Key="b2")[0], 422)
    _, answer, _ = call("PUT", f"{url}/classifications/K-5001", {"classification": "no match"}, Idempotency_Key="c1")
    self.assertEqual(answer["after"]["classification"], "no match")

  def test_what_is_wrong_is_told_with_a_pointer_and_never_quotes_the_payload(self):
    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
    connection.request("PUT", "/tickets/T-1001/summary", json.dumps({"summary": 7, "canary-91": "secret-17"}),
                       {"Content-Type": "application/json", "Idempotency-Key": "k"})
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    problem = json.loads(content)
    self.assertEqual((answer.status, answer.headers["Content-Type"]), (422, "application/problem+json"))
    self.assertEqual((problem["code"], problem["pointer"]), ("field.invalid", "/summary"))
    self.assertNotIn("secret-17", content)
    self.assertNotIn("canary-91", content)

  def test_hostile_requests_get_a_clear_answer_and_do_not_stop_the_next(self):
    headers, path = {"Content_Type": "application/json", "Idempotency_Key": "h"}, "/tickets/T-1001/summary"
    bodies = (b"", b"{", b"[1]", b"\xff\xfe", b'{"summary":"a","summary":"b"}', b'{"summary":1.5}', b"[" * 100_000,
              b'{"summary":"\\ud800"}', b'{"summary":' + b"9" * 5000 + b"}", b"NaN")
    for body in bodies:
      self.assertEqual(self.raw("PUT", path, body, **headers)[0], 400, body[:20])
    self.assertEqual(self.raw("PUT", path, b"{}", Content_Type="application/json")[0], 400)
    self.assertEqual(self.raw("PUT", path, b"{}", **headers | {"Content_Type": "text/plain"})[0], 415)
    self.assertEqual(self.raw("PUT", path, b" " * (300 << 10), **headers)[0], 413)
    self.assertEqual(self.raw("DELETE", "/tickets/T-1001")[1]["status"], 501)
    for path in ("/", "/tickets/", "/tickets/T-1", "/tickets/../effects", "/mails?thread=%27%20OR%201=1", "/x" * 3000):
      self.assertEqual(self.raw("GET", path)[0], 404, path[:40])
    self.assertEqual(self.raw("GET", "/effects?since=x")[0], 400)
    self.assertEqual(self.raw("GET", "/health")[1]["effects"], 0)

  def test_what_was_answered_survives_kill_9(self):
    first = self.put(key="before")[1]
    answered, stop = [], threading.Event()

    def write():
      for number in range(10_000):
        try:
          self.put({"summary": str(number)}, key=f"k{number}")
        except OSError:
          return
        answered.append(number)
        if number == 20:
          stop.set()
    writer = threading.Thread(target=write)
    writer.start()
    self.assertTrue(stop.wait(30))
    self.record.kill()
    writer.join()
    self.start_record()
    keys = [effect["key"] for effect in call("GET", f"{self.url}/effects")[1]["effects"]]
    self.assertEqual(keys[:len(answered) + 1], ["before"] + [f"k{number}" for number in answered])
    self.assertLessEqual(len(keys), len(answered) + 2)  # the one at work may be done or not
    self.assertEqual(self.put(key="before")[1], first)
    [(check,)] = sqlite3.connect(self.path("record.db")).execute("PRAGMA integrity_check").fetchall()
    self.assertEqual(check, "ok")

  def test_a_restart_keeps_changes_and_seeds_only_what_is_missing(self):
    self.put()
    self.assertEqual(self.record.stop(), (0, "record: stopped"))
    self.start_record()
    self.assertEqual(call("GET", f"{self.url}/tickets/T-1001")[1]["summary"], SUMMARY["summary"])

  def test_a_bad_start_says_why(self):
    for arguments in (["--seed", self.path("bad.json", "{")], ["--database", "/nowhere/x.db"], ["--port", "70000"],
                      ["--port", str(self.port)]):
      command = [sys.executable, f"{WORLD}/record.py", "--database", self.path("other.db"), *arguments]
      ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
      self.assertEqual((ended.returncode, ended.stderr.startswith("record: cannot start: ")), (1, True), ended.stderr)


class Seed(unittest.TestCase):
  def setUp(self):
    with open(SEED) as file:
      self.seed = json.load(file)

  def test_has_as_much_of_each_as_the_demo_needs(self):
    counts = {kind: len(documents) for kind, documents in self.seed.items()}
    self.assertEqual(counts | {"purchase-orders": 14, "goods-receipts": 13}, {
      "tickets": 20, "mails": 12, "entitlements": 10, "invoices": 17, "purchase-orders": 14, "goods-receipts": 13,
      "classifications": 12})
    for documents in self.seed.values():
      self.assertEqual(len({document["id"] for document in documents}), len(documents))
    canonical(self.seed)

  def test_invoices_take_every_turn_that_a_reviewer_meets(self):
    orders = {order["id"]: order for order in self.seed["purchase-orders"]}
    received = {receipt["order"] for receipt in self.seed["goods-receipts"]}
    invoices = {invoice["id"]: invoice for invoice in self.seed["invoices"]}
    total = {id: (invoice["total"], orders[invoice["order"]]["total"])
             for id, invoice in invoices.items() if invoice["order"]}
    self.assertEqual(total["INV-2001"][0], total["INV-2001"][1])
    self.assertEqual(total["INV-2002"][0]["minor"] * 100, total["INV-2002"][1]["minor"] * 103)
    self.assertNotIn(invoices["INV-2003"]["order"], received)
    self.assertEqual(invoices["INV-2004"]["number"], invoices["INV-2005"]["number"])
    self.assertNotEqual(total["INV-2006"][0]["currency"], total["INV-2006"][1]["currency"])


if __name__ == "__main__":
  unittest.main()
