import JSON

/// What intake answered to an item.
struct Publication: Sendable {
  enum Answer: Sendable, Equatable {
    case accepted(caseID: String)
    /// It was there already, with this case.
    case repeated(caseID: String)
    case rejected(code: String, detail: String)
    case unanswered(String)
  }
  let item: Item
  let answer: Answer

  var caseID: String? {
    switch answer {
    case .accepted(let id), .repeated(let id): id
    case .rejected, .unanswered: nil
    }
  }
}

/// Sends items to intake, several at a time, each until it has an answer.
struct Publisher: Sendable {
  /// How often one item is sent at most; intake takes it once however often it comes.
  static let attempts = 20

  let intake: WebClient
  let concurrency: Int

  /// - Parameter progress: called after each answer, in any order.
  func publish(_ items: [Item], progress: (Int) -> Void) async -> [Publication] {
    await withTaskGroup(of: (Int, Publication).self) { group in
      var next = 0
      func start() {
        guard next < items.count else { return }
        let index = next
        next += 1
        group.addTask { (index, await send(items[index])) }
      }
      for _ in 0..<concurrency { start() }
      var found: [Int: Publication] = [:]
      while let (index, publication) = await group.next() {
        found[index] = publication
        progress(found.count)
        start()
      }
      return items.indices.compactMap { found[$0] }
    }
  }

  private func send(_ item: Item) async -> Publication {
    var reason = ""
    for attempt in 0..<Self.attempts {
      do {
        let answer = try await intake.post("/v1/items", json: item.body)
        switch answer.status {
        case 200..<300:
          guard let id = answer.json?["case"]?.string else {
            return Publication(item: item, answer: .unanswered("intake named no case"))
          }
          return Publication(item: item, answer: answer.status == 200 ? .repeated(caseID: id) : .accepted(caseID: id))
        case 429, 500...:
          reason = answer.json?["detail"]?.string ?? "status \(answer.status)"
          try await Task.sleep(for: .seconds(min(answer.retryAfter ?? 1, 30)))
        default: return Publication(item: item, answer: rejection(answer))
        }
      } catch {
        reason = "\(error)"
        // The first one tells whether anybody is there at all.
        if attempt >= 4 { break }
        try? await Task.sleep(for: .milliseconds(300))
      }
    }
    return Publication(item: item, answer: .unanswered(reason))
  }

  private func rejection(_ answer: WebClient.Answer) -> Publication.Answer {
    let json = answer.json
    let places = (json?["violations"]?.array ?? []).prefix(5).map { violation in
      "\(violation["pointer"]?.string ?? ""): expected \(violation["expected"]?.string ?? ""), found \(violation["found"]?.string ?? "")"
    }
    let detail = places.isEmpty ? json?["detail"]?.string ?? "" : places.joined(separator: "; ")
    return .rejected(code: json?["code"]?.string ?? "status \(answer.status)", detail: detail)
  }
}
