import json
import subprocess
import sys
import unittest

import confluent_kafka
from support import WORLD, Case, encoded

from cloudevents import attributes
from verify_count import Count

OUTCOME, ISSUED = "countersign.outcome.v1", "countersign.permit.issued.v1"


class World:
  """Writes what a sound system would: numbers each record of a topic and keeps the whole."""

  def __init__(self):
    self.records, self.performed, self.numbers = [], [], {}

  def put(self, topic, type, case, body, sequence=None, epoch=1):
    self.numbers[topic] = sequence or self.numbers.get(topic, 0) + 1
    headers = {"ce_type": type, "ce_sequence": str(self.numbers[topic]), "ce_epoch": str(epoch)}
    self.records.append((topic, 0, headers | ({"ce_subject": case} if case else {}), body))

  def case(self, name, outcome="executed", effects=1, permit=True):
    self.put("cases", "countersign.case.admitted.v1", name, {})
    if permit:
      self.put("permits", ISSUED, name, {"permit": "h." + encoded(json.dumps(
        {"eff": f"eff-{name}", "case": name}).encode()) + ".s"})
    self.performed += [{"key": f"eff-{name}"}] * effects
    if outcome:
      self.put("outcomes", OUTCOME, name, {"case": name, "outcome": outcome})

  def report(self, **arguments):
    count = Count()
    for topic, partition, headers, body in self.records:
      count.take(topic, partition, headers, json.dumps(body).encode())
    return count.report(self.performed, **arguments)


class Counting(unittest.TestCase):
  def setUp(self):
    self.world = World()
    for number in range(3):
      self.world.case(f"case-{number}")

  def breaches(self, **arguments):
    return self.world.report(**arguments)["breaches"]

  def test_a_sound_run_has_no_breach(self):
    self.world.case("rejected", "rejected", effects=0, permit=False)
    report = self.world.report(expected=4)
    self.assertEqual(report["breaches"], {})
    self.assertEqual((report["accepted"], report["outcomes"], report["executions"], report["by_outcome"]),
                     (4, 4, 3, {"executed": 3, "rejected": 1}))

  def test_an_accepted_case_without_outcome_is_missing(self):
    self.world.case("lost", outcome=None, effects=0)
    self.world.put("intake.replies", "countersign.item.duplicate.v1", None, {"case": "answered-only"})
    self.assertEqual(self.breaches(), {"missing": ["answered-only", "lost"]})

  def test_fewer_accepted_cases_than_were_sent_is_a_breach(self):
    self.assertEqual(self.breaches(expected=5), {"too_few_accepted": 2})

  def test_a_record_that_was_sent_again_is_counted_and_no_breach(self):
    self.world.records += self.world.records[:2]
    report = self.world.report()
    self.assertEqual((report["wire_duplicates"], report["breaches"]), (2, {}))

  def test_one_number_with_two_contents_is_a_breach(self):
    self.world.put("cases", "t", "case-9", {"other": 1}, sequence=2)
    self.assertEqual(self.breaches(), {"numbers_with_two_contents": 1})

  def test_a_number_that_never_comes_is_a_breach_until_it_comes(self):
    self.world.put("cases", "t", "case-0", {}, sequence=6)
    self.assertEqual(self.breaches(), {"numbers_missing": 2})
    self.world.put("cases", "t", "case-0", {}, sequence=4)
    self.world.put("cases", "t", "case-0", {}, sequence=5)
    self.assertEqual(self.breaches(), {})

  def test_an_old_epoch_is_a_zombie_and_a_newer_one_at_an_old_number_is_a_breach(self):
    self.world.put("outcomes", OUTCOME, "case-0", {"outcome": "executed"}, sequence=4, epoch=2)
    self.world.put("outcomes", OUTCOME, "case-1", {"outcome": "rejected"}, sequence=5, epoch=1)
    report = self.world.report()
    self.assertEqual((report["zombies"], report["breaches"]), (1, {}))
    self.world.put("outcomes", OUTCOME, "case-1", {"outcome": "rejected"}, sequence=2, epoch=3)
    self.assertEqual(self.breaches(), {"numbers_gone_back": 1})

  def test_an_effect_that_happened_twice_is_a_breach(self):
    self.world.case("double", effects=2)
    self.assertEqual(self.breaches(), {
      "effects_repeated": ["eff-double"], "executed_without_one_execution": ["double"]})

  def test_executed_without_an_execution_is_a_breach(self):
    self.world.case("claimed", effects=0)
    self.assertEqual(self.breaches(), {"executed_without_one_execution": ["claimed"]})

  def test_an_outcome_that_names_its_effect_is_held_to_that_one(self):
    self.world.case("named", outcome=None)
    self.world.put("outcomes", OUTCOME, "named", {"outcome": "executed", "eff": "another"})
    self.assertEqual(self.breaches(), {"executed_without_one_execution": ["named"]})

  def test_an_execution_without_permit_or_against_the_outcome_is_a_breach(self):
    self.world.case("unasked", "rejected", permit=False)
    self.world.case("blocked", "blocked")
    self.assertEqual(self.breaches(), {
      "executions_without_permit": ["eff-unasked"], "executions_against_the_outcome": ["blocked"]})

  def test_two_outcomes_of_a_case_contradict_unless_the_first_was_unknown(self):
    self.world.put("outcomes", OUTCOME, "case-0", {"outcome": "failed"})
    self.world.case("late", "effect_unknown")
    self.world.put("outcomes", OUTCOME, "late", {"outcome": "executed"})
    self.assertEqual(self.breaches(), {"contradicting_outcomes": ["case-0"]})

  def test_what_no_service_numbered_is_foreign_and_counts_for_nothing(self):
    for number in (None, "x", "-"):
      headers = {"ce_type": OUTCOME, "ce_subject": "case-0"}
      headers |= {"ce_sequence": number, "ce_epoch": "1"} if number else {}
      self.world.records.append(("outcomes", 0, headers, {"outcome": "rejected"}))
    report = self.world.report()
    self.assertEqual((report["foreign"], report["breaches"]), (3, {}))

  def test_hostile_bodies_do_not_stop_the_count(self):
    count = Count()
    bodies = (b"", b"{", b"[]", b"[" * 100_000, b'{"outcome":[],"eff":{}}', b'{"permit":7}', b'{"permit":"a.*.c"}',
              b'{"answer":[]}', b'{"case":{}}')
    for topic, type in (("outcomes", OUTCOME), ("permits", ISSUED), ("effects", "t"), ("cases", "t")):
      for number, body in enumerate(bodies, 1):
        count.take(topic, 0, {"ce_type": type, "ce_sequence": str(number), "ce_epoch": "1"}, body)
    count.take("cases", 0, {"ce_sequence": str(10**12), "ce_epoch": "1", "ce_subject": "x"}, b"{}")
    self.assertEqual(count.report()["breaches"]["missing"], ["x"])

  def test_lost_heads_are_named_and_what_they_hide_is_no_breach(self):
    self.world.records = [record for record in self.world.records
                          if (record[0], record[2]["ce_sequence"]) not in (("outcomes", "1"), ("permits", "1"))]
    report = self.world.report()
    self.assertEqual((report["heads_lost"], report["breaches"]), ({"permits/0": 2, "outcomes/0": 2}, {}))


class Program(Case):
  def run_verify(self, *arguments):
    ended = subprocess.run([sys.executable, f"{WORLD}/verify.py", "--json", *arguments], capture_output=True, text=True,
                           timeout=60)
    return ended.returncode, json.loads(ended.stdout) if ended.stdout else ended.stderr

  def test_reads_files_and_exits_with_what_it_found(self):
    world = World()
    world.case("case-1")
    self.files(world)
    self.assertEqual(self.run_verify("--files", self.folder)[0], 0)
    world.case("case-2", outcome=None)
    self.files(world)
    status, report = self.run_verify("--files", self.folder)
    self.assertEqual((status, report["breaches"]), (1, {"missing": ["case-2"]}))

  def files(self, world):
    for topic in {record[0] for record in world.records}:
      self.path(f"{topic}.jsonl", "".join(json.dumps({"partition": partition, "headers": headers, "body": body}) + "\n"
                                          for name, partition, headers, body in world.records if name == topic))
    self.path("record.jsonl", "".join(json.dumps(effect) + "\n" for effect in world.performed))

  def test_cannot_tell_is_neither_sound_nor_a_breach(self):
    self.path("cases.jsonl", "{\n")
    self.assertEqual(self.run_verify("--files", self.folder)[0], 2)
    status, said = self.run_verify("--brokers", "127.0.0.1:1")
    self.assertEqual((status, said.splitlines()[-1].startswith("verify: cannot tell: ")), (2, True), said)

  def test_reads_topics_to_their_end_and_waits_for_outcomes(self):
    producer = confluent_kafka.Producer({"test.mock.num.brokers": 1})
    [broker] = producer.list_topics(timeout=10).brokers.values()
    self.start_record()
    world = World()
    world.case("case-1", "rejected", effects=0, permit=False)
    for topic, partition, headers, body in world.records:
      producer.produce(topic, json.dumps(body), headers=headers, partition=partition)
    self.assertEqual(producer.flush(20), 0)
    place = ["--brokers", f"{broker.host}:{broker.port}", "--record", self.url]
    self.assertEqual(self.run_verify(*place)[0], 0)
    producer.produce("cases", "{}", headers={"ce_subject": "case-2", "ce_sequence": "2", "ce_epoch": "1"}, partition=0)
    producer.flush(20)
    status, report = self.run_verify(*place, "--wait", "1")
    self.assertEqual((status, report["breaches"]), (1, {"missing": ["case-2"]}))

  def test_the_publisher_s_items_arrive_in_both_forms(self):
    producer = confluent_kafka.Producer({"test.mock.num.brokers": 1})
    [broker] = producer.list_topics(timeout=10).brokers.values()
    brokers = f"{broker.host}:{broker.port}"
    file = self.path("items.jsonl", '{"id": "T-1001", "data": {"subject": "é"}}\n')
    for options in ([], ["--plain"]):
      command = [sys.executable, f"{WORLD}/publish.py", "ticket-summary", file, "--brokers", brokers, *options]
      ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
      self.assertEqual((ended.returncode, ended.stdout), (0, "1 acknowledged, 0 not\n"), ended.stderr)
    consumer = confluent_kafka.Consumer({"bootstrap.servers": brokers, "group.id": "g"})
    consumer.assign([confluent_kafka.TopicPartition("intake", number, 0) for number in range(4)])
    event, plain = consumer.consume(2, 20)
    consumer.close()
    headers = dict(event.headers())
    self.assertEqual({name: headers[name] for name in ("ce_id", "ce_type", "ce_workflow", "ce_source")}, {
      "ce_id": b"T-1001", "ce_type": b"countersign.item.submitted.v1", "ce_workflow": b"ticket-summary",
      "ce_source": b"/demo/support"})
    self.assertEqual(json.loads(event.value()), {"subject": "é"})
    self.assertEqual(json.loads(plain.value()), {
      "workflow": "ticket-summary", "source": "/demo/support", "id": "T-1001", "data": {"subject": "é"}})
    self.assertLessEqual(set(attributes("s", "t")), set(headers))


if __name__ == "__main__":
  unittest.main()
