/// Where an evaluation finds its variables.
public protocol CELBindings {
  /// The value of a variable by its whole declared name, nil if there is none. Called at each use: be quick.
  func value(of name: String) -> CELValue?
}

extension CELMap: CELBindings {
  public func value(of name: String) -> CELValue? { self[name] }
}

extension Dictionary: CELBindings where Key == String, Value == CELValue {
  public func value(of name: String) -> CELValue? { self[name] }
}
