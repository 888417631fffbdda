import CEL
import JSON

/// `countersign rule eval --batch`: one JSON line in, one out.
enum RuleBatch {
  /// Evaluates `{"expr": "…", "data": {name: Value}}`, where Value is cel.expr.Value in ProtoJSON.
  ///
  /// Types are not checked before, as the names in `data` have none declared. Answers `{"value": Value}` or
  /// `{"error": "…"}`, also for lines that are no such question; without a line end.
  static func answer(line: some Collection<UInt8>) -> [UInt8] {
    var writer = JSONWriter()
    switch value(line) {
    case .success(let value):
      writer.object { writer in
        writer.key("value")
        writer.protoJSON(value)
      }
    case .failure(let error):
      writer.object { writer in writer.member("error", error.message) }
    }
    return writer.finish()
  }

  private static func value(_ line: some Collection<UInt8>) -> Result<CELValue, CELValueJSONError> {
    do throws(CELValueJSONError) {
      let (source, data) = try question(line)
      let program: CELProgram
      do {
        program = try CELProgram.parse(source, names: data.keys)
      } catch {
        throw CELValueJSONError(error.description)
      }
      return program.evaluate(data).mapError { CELValueJSONError($0.description) }
    } catch {
      return .failure(error)
    }
  }

  private static func question(
    _ line: some Collection<UInt8>
  ) throws(CELValueJSONError) -> (source: String, data: [String: CELValue]) {
    let json: JSON
    do {
      json = try JSON.parse(line, limits: JSONLimits(depth: 512, anyInteger: true))
    } catch {
      throw CELValueJSONError(error.description)
    }
    guard let source = json["expr"]?.string else { throw CELValueJSONError("'expr' is a string") }
    var data: [String: CELValue] = [:]
    switch json["data"] {
    case nil, .null: break
    case .object(let members):
      for member in members.members { data[member.key] = try CELValue(protoJSON: member.value) }
    default: throw CELValueJSONError("'data' is an object of values by name")
    }
    return (source, data)
  }
}
