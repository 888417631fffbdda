import Foundation
import JSON
import Permits

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Where public keys come from: a file, or the address at which their owner publishes them. Never a topic.
public struct KeySource: Sendable {
  public let place: String
  public init(_ place: String) { self.place = place }

  /// Waits up to a minute for an address that does not answer yet. - Throws: what is wrong, naming the place.
  public func load() async throws -> KeySet {
    var last: any Error = JWSError("key", "no keys at \(place)")
    for attempt in 0..<60 {
      do {
        let keys = try KeySet(jwks: JSON.parse(Array(try await bytes())))
        if !keys.isEmpty { return keys }
      } catch { last = error }
      guard place.hasPrefix("http"), attempt < 59 else { break }
      try await Task.sleep(for: .seconds(1))
    }
    throw JWSError("key", "no keys at \(place): \(last)")
  }

  private func bytes() async throws -> Data {
    guard place.hasPrefix("http://") || place.hasPrefix("https://"), let url = URL(string: place) else {
      return try Data(contentsOf: URL(fileURLWithPath: place))
    }
    return try await URLSession.shared.data(from: url).0
  }
}
