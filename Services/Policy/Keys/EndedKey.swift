import JSON
import Wire

/// A person's own key that was taken out of use before its certificate ended.
struct EndedKey: Sendable, Equatable {
  /// The key's thumbprint.
  let id: String
  /// No certificate of it counts longer, so that from then on nobody has to remember it.
  let until: Instant

  init(id: String, until: Instant) { (self.id, self.until) = (id, until) }

  var json: JSON { ["kid": .string(id), "until": .integer(until.microseconds)] }

  init(_ fields: Fields) throws(WireError) {
    self.init(id: try fields.text("kid"), until: try fields.instant("until"))
  }
}

extension Switches {
  func hasEnded(_ kid: String) -> Bool { endedKeys.contains { $0.id.sameCodePoints(as: kid) } }

  /// From here on the key counts for nothing, in every lane of every instance. Nil where that is so already.
  ///
  /// - Parameter until: when no certificate of it counts any more.
  func ending(_ kid: String, of person: String, until: Instant, by: String, at now: Instant) -> Switches? {
    guard !hasEnded(kid) else { return nil }
    return after("\(by) took the key \(kid) of \(person) out of use", by: by, at: now) { next in
      next.endedKeys.removeAll { $0.until < max(now, clock) }
      next.endedKeys.append(EndedKey(id: kid, until: until))
    }
  }
}
