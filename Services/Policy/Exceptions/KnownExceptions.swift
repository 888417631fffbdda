import Bundles
import JSON
import Synchronization
import Wire
import Workflows

/// The exceptions of the list in force, compiled once for each list. None where the list does not fit the bundles in force any
/// more: then everything is as strict as the policy says.
final class KnownExceptions: Sendable {
  private struct Compiled {
    /// Of the list.
    var key = ""
    var byWorkflow: [String: [Exception]] = [:]
    var fault: String?
  }

  private let known = Mutex(Compiled())

  /// Of one workflow, whether they are in force now or not.
  func of(_ workflow: String, in signed: SignedExceptions?, _ policies: [String: Policy]) -> [Exception] {
    guard let signed else { return [] }
    return compiled(signed, policies).byWorkflow[workflow] ?? []
  }

  /// Why the list in force has no effect; nil where it has.
  func fault(in signed: SignedExceptions?, _ policies: [String: Policy]) -> String? {
    signed.flatMap { compiled($0, policies).fault }
  }

  private func compiled(_ signed: SignedExceptions, _ policies: [String: Policy]) -> Compiled {
    known.withLock { known in
      let key = "\(signed.version)/\(signed.at.microseconds)"
      guard known.key != key else { return known }
      known = Compiled(key: key)
      do throws(BundleErrors) {
        let list = try ExceptionList.load(text: signed.list.text, file: "exceptions", bundles: policies.mapValues(\.bundle))
        known.byWorkflow = Dictionary(grouping: list.exceptions, by: \.workflow)
      } catch { known.fault = error.description }
      return known
    }
  }
}
