import Identity
import JSON
import Lanes
import Permits
import Wire

@testable import countersign_reviewer

/// The reviewer service of a road, and the people at its desk.
enum RoadReviewer {
  private static func person(_ id: String, _ group: String, duty: Bool = false) -> Person {
    Person(id: id, name: id, groups: [group], isDutyOfficer: duty, claim: id)
  }
  private static let people = [
    person("P-ben", "support-verifiers"), person("P-lena", "support-verifiers"), person("P-noor", "support-leads"),
    person("P-tara", "support-leads"), person("P-rita", "bench-reviewers"), person("P-ivo", "duty-officers", duty: true),
    person("P-nina", "duty-officers"),
  ]
  static var staff: Int { people.count }

  private static let decider = Result {
    let workflows = try RoadParts.workflows.map { try Workflow(folder: $0) }
    return ReviewerDecider(
      signing: try RoadParts.reviewer.get(), people: People(people),
      workflows: Dictionary(workflows.map { ($0.name, $0) }) { first, _ in first }, publicURL: "https://desk.example",
      clockScale: 1)
  }

  static func service(_ trap: Trap) throws -> SimulatedService {
    SimulatedService(
      Trapping(inner: try decider.get(), trap: trap), recordLimit: 900_000, migrations: ReviewTask.migrations)
  }

  /// Somebody does something with a task. - Returns: asks for the answer; nil where the process cannot be asked.
  static func perform(
    _ act: DeskAct, by number: Int, on caseID: String, id: String, at life: Life
  ) -> (() -> (status: Int, body: JSON)?)? {
    guard let mailbox = life.engine?.mailbox as? Mailbox<Trapping<ReviewerDecider>> else { return nil }
    let person = people[number]
    let command: Command
    switch act {
    case .look: command = .view
    case .claim: command = .claim
    case .undo: command = .undo
    case .ask:
      guard let note = try? Note(["words": "which order?"], caseID: caseID, person: person.full, idempotency: id) else { return nil }
      command = .ask(note)
    case .decide(let body):
      guard let given = try? Submission(body, caseID: caseID, person: person, strength: "token", idempotency: "") else {
        return nil
      }
      command = .decide(given)
    }
    let ticket = mailbox.submit(id: id) { _ in .command(caseID, person, command) }
    return {
      switch ticket.result {
      case nil: nil
      case .success(let answer)?: (answer.status, answer.body)
      case .failure?: (503, .null)
      }
    }
  }
}

/// What people do at a desk.
enum DeskAct {
  case look, claim, undo, ask
  /// `{version, view, verb, code, words}`.
  case decide(JSON)
}
