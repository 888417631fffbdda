import hmac
import http.server
import json
import threading
import time
import unittest

from support import PermitCase, Signer, call, canonical, encoded, jwt, sha256

from executor import Executor

MAIL = {"type": "mail.send", "target": "/mails?thread=M-4001", "method": "POST", "path": "/mails"}


class Judging(PermitCase):
  def setUp(self):
    super().setUp()
    self.executor = Executor(self.options)

  def refused(self, record, reason):
    """The executor refuses it, and nothing happens outside."""
    claims, result = self.executor.judge(record)
    self.assertEqual(result["status"], "refused", result)
    self.assertIn(reason, result["reason"])
    self.assertEqual(self.effects(), [])
    return claims

  def read(self, record):
    return jwt.decode(record["permit"], options={"verify_signature": False})

  def restarted(self):
    self.executor.store.database.close()
    self.executor = Executor(self.options)

  def test_an_approved_action_is_performed_once_and_answered_with_both_states(self):
    record = self.permit(self.action())
    claims, result = self.executor.judge(record)
    [effect] = self.effects()
    self.assertEqual((result["status"], effect["key"]), ("executed", claims["eff"]))
    self.assertEqual((result["before"], result["after"]), (effect["before"], effect["after"]))
    self.assertEqual(result["after"]["summary"], record["action"]["body"]["summary"])

  def test_a_replayed_permit_and_a_new_issue_of_it_get_the_stored_answer(self):
    record = self.permit(self.action())
    _, first = self.executor.judge(record)
    again = self.read(record) | {"jti": "second", "exp": time.time() - 999}
    reissue = record | {"permit": self.policy.sign("countersign-permit+jwt", again)}
    for attempt in (record, reissue):
      self.restarted()
      claims, result = self.executor.judge(attempt)
      self.assertEqual(result, first | {"reason": "asked again: done before"})
    self.assertEqual(claims["jti"], "second")
    self.assertEqual(len(self.effects()), 1)

  def test_any_changed_character_of_a_permit_is_refused(self):
    record = self.permit(self.action())
    jws = record["permit"]
    for place in range(0, len(jws), 7):
      changed = jws[:place] + ("A" if jws[place] != "A" else "B") + jws[place + 1:]
      claims, result = self.executor.judge(record | {"permit": changed})
      self.assertEqual((claims, result["status"]), ({}, "refused"), place)
    self.assertEqual(self.effects(), [])

  def test_a_changed_action_is_refused(self):
    record = self.permit(self.action())
    for changes in ({"body": {"summary": "Other"}}, {"target": "/tickets/T-1002"}, {"extra": None},
                    {"body": {"summary": 1.5}}):
      self.assertEqual(self.executor.judge(record | {"action": record["action"] | changes})[1]["status"], "refused")
    self.refused(record | {"action": self.action("T-1002")}, "not the permitted action")

  def test_another_key_is_refused_whatever_its_name(self):
    self.refused(self.permit(self.action(), signer=Signer("policy-1")), "Signature verification failed")
    self.refused(self.permit(self.action(), signer=Signer("unknown")), "unknown key")
    self.refused(self.permit(self.action(), signer=self.reviewer), "unknown key")

  def test_only_eddsa_is_accepted(self):
    action = self.action()
    claims = self.claims(action)
    named = {"typ": "countersign-permit+jwt", "kid": "policy-1"}
    none = jwt.encode(claims, None, "none", named)
    self.refused({"permit": none, "action": action}, "alg")
    for secret in (self.policy.public, self.policy.jwks().encode(), encoded(self.policy.public).encode()):
      head = encoded(json.dumps(named | {"alg": "HS256"}).encode()) + "." + encoded(json.dumps(claims).encode())
      forged = head + "." + encoded(hmac.digest(secret, head.encode(), "sha256"))
      self.refused({"permit": forged, "action": action}, "alg")

  def test_a_permit_of_another_type_without_key_id_or_with_its_own_key_is_refused(self):
    action = self.action()
    claims = self.claims(action)
    self.refused({"permit": self.policy.sign("JWT", claims), "action": action}, "not a countersign-permit+jwt")
    self.refused({"permit": self.policy.sign("countersign-permit+jwt", claims, kid=""), "action": action}, "key id")
    other = Signer("own")
    own = other.sign("countersign-permit+jwt", claims, jwk=json.loads(other.jwks())["keys"][0])
    self.refused({"permit": own, "action": action}, "unknown key")
    critical = self.policy.sign("countersign-permit+jwt", claims, crit=["never-heard-of"])
    self.refused({"permit": critical, "action": action}, "crit")

  def test_issuer_audience_and_times_must_be_right(self):
    now = int(time.time())
    for changes, reason in (({"iss": "somebody"}, "issuer"), ({"aud": "another-executor"}, "udience"),
                            ({"aud": None}, "aud"), ({"iat": now + 600}, "iat"), ({"exp": now - 61}, "expired"),
                            ({"exp": float("nan")}, "expired"), ({"exp": "never"}, "")):
      self.refused(self.permit(self.action(), **changes), reason)

  def test_sixty_seconds_of_skew_are_forgiven(self):
    now = int(time.time())
    record = self.permit(self.action(), iat=now + 50, exp=now - 50)
    self.assertEqual(self.executor.judge(record)[1]["status"], "executed")

  def test_a_reviewed_action_needs_an_approval_of_this_case_and_action_by_the_reviewer(self):
    action, other = self.action(), self.action(summary="Other")
    for approvals, reason in (
        ([], "approval missing"),
        ([self.approval(action, "case-2")], "something else"),
        ([self.approval(other)], "something else"),
        ([self.approval(action), self.approval(action, "case-2")], "something else"),
        ([self.approval(action, signer=self.policy)], "unknown key"),
        ([self.approval(action, signer=Signer("reviewer-1"))], "Signature"),
        ([self.approval(action, iss="countersign.policy")], "issuer"),
        ([self.approval(action, act=None)], "no act"),
        ([self.reviewer.sign("countersign-permit+jwt", self.claims(action))], "not a countersign-approval+jwt"),
        ("text", ""), (None, "approval missing"), ([7], "")):
      self.refused(self.permit(action, approvals=approvals), reason)
    for route in ("sme", "block", "anything", None):
      self.refused(self.permit(action, approvals=[], route=route), "approval missing")

  def test_the_automatic_route_is_open_to_listed_action_types_only(self):
    mail = MAIL | {"body": {
      "thread": "M-4001", "to": ["ingrid.falk@mailbox.example"], "subject": "Re", "text": "On its way."}}
    self.refused(self.permit(mail, approvals=[], route="auto"), "automatic route")
    disguised = mail | {"type": "ticket.summary.set"}
    self.refused(self.permit(disguised, approvals=[], route="auto"), "not an action of this executor")
    listed = self.permit(self.action(), approvals=[], route="auto")
    self.assertEqual(self.executor.judge(listed)[1]["status"], "executed")

  def test_an_action_reaches_nothing_but_its_type_s_place(self):
    for changes in ({"type": "unknown"}, {"type": None}, {"method": "POST"}, {"path": "/tickets/T-1002/summary"},
                    {"target": "/tickets/T-1001/../T-1002"}, {"path": "@evil.example/"}, {"path": None},
                    {"target": "/tickets/T-1001?x=1"}, {"target": "//evil.example/tickets/T-1001"}):
      self.refused(self.permit(self.action() | changes), "not an action of this executor")

  def test_a_revoked_permit_is_refused_by_its_id_and_by_its_effect(self):
    first, second = self.permit(self.action()), self.permit(self.action("T-1002"))
    claims = [self.read(first), self.read(second)]
    self.executor.store.revoke(claims[0]["jti"], None)
    self.executor.store.revoke(None, claims[1]["eff"])
    self.restarted()
    self.refused(first, "revoked")
    self.refused(second, "revoked")

  def test_a_revocation_after_the_act_does_not_deny_it(self):
    record = self.permit(self.action())
    claims, first = self.executor.judge(record)
    self.executor.store.revoke(claims["jti"])
    self.assertEqual(self.executor.judge(record)[1], first | {"reason": "asked again: done before"})

  def test_a_target_that_changed_is_left_alone_for_good(self):
    first = call("GET", f"{self.url}/tickets/T-1001")[1]
    record = self.permit(self.action())
    call("PUT", f"{self.url}/tickets/T-1001/summary", {"summary": "By hand"}, Idempotency_Key="hand")
    self.assertEqual(self.executor.judge(record)[1]["status"], "precondition.changed")
    call("PUT", f"{self.url}/tickets/T-1001/summary", {"summary": None}, Idempotency_Key="back")
    self.assertEqual(call("GET", f"{self.url}/tickets/T-1001")[1], first)
    self.assertEqual(self.executor.judge(record)[1]["status"], "precondition.changed")
    self.assertEqual([effect["key"] for effect in self.effects()], ["hand", "back"])

  def test_what_the_target_refuses_is_answered_as_failed_and_not_tried_again(self):
    record = self.permit(self.action(summary=""))
    _, result = self.executor.judge(record)
    self.assertEqual((result["status"], result["after"]), ("failed", None), result)
    self.assertIn("422", result["reason"])
    again = self.executor.judge(record)[1]
    self.assertEqual(again, result | {"reason": f"asked again: {result['reason']}"})

  def test_a_target_that_is_away_is_waited_for(self):
    record = self.permit(self.action())
    self.record.kill()
    for _ in range(2):
      with self.assertRaises(OSError):
        self.executor.judge(record)
    self.start_record()
    self.assertEqual(self.executor.judge(record)[1]["status"], "executed")

  def test_begun_without_result_is_unknown_until_the_target_knows_and_is_never_done_again(self):
    record = self.permit(self.action())
    claims = self.read(record)
    self.executor.store.started(claims)
    self.restarted()
    self.assertEqual(self.executor.judge(record)[1]["status"], "unknown")
    self.assertEqual(self.effects(), [])
    call("PUT", self.url + record["action"]["path"], record["action"]["body"], Idempotency_Key=claims["eff"])
    self.assertEqual(self.executor.judge(record)[1]["status"], "executed")
    self.assertEqual(len(self.effects()), 1)

  def test_records_that_are_no_permits_are_refused(self):
    for record in ({}, {"permit": None, "action": {}}, {"permit": "a.b.c", "action": {}}, {"permit": {"a": 1}},
                   {"permit": "x" * 100_000, "action": []}, self.permit(self.action()) | {"action": None},
                   self.permit(self.action()) | {"holders": "x"}, self.permit(self.action()) | {"claims": {}}):
      self.refused(record, "")
    for changes in ({"eff": 7}, {"eff": None}, {"jti": []}, {"case": {}}, {"salt": 7}, {"pre": None}, {"act": None}):
      claims, result = self.executor.judge(self.permit(self.action(), **changes))
      self.assertIn(result["status"], ("refused", "precondition.changed"), changes)
    self.assertEqual(self.effects(), [])

  def test_a_key_id_that_no_text_can_hold_does_not_stop_the_answer(self):
    head = encoded(b'{"alg":"EdDSA","typ":"countersign-permit+jwt","kid":"\\ud800"}')
    claims, result = self.executor.judge({"permit": f"{head}.e30.AAAA", "action": {}})
    self.assertEqual(result["status"], "refused")
    self.assertIn(b"answer", self.executor.statement(claims, "case-1", result))

  def test_what_one_person_decided_alone_is_done_unless_it_is_told_to_refuse(self):
    self.options.refuse_glass = "yes"
    result = self.executor.judge(self.permit(self.action(), glass="a grant"))[1]
    self.assertEqual((result["status"], "broken glass" in result["reason"]), ("refused", True))
    self.assertEqual(self.effects(), [])
    self.options.refuse_glass = ""
    self.assertEqual(self.executor.judge(self.permit(self.action(), glass="a grant"))[1]["status"], "executed")

  def test_the_answer_is_signed_and_holds_the_digests_of_the_states_beside_it(self):
    record = self.permit(self.action())
    claims, result = self.executor.judge(record)
    body = json.loads(self.executor.statement(claims, "case-1", result))
    public = jwt.PyJWK(json.loads(self.signer.jwks())["keys"][0])
    said = jwt.decode(body["answer"], public, ["EdDSA"])
    self.assertEqual((said["eff"], said["jti"], said["case"], said["status"], said["iss"]),
                     (claims["eff"], claims["jti"], "case-1", "executed", "demo-executor"))
    self.assertEqual(said["before_digest"], sha256(canonical(body["before"])))
    self.assertEqual(said["after_digest"], sha256(canonical(body["after"])))
    self.assertEqual(jwt.get_unverified_header(body["answer"])["typ"], "countersign-execution+jwt")

  def test_an_answer_stays_under_the_size_of_a_message(self):
    huge = {"status": "executed", "reason": "", "before": {"text": "x" * 600_000}, "after": {"text": "y" * 600_000}}
    form = self.executor.statement({"eff": "e", "jti": "j"}, "case-1", huge)
    said = jwt.decode(json.loads(form)["answer"], options={"verify_signature": False})
    self.assertLess(len(form), 2000)
    self.assertEqual(said["after_digest"], sha256(canonical(huge["after"])))


class Holder(http.server.BaseHTTPRequestHandler):
  """A vault: answers the values it has; the server counts who asked with what."""

  def do_POST(self):
    asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
    self.server.asked.append((self.path, asked))
    content = json.dumps({"values": self.server.values}).encode()
    self.send_response(getattr(self.server, "status", 200))
    self.send_header("Content-Length", str(len(content)))
    self.end_headers()
    self.wfile.write(content)

  def log_message(self, *_):
    pass


class Redeeming(PermitCase):
  def setUp(self):
    super().setUp()
    self.holder = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Holder)
    self.holder.asked = []
    self.holder.values = {"tok_mail_1": "ingrid.falk@mailbox.example", "tok_name_2": 'Ingrid "I" \n'}
    threading.Thread(target=self.holder.serve_forever).start()
    self.addCleanup(self.holder.server_close)
    self.addCleanup(self.holder.shutdown)
    self.place = f"http://127.0.0.1:{self.holder.server_port}"
    self.options.holders = f"http://127.0.0.1:1,{self.place}"
    self.executor = Executor(self.options)
    self.mail = MAIL | {"body": {
      "thread": "M-4001", "to": ["tok_mail_1"], "subject": "Re", "text": "Dear tok_name_2, \\tok_name_2 goes out."}}

  def test_tokens_become_real_values_at_the_last_moment(self):
    holders = {"tok_mail_1": self.place, "tok_name_2": self.place, "tok_unused": "http://x"}
    record = self.permit(self.mail, holders=holders)
    result = self.executor.judge(record)[1]
    self.assertEqual(result["status"], "executed", result)
    sent = call("GET", f"{self.url}/mails?thread=M-4001")[1]["messages"][-1]
    self.assertEqual(sent["to"], ["ingrid.falk@mailbox.example"])
    self.assertEqual(sent["text"], 'Dear Ingrid "I" \n, \\Ingrid "I" \n goes out.')
    [(path, asked)] = self.holder.asked
    self.assertEqual((path, asked["permit"], sorted(asked["tokens"])),
                     ("/v1/redeem", record["permit"], ["tok_mail_1", "tok_name_2"]))

  def test_a_holder_that_cannot_tell_now_is_asked_again(self):
    record = self.permit(self.mail, holders={"tok_mail_1": self.place, "tok_name_2": self.place})
    self.holder.status = 503
    with self.assertRaises(OSError):
      self.executor.judge(record)
    self.assertEqual(self.effects(), [])
    self.holder.status = 200
    self.assertEqual(self.executor.judge(record)[1]["status"], "executed")

  def test_holders_that_policy_did_not_sign_are_refused(self):
    record = self.permit(self.mail, holders={"tok_mail_1": "http://127.0.0.1:1", "tok_name_2": self.place})
    record["holders"] = {"tok_mail_1": self.place, "tok_name_2": self.place}
    result = self.executor.judge(record)[1]
    self.assertEqual((result["status"], "permitted holders" in result["reason"]), ("refused", True))
    self.assertEqual(self.holder.asked, [])

  def test_a_permit_is_shown_to_trusted_holders_only(self):
    stranger = {"tok_mail_1": self.place, "tok_name_2": self.place + "/other"}
    result = self.executor.judge(self.permit(self.mail, holders=stranger))[1]
    self.assertEqual((result["status"], "not trusted" in result["reason"]), ("refused", True))
    self.assertNotIn("/other", [path for path, _ in self.holder.asked])
    self.assertEqual(self.effects(), [])

  def test_no_mail_leaves_with_a_token_in_it(self):
    result = self.executor.judge(self.permit(self.mail, holders={"tok_mail_1": self.place}))[1]
    self.assertEqual((result["status"], "without a holder" in result["reason"]), ("refused", True))
    both = {"tok_mail_1": self.place, "tok_name_2": self.place}
    for values in ({"tok_mail_1": "a@b.example"}, {"tok_mail_1": 7, "tok_name_2": "x"}, []):
      self.holder.values = values
      self.assertEqual(self.executor.judge(self.permit(self.mail, holders=both))[1]["status"], "refused", values)
    self.assertEqual(self.effects(), [])

  def test_nothing_is_redeemed_when_the_target_changed(self):
    both = {"tok_mail_1": self.place, "tok_name_2": self.place}
    record = self.permit(self.mail, holders=both, pre="0" * 64)
    self.assertEqual(self.executor.judge(record)[1]["status"], "precondition.changed")
    self.assertEqual(self.holder.asked, [])


class Keys(PermitCase):
  def test_keys_come_by_http_too_and_a_new_one_is_found(self):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Published)
    server.content = self.policy.jwks()
    threading.Thread(target=server.serve_forever).start()
    self.addCleanup(server.server_close)
    self.addCleanup(server.shutdown)
    self.options.policy_jwks = f"http://127.0.0.1:{server.server_port}/.well-known/jwks.json"
    executor = Executor(self.options)
    self.assertEqual(executor.judge(self.permit(self.action()))[1]["status"], "executed")
    rotated = Signer("policy-2")
    both = json.loads(self.policy.jwks())["keys"] + json.loads(rotated.jwks())["keys"]
    server.content = json.dumps({"keys": both})
    time.sleep(1.1)
    self.assertEqual(executor.judge(self.permit(self.action("T-1002"), signer=rotated))[1]["status"], "executed")

    # Revoked, the first one is believed for five seconds more at most.
    server.content = rotated.jwks()
    time.sleep(5.1)
    result = executor.judge(self.permit(self.action("T-1003")))[1]
    self.assertEqual((result["status"], "Unable to find a signing key" in result["reason"]), ("refused", True), result)

  def test_keys_that_cannot_be_had_are_waited_for(self):
    for place in ("http://127.0.0.1:1/jwks.json", self.path("absent.json")):
      self.options.policy_jwks = place
      with self.assertRaises(OSError):
        Executor(self.options).judge(self.permit(self.action()))


class Published(Holder):
  def do_GET(self):
    self.send_response(200)
    self.end_headers()
    self.wfile.write(self.server.content.encode())


if __name__ == "__main__":
  unittest.main()
