import HTTPTypes
import Host
import Hummingbird
import Identity
import JSON
import Lanes
import Wire

extension Edge {
  var memory: CaseMemory { CaseMemory(store: road.store) }
  var health: HealthReport { HealthReport(memory: memory, duty: decider.duty, now: now, lately: healths) }

  /// A case's story for somebody, which is remembered as read. - Returns: the refusal, where there is one.
  func story(_ key: String, for person: Person) async throws -> (known: KnownCase?, hops: [Hop], isOpen: Bool, refusal: DeskAnswer?) {
    let known = try memory.find(key)
    let answer = try await perform(key, person, .recall(mayRecallEnded: known?.mayBeSeen(by: person, people) ?? false))
    guard !answer.isRefusal else { return (nil, [], false, answer) }
    return (known, try memory.story(of: key), answer.body["open"]?.bool ?? false, nil)
  }

  /// What the reviewer remembers, for frontends of one's own.
  func addMemory(_ router: Router<BasicRequestContext>) {
    router.get("/v1/queues/health") { _, _ in
      let queues = try health.queues(for: try person())
      return jsonResponse(["now": .string(now.description), "queues": .array(queues.map { $0.json(now: now) })])
    }
    router.get("/v1/queues/skips") { _, _ in
      let found = try memory.skips(for: try person(), now: now)
      return jsonResponse(["now": .string(now.description), "days": .integer(Int64(CaseMemory.skipDays)), "skips": .array(found.map(\.json))])
    }
    router.get("/v1/cases/:case/story") { _, context in
      let (person, key) = (try person(), try Edge.key(context))
      let story = try await story(key, for: person)
      if let refusal = story.refusal { return try refusal.response() }
      return jsonResponse([
        "case": .string(key), "open": .bool(story.isOpen), "workflow": story.known.map { .string($0.workflow) } ?? .null,
        "queue": story.known.map { .string($0.queue) } ?? .null, "hops": .array(story.hops.map(\.json)),
        "alike": .array(try memory.alike(key, for: person, people).map(\.json)),
      ])
    }
    router.get("/v1/tasks/:case/alike") { _, context in
      let (person, key) = (try person(), try Edge.key(context))
      let answer = try await perform(key, person, .view)
      guard !answer.isRefusal else { return try answer.response() }
      return jsonResponse(["cases": .array(try memory.alike(key, for: person, people).map(\.json))])
    }
  }

  /// Opening one source, for frontends of one's own.
  func addSources(_ router: Router<BasicRequestContext>) {
    router.post("/v1/tasks/:case/sources/:source/view") { _, context in
      let (person, key) = (try person(), try Edge.key(context))
      return try await perform(key, person, .openSource(try Edge.source(context))).response()
    }
  }

  /// The source that the path names. - Throws: 404 for what no name looks like.
  static func source(_ context: BasicRequestContext) throws(Problem) -> String {
    let name = context.parameters.get("source") ?? ""
    let isName = name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F }
    guard (1...80).contains(name.utf8.count), isName else { throw Problem(.notFound, "source.unknown", "The case rests on no source of that name.") }
    return name
  }
}

extension PageRoutes {
  /// Pages of what the reviewer remembers, and the opening of sources.
  func addMemory(_ router: Router<BasicRequestContext>) {
    router.get("/queues") { _, _ in
      let visitor = try visitor()
      let leads = Gate.isLead(visitor.person) || visitor.person.groups.contains(dutyGroup)
      let page = HealthPage(
        queues: try edge.health.queues(for: visitor.person), now: edge.now, skips: leads ? try edge.memory.skips(for: visitor.person, now: edge.now) : nil,
        people: edge.people)
      return Layout.response(layout(visitor).page("Queues", page.html))
    }
    router.get("/cases/:case") { _, context in
      let visitor = try visitor()
      let key = try Edge.key(context)
      let story = try await edge.story(key, for: visitor.person)
      if let refusal = story.refusal {
        let main: HTML = "<h1>Not yours to see</h1><p>\(refusal.detail)</p><p><a href=\"/\">To your tasks</a></p>"
        return Layout.response(layout(visitor).page("Case", main), status: .init(code: refusal.status))
      }
      let page = StoryPage(
        key: key, known: story.known, hops: story.hops, alike: try edge.memory.alike(key, for: visitor.person, edge.people),
        people: edge.people, isOpen: story.isOpen,
        formToken: Gate.isLead(visitor.person) || visitor.person.groups.contains(dutyGroup) ? sessions.formToken(cookie: visitor.cookie) : nil)
      return Layout.response(layout(visitor).page("Story", page.html))
    }
    router.post("/tasks/:case/sources/:source/view") { request, context in
      let (key, source) = (try Edge.key(context), try Edge.source(context))
      let (visitor, _) = try await posted(request)
      let answer = try await edge.perform(key, visitor.person, .openSource(source))
      guard !answer.isRefusal else { return try await show(key, visitor, refused: answer) }
      return Layout.redirect("/tasks/\(key)#source-\(source)")
    }
  }
}
