import Identity
import Logging
import Synchronization

/// The people who may place holds. A file that has changed counts with the next request, so that a role that ends counts no more.
final class KnownPeople: Sendable {
  let live: LivePeople
  private let files: PeopleFiles
  private let seen: Mutex<String>

  /// - Throws: every mistake of the files.
  init(_ files: PeopleFiles) throws {
    self.files = files
    seen = Mutex(files.stamp)
    live = LivePeople(try files.load())
  }

  /// A file with mistakes changes nothing.
  func refresh(_ logger: Logger) {
    seen.withLock { seen in
      let stamp = files.stamp
      guard stamp != seen else { return }
      seen = stamp
      do { live.replace(with: try files.load()) } catch { logger.error("the changed people are not used: \(error)") }
    }
  }
}
