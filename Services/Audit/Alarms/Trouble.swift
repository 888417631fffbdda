import Host
import Lanes
import Wire

/// Something of audit's own that people should know for as long as it stands.
struct Trouble: Sendable, Equatable {
  let key: String
  let code: AlertCode
  let text: String
  /// `page` or `ticket`, where it is not as its code says.
  var severity: String?
  /// The service that it is about.
  var service = Service.audit.rawValue
}

extension Road<AuditDecider> {
  /// Publishes that trouble stands, or that it is over; each once.
  ///
  /// - Parameter standing: the keys of the alarms that stand.
  func tell(_ trouble: Trouble, stands: Bool, isOver: Bool, _ standing: Set<String>) async throws {
    let id = "\(trouble.key)@\(clock.wall.microseconds)"
    if stands, !standing.contains(trouble.key) { _ = try await perform(id) { _ in .stands(trouble) } }
    if isOver, standing.contains(trouble.key) { _ = try await perform(id) { _ in .isOver(trouble) } }
  }
}
