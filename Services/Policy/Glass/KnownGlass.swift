import Identity
import Wire

/// Grants that somebody still has to look at, and suspended rights.
typealias KnownGlass = Known<GlassBook>

extension Known where Value == GlassBook {
  convenience init() { self.init("grants", at: GlassNoted.place(of: "")) { [try GlassBook($0)] } }

  /// The human beings who may break no glass now.
  func suspended(_ people: People?) -> Set<String> {
    Set(now.filter(\.isSuspended).map { people?.human($0.person) ?? $0.person })
  }
}
