import HTTPTypes
import Host
import Hummingbird
import JSON
import Storage
import Wire

/// What an ended case was about, how it ended and whose decisions counted: all that intake needs to make another case of it.
struct EndedCase {
  enum Missing: Error, Equatable {
    case open
    /// What it was about is erased or damaged.
    case content
  }
  let outcome: String
  /// As it was admitted.
  let admitted: JSON
  /// `ISSUER SUBJECT` of everybody whose decision counted, also where it was taken back.
  let deciders: [String]

  /// - Parameter hops: all records of the case, in order.
  init(_ hops: [Hop]) throws(Missing) {
    guard let outcome = hops.last(where: { $0.header(Header.type) == CaseEnded.type })?.header(Fact.outcome.rawValue) else { throw .open }
    guard let admitted = hops.first(where: { $0.header(Header.type) == CaseAdmitted.type })?.content else { throw .content }
    var deciders: [String] = []
    for hop in hops where hop.header(Header.type) == DecisionJudged.type {
      // Whoever cannot be named cannot be kept away from it either.
      guard let fields = hop.content.flatMap({ try? Fields($0) }), let judged = try? DecisionJudged(fields) else { throw .content }
      guard let person = judged.person, judged.result == .counted || judged.result == .complete else { continue }
      if !deciders.contains(person) { deciders.append(person) }
    }
    (self.outcome, self.admitted, self.deciders) = (outcome, admitted, deciders)
  }
}

extension Edge {
  /// `GET /v1/cases/{id}/ended`, with the token of `ENDED_TOKEN_FILE`, which opens nothing else.
  func tellEnded(_ id: String, _ request: Request) throws -> Response {
    guard request.bears(endedToken) else {
      throw Problem(.forbidden, "forbidden", "The bearer token of ENDED_TOKEN_FILE was expected.")
    }
    let id = try checkedID(id)
    let hops: [Hop] = try road.store.read { transaction in
      guard try transaction.load(Tables.cases, [[.text(id)]])[0] != nil, let extent = try Extent(transaction) else {
        throw Problem(.notFound, "case.unknown", "Audit knows no case \(id).")
      }
      let positions = try Entries.positions(of: id, limit: Self.storyLimit + 1, transaction)
      guard positions.count <= Self.storyLimit else { throw Problem(.gone, "case.gone", "The case has more records than are read at once.") }
      return try read(positions, extent, transaction)
    }
    do throws(EndedCase.Missing) {
      let ended = try EndedCase(hops)
      return jsonResponse([
        "case": .string(id), "outcome": .string(ended.outcome), "admitted": ended.admitted, "deciders": .array(ended.deciders.map { .string($0) }),
      ])
    } catch {
      // Whose it is, so that intake tells nobody else that there is such a case.
      let origin = hops.first { $0.header(Header.type) == CaseAdmitted.type }?.header(Fact.origin.rawValue)
      let more: [(String, JSON)] = origin.map { [("origin", .string($0))] } ?? []
      switch error {
      case .open: throw Problem(.conflict, "case.open", "The case has not ended.", more: more)
      case .content: throw Problem(.gone, "case.gone", "What the case was about, or who decided it, is not kept any more.", more: more)
      }
    }
  }
}
