import Identity
import Logging
import Synchronization

/// The people of some files. A file that has changed counts anew, so that a role that ends counts no more; one with mistakes changes nothing.
public final class KnownPeople: Sendable {
  public let live: LivePeople
  private let files: PeopleFiles
  private let seen: Mutex<String>

  /// - Throws: every mistake of the files.
  public convenience init(_ files: PeopleFiles) throws { self.init(files, LivePeople(try files.load())) }

  /// - Parameter live: as the files tell now.
  public init(_ files: PeopleFiles, _ live: LivePeople) {
    (self.files, self.live) = (files, live)
    seen = Mutex(files.stamp)
  }

  public func refresh(_ logger: Logger) {
    seen.withLock { seen in
      let stamp = files.stamp
      guard stamp != seen else { return }
      seen = stamp
      do {
        live.replace(with: try files.load())
        logger.info("people were read anew")
      } catch { logger.error("the changed people are not used: \(error)") }
    }
  }

  /// Looks each second.
  public func watch(_ logger: Logger) async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      refresh(logger)
    }
  }
}
