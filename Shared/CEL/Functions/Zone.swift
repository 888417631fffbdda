import Foundation

/// A time zone by its IANA name ("Europe/Paris"), "UTC", or a fixed offset ("+05:45", "-02:30", "02:00").
enum Zone: Sendable {
  case fixed(seconds: Int64)
  case named(TimeZone)

  /// Units of work to look a zone up.
  static let cost = 100

  /// An invalid argument if there is no such zone.
  init(_ name: String) throws(Fault) {
    if name.utf8.elementsEqual("UTC".utf8) {
      self = .fixed(seconds: 0)
    } else if let seconds = Zone.fixedOffset(name) {
      self = .fixed(seconds: seconds)
    } else if Zone.isPlausible(name), let zone = TimeZone(identifier: name) {
      self = .named(zone)
    } else {
      throw Fault(.invalidArgument("unknown time zone \(excerpt(name))"))
    }
  }

  /// Seconds to add to UTC at that instant.
  func offset(at instant: CELTimestamp) -> Int64 {
    switch self {
    case .fixed(let seconds): seconds
    case .named(let zone): Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.seconds))))
    }
  }

  private static func fixedOffset(_ text: String) -> Int64? {
    var reader = DigitReader(text)
    let west = reader.skip("-")
    if !west { _ = reader.skip("+") }
    guard let hours = reader.digits(2), reader.skip(":"), let minutes = reader.digits(2), reader.isAtEnd, hours < 24,
      minutes < 60
    else { return nil }
    return (hours * 60 + minutes) * (west ? -60 : 60)
  }

  /// Whether Foundation should be asked: it takes a begun letter, and no path leads out of its database.
  private static func isPlausible(_ name: String) -> Bool {
    guard let first = name.utf8.first, isWordStart(first), name.utf8.count <= 64 else { return false }
    return name.utf8.allSatisfy { isWordStart($0) || isDigit($0) || [0x2B, 0x2D, 0x2F].contains($0) }
  }
}
