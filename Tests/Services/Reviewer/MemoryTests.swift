import Identity
import JSON
import Lanes
import Storage
import Testing
import Wire

@testable import countersign_reviewer

/// What the reviewer remembers of cases beside their tasks: stories, cases that say the same, and how queues stand.
@Suite struct MemoryTests {
  private static let other = "01a20c93-e606-71e1-ac02-b6790b57db41"
  private static let third = "01a20c93-e606-71e1-ac02-b6790b57db42"
  private static let near = String(repeating: "ab", count: 32)

  private func decide(_ rig: DeskRig, _ person: Person, _ caseID: String = DeskFixture.caseID, _ verb: String = "approve", code: String = "") throws {
    let task = try #require(try rig.states()[caseID])
    let body: JSON = ["version": .integer(task.version), "view": .string(task.view), "verb": .string(verb), "code": .string(code), "words": "because"]
    let submission = try Submission(body, caseID: caseID, person: person, strength: "token", idempotency: "k")
    #expect(try rig.command(person, .decide(submission), caseID: caseID).status == 202)
  }

  private func told(_ rig: DeskRig, _ caseID: String = DeskFixture.caseID) throws -> [String] {
    try CaseMemory(store: rig.store).story(of: caseID).map(\.what)
  }

  @Test func aStoryOutlivesItsTask() throws {
    let rig = try DeskRig()
    try rig.say(DeskFixture.request())
    rig.clock.move(1)
    _ = try rig.command(DeskFixture.ada, .claim)
    rig.clock.move(1)
    _ = try rig.command(DeskFixture.ada, .view)
    rig.clock.move(1)
    try decide(rig, DeskFixture.ada)
    rig.clock.move(1)
    try rig.say(ReviewClosed(reason: "released"))
    #expect(try rig.states().isEmpty)
    #expect(try told(rig) == ["opened", "claimed", "viewed", "decided", "closed"])
    let hops = try CaseMemory(store: rig.store).story(of: DeskFixture.caseID)
    #expect(hops[0].body["request"] == nil, "case files are not kept twice")
    let (decided, ended) = (hops[3].words { "Name of \($0)" }, hops[4].words { $0 })
    #expect(decided.what == "Name of P-ada decided: approve" && decided.said == "because")
    #expect(ended.what == "Ended" && ended.said == "released")
  }

  @Test func anOldBackupRemembersWhatHappenedSince() throws {
    let rig = try DeskRig()
    let empty = try rig.store.snapshot()
    try rig.say(DeskFixture.request(nearHash: Self.near))
    rig.clock.move(1)
    _ = try rig.command(DeskFixture.ada, .claim)
    let before = try told(rig)
    try rig.restart(on: empty)
    #expect(try told(rig) == before)
    #expect(try CaseMemory(store: rig.store).find(DeskFixture.caseID)?.queue == "payments")
  }

  @Test func whoMayReadAStory() throws {
    let rig = try DeskRig()
    try rig.say(DeskFixture.request(requester: "P-ada", barred: ["\(Person.issuer) P-ben"]))
    let known = try #require(try CaseMemory(store: rig.store).find(DeskFixture.caseID))
    let may = { (person: Person) in known.mayBeSeen(by: person, DeskFixture.people) }
    #expect(may(DeskFixture.lead) && may(DeskFixture.duty))
    #expect(!may(DeskFixture.stranger) && !may(DeskFixture.ada) && !may(DeskFixture.again) && !may(DeskFixture.ben))
  }

  @Test func readingAStoryIsRemembered() throws {
    let rig = try DeskRig()
    try rig.say(DeskFixture.request())
    #expect(try rig.command(DeskFixture.stranger, .recall(mayRecallEnded: false)).status == 403)
    #expect(try rig.command(DeskFixture.ada, .recall(mayRecallEnded: false)).body["open"] == true)
    rig.clock.move(1)
    try rig.say(ReviewClosed(reason: "withdrawn"))
    #expect(try rig.command(DeskFixture.ada, .recall(mayRecallEnded: false)).status == 404)
    rig.clock.move(1)
    #expect(try rig.command(DeskFixture.ada, .recall(mayRecallEnded: true)).body["open"] == false)
    #expect(try told(rig) == ["opened", "viewed", "closed", "viewed"])
    try rig.checkFold()
  }

  @Test func casesThatSayTheSameAreLinkedWithWhatWasDecided() throws {
    let rig = try DeskRig()
    let memory = CaseMemory(store: rig.store)
    try rig.say(DeskFixture.request(nearHash: Self.near))
    try rig.say(DeskFixture.request(nearHash: Self.near), caseID: Self.other)
    try rig.say(DeskFixture.request(nearHash: String(repeating: "cd", count: 32)), caseID: Self.third)
    #expect(try memory.alike(DeskFixture.caseID, for: DeskFixture.ada, DeskFixture.people).map(\.key) == [Self.other])
    #expect(try memory.alike(Self.third, for: DeskFixture.ada, DeskFixture.people).isEmpty)
    #expect(try memory.alike(DeskFixture.caseID, for: DeskFixture.stranger, DeskFixture.people).isEmpty)
    try decide(rig, DeskFixture.ben, Self.other, "reject", code: "wrong_answer")
    var like = try #require(try memory.alike(DeskFixture.caseID, for: DeskFixture.ada, DeskFixture.people).first)
    #expect(like.state == .waiting && like.decision?.verb == "reject" && like.decision?.person == "P-ben")
    rig.clock.move(1)
    _ = try rig.command(DeskFixture.ben, .undo, caseID: Self.other)
    like = try #require(try memory.alike(DeskFixture.caseID, for: DeskFixture.ada, DeskFixture.people).first)
    #expect(like.state == .open && like.decision == nil, "what was taken back is no decision")
    rig.clock.move(1)
    try rig.say(ReviewClosed(reason: "withdrawn"), caseID: Self.other)
    like = try #require(try memory.alike(DeskFixture.caseID, for: DeskFixture.ada, DeskFixture.people).first)
    #expect(like.state == .ended && like.reason == "withdrawn")
    #expect(try rig.states().count == 2, "linked, not merged")
  }

  @Test(arguments: ["", "xyz", "AB", String(repeating: "g", count: 64), "ab' OR 1=1"]) func whatIsNoDigestLinksNothing(hash: String) throws {
    let rig = try DeskRig()
    for caseID in [DeskFixture.caseID, Self.other] { try rig.say(DeskFixture.request(nearHash: hash), caseID: caseID) }
    #expect(try CaseMemory(store: rig.store).alike(DeskFixture.caseID, for: DeskFixture.ada, DeskFixture.people).isEmpty)
  }

  @Test func whileAGroupIsNotAtWorkTheOfficerOwnsItsTasks() throws {
    let rig = try DeskRig()
    try rig.say(DeskFixture.request())
    let hours = "calendars: {office: {zone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}}}\nshifts: {agents: office}"
    let file = SchedulesFile(hours, people: DeskFixture.people)
    #expect(file.mistakes.isEmpty, "\(file.mistakes)")
    // Seven in the morning in Berlin.
    let queue = try #require(try health(rig, schedules: file.schedules))
    #expect(queue.owners == QueueHealth.Owners(duty: 1))
    #expect(try health(rig)?.owners == QueueHealth.Owners(group: 1))
  }

  private func health(
    _ rig: DeskRig, _ person: Person = DeskFixture.ada, _ people: People = DeskFixture.people, schedules: Schedules = .none
  ) throws -> QueueHealth? {
    let report = HealthReport(memory: CaseMemory(store: rig.store), duty: Duty(people: people, schedules: schedules), now: rig.clock.story)
    let queues = try report.queues(for: person)
    #expect(queues.allSatisfy { $0.unowned == 0 })
    return queues.first
  }

  @Test func aQueueTellsHowItStandsAndWhereItGoes() throws {
    let rig = try DeskRig()
    for caseID in [DeskFixture.caseID, Self.other, Self.third] { try rig.say(DeskFixture.request(), caseID: caseID) }
    _ = try rig.command(DeskFixture.ada, .claim)
    rig.clock.move(590)
    try rig.say(ReviewClosed(reason: "withdrawn"), caseID: Self.third)
    var queue = try #require(try health(rig))
    #expect(queue.queue == "payments" && queue.open == 2 && queue.free == 1)
    #expect([queue.arrived, queue.ended, queue.dueSoon, queue.openInAnHour, queue.lateInAnHour] == [3, 1, 2, 4, 1])
    #expect(queue.oldest == DeskFixture.now)
    rig.clock.move(400)
    try rig.run()
    queue = try #require(try health(rig))
    #expect(queue.breached == 2)
    rig.clock.move(7_200)
    try rig.run()
    queue = try #require(try health(rig))
    #expect(queue.arrived + queue.ended == 0, "what is longer ago than an hour foretells nothing")
    #expect(try health(rig, DeskFixture.stranger) == nil)
  }

  static let owners: [(people: People, group: Int, duty: Int, accountable: Int)] = [
    (DeskFixture.people, 1, 0, 0), (People([DeskFixture.ada, DeskFixture.duty]), 0, 1, 0), (People([DeskFixture.ada]), 0, 0, 1),
    (People([DeskFixture.ben, DeskFixture.duty]), 1, 0, 0),
  ]

  @Test(arguments: owners) func nothingIsWithoutAnOwner(people: People, group: Int, duty: Int, accountable: Int) throws {
    let rig = try DeskRig()
    try rig.say(DeskFixture.request(requester: "P-ada"))
    let queue = try #require(try health(rig, DeskFixture.duty, people))
    #expect([queue.owners.group, queue.owners.duty, queue.owners.accountable] == [group, duty, accountable])
  }

  @Test func pagesShowWhatIsRemembered() throws {
    let rig = try DeskRig()
    try rig.say(DeskFixture.request(nearHash: Self.near))
    try rig.say(DeskFixture.request(nearHash: Self.near), caseID: Self.other)
    let memory = CaseMemory(store: rig.store)
    let story = StoryPage(
      key: DeskFixture.caseID, known: try memory.find(DeskFixture.caseID), hops: try memory.story(of: DeskFixture.caseID),
      alike: try memory.alike(DeskFixture.caseID, for: DeskFixture.ada, DeskFixture.people), people: DeskFixture.people, isOpen: true
    ).html.text
    #expect(story.contains("Asked, version 1") && story.contains("Others that say the same") && story.contains("href=\"/tasks/\(Self.other)\""))
    let page = HealthPage(queues: [try #require(try health(rig))], now: rig.clock.story).html.text
    #expect(page.contains("href=\"/?queue=payments\"") && page.contains("2 came, 0 ended") && page.contains("none"))
  }

  @Test func whatIsOldIsForgotten() throws {
    let rig = try DeskRig()
    try rig.say(DeskFixture.request())
    try rig.say(DeskFixture.request(), caseID: Self.other)
    try rig.say(ReviewClosed(reason: "withdrawn"), caseID: Self.other)
    let memory = CaseMemory(store: rig.store)
    let later = rig.clock.story.adding(seconds: 31 * 86_400)
    try memory.forget(before: later)
    #expect(try told(rig, Self.other).isEmpty && told(rig) == ["opened"], "what is open is kept")
  }

  @Test func whatPeopleLeaveToOthersIsToldByPersonAndReason() throws {
    let rig = try DeskRig(), memory = CaseMemory(store: rig.store)
    for id in [DeskFixture.caseID, Self.other] {
      try rig.say(DeskFixture.request(), caseID: id)
      let note = try Note(["code": "no_time"], caseID: id, person: "P-ada", idempotency: id)
      #expect(try rig.command(DeskFixture.ada, .skip(note), caseID: id).status == 200)
    }
    try rig.say(DeskFixture.request(), caseID: Self.third)
    try decide(rig, DeskFixture.ada, Self.third)
    let now = rig.clock.story
    let told = try #require(try memory.skips(for: DeskFixture.duty, now: now).first)
    #expect(told.person == "P-ada" && told.skipped == 2 && told.decided == 1 && told.codes == ["no_time": 2])
    #expect(try memory.skips(for: DeskFixture.stranger, now: now).isEmpty, "of queues that ask none of one's groups nothing is told")
    #expect(try memory.skips(for: DeskFixture.duty, now: now.adding(seconds: 8 * 86_400)).isEmpty)
  }

  @Test func aP95IsToldFromEnoughCasesOn() throws {
    let rig = try DeskRig()
    func p95() throws -> Double? {
      try HealthReport(memory: CaseMemory(store: rig.store), duty: rig.decider.duty, now: rig.clock.story).queues(for: DeskFixture.ada).first?.p95
    }
    for number in 0..<59 {
      #expect(try p95() == nil)
      let id = "01a20c93-e606-71e1-ac02-b6790b5800" + (number < 10 ? "0\(number)" : "\(number)")
      try rig.say(DeskFixture.request(), caseID: id)
      rig.clock.move(number < 57 ? 60 : 600)
      try rig.say(ReviewClosed(reason: "released"), caseID: id)
    }
    #expect(try p95() == 60, "57 of 59 took a minute")
  }
}
