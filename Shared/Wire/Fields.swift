import JSON

/// A body that is not what its type promises.
public struct WireError: Error, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// Reads the members of a JSON object, with an error that names the member and what was expected.
public struct Fields: Sendable {
  public let object: JSONObject

  public init(_ json: JSON?) throws(WireError) {
    guard case .object(let object)? = json else { throw WireError("a JSON object was expected") }
    self.object = object
  }

  /// The body of a record of ours.
  public init(of frame: Frame) throws(WireError) {
    guard let body = frame.body else { throw WireError("a body was expected, found a tombstone") }
    do { try self.init(JSON.parse(body, limits: .stored)) } catch let error as WireError { throw error } catch {
      throw WireError("the body cannot be read: \(error)")
    }
  }

  public func text(_ name: String) throws(WireError) -> String {
    guard let value = object[name]?.string else { throw WireError("member \(name): text was expected") }
    return value
  }

  public func integer(_ name: String) throws(WireError) -> Int64 {
    guard let value = object[name]?.integer else { throw WireError("member \(name): a whole number was expected") }
    return value
  }

  public func number(_ name: String) throws(WireError) -> Double {
    guard let value = object[name]?.double else { throw WireError("member \(name): a number was expected") }
    return value
  }

  public func flag(_ name: String) throws(WireError) -> Bool {
    guard let value = object[name]?.bool else { throw WireError("member \(name): true or false was expected") }
    return value
  }

  public func instant(_ name: String) throws(WireError) -> Instant {
    Instant(microseconds: try integer(name))
  }

  public func value(_ name: String) throws(WireError) -> JSON {
    guard let value = object[name] else { throw WireError("member \(name) was expected") }
    return value
  }

  public func texts(_ name: String) throws(WireError) -> [String] {
    var texts: [String] = []
    for element in object[name]?.array ?? [] {
      guard let text = element.string else { throw WireError("member \(name): a list of texts was expected") }
      texts.append(text)
    }
    return texts
  }

  public func optionalText(_ name: String) -> String? { object[name]?.string }
  public func optionalInteger(_ name: String) -> Int64? { object[name]?.integer }
  public func optional(_ name: String) -> JSON? { object[name].flatMap { $0.isNull ? nil : $0 } }
}

extension JSONWriter {
  public mutating func member(_ name: String, _ value: Instant) { member(name, value.microseconds) }
  public mutating func member(_ name: String, _ value: Instant?) { if let value { member(name, value.microseconds) } }
  public mutating func member(_ name: String, _ value: JSON?) { if let value { member(name, value) } }
  public mutating func member(_ name: String, _ values: [String]) {
    key(name)
    array { writer in for value in values { writer.string(value) } }
  }
}

/// The body of a record: what its type promises, and how it is written and read. Readers ignore members they do not know.
public protocol Body: Sendable {
  /// The versioned CloudEvents type.
  static var type: String { get }
  func write(_ writer: inout JSONWriter)
  init(_ fields: Fields) throws(WireError)
}
