import Testing

@testable import countersign

@Suite struct RuleBatchTests {
  private static func entry(_ keyKind: String) -> String {
    #"{"key":{"\#(keyKind)":1},"value":{"nullValue":null}}"#
  }

  private func answer(_ line: String) -> String {
    String(decoding: RuleBatch.answer(line: Array(line.utf8)), as: UTF8.self)
  }

  @Test(arguments: [
    (#""5""#, #"{"int64Value":"5"}"#, #"{"int64Value":"5"}"#), ("5", #"{"int64Value":5}"#, #"{"int64Value":"5"}"#),
    ("", #"{"int64Value":"-9223372036854775808"}"#, #"{"int64Value":"-9223372036854775808"}"#),
    ("", #"{"uint64Value":"18446744073709551615"}"#, #"{"uint64Value":"18446744073709551615"}"#),
    ("", #"{"doubleValue":1.5}"#, #"{"doubleValue":1.5}"#), ("", #"{"doubleValue":2}"#, #"{"doubleValue":2.0}"#),
    ("", #"{"doubleValue":9223372036854775807}"#, #"{"doubleValue":9.223372036854776e+18}"#),
    ("", #"{"doubleValue":"NaN"}"#, #"{"doubleValue":"NaN"}"#),
    ("", #"{"doubleValue":"-Infinity"}"#, #"{"doubleValue":"-Infinity"}"#),
    ("", #"{"doubleValue":-0.0}"#, #"{"doubleValue":-0.0}"#),
    ("", #"{"stringValue":"é\n"}"#, #"{"stringValue":"é\n"}"#), ("", #"{"boolValue":false}"#, #"{"boolValue":false}"#),
    ("", #"{"nullValue":null}"#, #"{"nullValue":null}"#), ("", #"{"nullValue":"NULL_VALUE"}"#, #"{"nullValue":null}"#),
    ("", #"{"bytesValue":"/w=="}"#, #"{"bytesValue":"/w=="}"#),
    ("", #"{"bytesValue":"_w"}"#, #"{"bytesValue":"/w=="}"#), ("", #"{"bytesValue":""}"#, #"{"bytesValue":""}"#),
    (
      "", #"{"listValue":{"values":[{"int64Value":"1"},{"stringValue":"a"}]}}"#,
      #"{"listValue":{"values":[{"int64Value":"1"},{"stringValue":"a"}]}}"#
    ),
    ("", #"{"listValue":{}}"#, #"{"listValue":{"values":[]}}"#),
    ("", #"{"mapValue":{}}"#, #"{"mapValue":{"entries":[]}}"#),
    (
      "", #"{"mapValue":{"entries":[{"key":{"stringValue":"a"},"value":{"boolValue":true}}]}}"#,
      #"{"mapValue":{"entries":[{"key":{"stringValue":"a"},"value":{"boolValue":true}}]}}"#
    ),
    ("", #"{"typeValue":"google.protobuf.Duration"}"#, #"{"typeValue":"google.protobuf.Duration"}"#),
    (
      "",
      #"{"objectValue":{"@type":"type.googleapis.com/google.protobuf.Timestamp","value":"2009-02-13T23:31:30.5Z"}}"#,
      #"{"objectValue":{"@type":"type.googleapis.com/google.protobuf.Timestamp","value":"2009-02-13T23:31:30.500Z"}}"#
    ),
    (
      "", #"{"objectValue":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"-1.5s"}}"#,
      #"{"objectValue":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"-1.500s"}}"#
    ),
    ("", #"{"int64_value":"5"}"#, #"{"int64Value":"5"}"#),
  ])
  func valuesOfEachKindGoThrough(name: String, given: String, expected: String) {
    #expect(answer(#"{"expr":"x","data":{"x":\#(given)}}"#) == #"{"value":\#(expected)}"#)
  }

  @Test func expressionsUseTheNamesInTheData() {
    #expect(answer(#"{"expr":"1 + 2"}"#) == #"{"value":{"int64Value":"3"}}"#)
    #expect(
      answer(#"{"expr":"a.b.c == 'x' && 1.0 == 1","data":{"a.b.c":{"stringValue":"x"}}}"#)
        == #"{"value":{"boolValue":true}}"#)
    #expect(answer(#"{"expr":"missing || true","data":{}}"#) == #"{"value":{"boolValue":true}}"#)
  }

  @Test(arguments: [
    "", "{", "[]", "5", "{}", #"{"expr":5}"#, #"{"expr":"1","data":[]}"#, #"{"expr":"1 +"}"#, #"{"expr":"1 / 0"}"#,
    #"{"expr":"x"}"#, #"{"expr":"1","data":{"x":5}}"#, #"{"expr":"1","data":{"x":{}}}"#,
    #"{"expr":"1","data":{"x":{"int64Value":"1.5"}}}"#,
    #"{"expr":"1","data":{"x":{"int64Value":"9223372036854775808"}}}"#,
    #"{"expr":"1","data":{"x":{"uint64Value":-1}}}"#, #"{"expr":"1","data":{"x":{"bytesValue":"*"}}}"#,
    #"{"expr":"1","data":{"x":{"typeValue":"nothing"}}}"#, #"{"expr":"1","data":{"x":{"a":1,"b":2}}}"#,
    #"{"expr":"1","data":{"x":{"objectValue":{"@type":"type.googleapis.com/google.protobuf.Any","value":"x"}}}}"#,
    #"{"expr":"1","data":{"x":{"mapValue":{"entries":[{"key":{"doubleValue":1},"value":{"nullValue":null}}]}}}}"#,
    #"{"expr":"1","data":{"x":{"mapValue":{"entries":[\#(entry("int64Value")),\#(entry("uint64Value"))]}}}}"#,
    #"{"expr":"1","data":{"x":{"listValue":{"values":5}}}}"#, #"{"expr":"1","data":{"x":{"doubleValue":"1e999"}}}"#,
  ])
  func everyOtherLineIsAnsweredWithAnError(line: String) {
    #expect(answer(line).hasPrefix(#"{"error":""#), "\(answer(line))")
  }

  @Test func deepDataIsAnswered() {
    let deep = String(repeating: #"{"listValue":{"values":["#, count: 400) + String(repeating: "]}}", count: 400)
    #expect(answer(#"{"expr":"x","data":{"x":\#(deep)}}"#).hasPrefix(#"{"error":""#))
  }
}
