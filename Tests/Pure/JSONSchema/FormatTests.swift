import JSON
import JSONSchema
import Testing

@Suite("Formats, asserted") struct FormatTests {
  @Test(
    "accept and refuse by their RFCs",
    arguments: [
      ("date-time", "2024-02-29T23:59:60Z", true), ("date-time", "2023-02-29T00:00:00Z", false),
      ("date-time", "2024-05-17T10:20:30.123456+02:00", true), ("date-time", "2024-05-17T10:20:30", false),
      ("date-time", "2024-05-17 10:20:30Z", false), ("date-time", "2024-05-17T24:00:00Z", false),
      ("date", "2024-13-01", false),
      ("date", "2024-06-31", false), ("date", "2024-06-30", true), ("date", "２０２４-06-30", false),
      ("time", "22:59:60-01:00", true),
      ("time", "22:59:60Z", false), ("duration", "P1Y2M3DT4H5M6S", true), ("duration", "P1YT", false),
      ("duration", "P2W", true),
      ("email", "a.b+c@example.com", true), ("email", "a..b@example.com", false), ("email", "a@", false),
      ("email", "a@[127.0.0.1]", true), ("email", "a@[IPv6:::1]", true), ("email", "a@[IPv6\u{1a}::1]", false),
      ("email", "a b@example.com", false), ("hostname", "xn--4gbwdl.example", true), ("hostname", "-a.example", false),
      ("hostname", "a..b", false), ("hostname", "", false), ("ipv4", "192.168.0.1", true),
      ("ipv4", "192.168.0.01", false),
      ("ipv4", "256.1.1.1", false), ("ipv4", "1.1.1", false), ("ipv6", "::", true), ("ipv6", "1::2::3", false),
      ("ipv6", "::ffff:192.0.2.1", true), ("ipv6", "1:2:3:4:5:6:7:8:9", false), ("ipv6", "fe80::1%eth0", false),
      ("ipv6", "1:2", false),
      ("uri", "https://example.com/a?b#c", true), ("uri", "/relative", false), ("uri", "https://a b", false),
      ("uri", "urn:x:y", true),
      ("uri", "http://[::1]:8080/", true), ("uri", "http://[::1", false), ("uri", "a:%zz", false),
      ("uri-reference", "a/b?c", true),
      ("uri-reference", "\\\\a", false), ("uuid", "2EB8AA08-aa98-11ea-b4aa-73b441d16380", true),
      ("uuid", "2eb8aa08aa9811eab4aa73b441d16380", false), ("json-pointer", "/a~0/b~1", true),
      ("json-pointer", "a", false),
      ("json-pointer", "/a~", false), ("relative-json-pointer", "0#", true), ("relative-json-pointer", "01", false),
      ("regex", "a+", true),
      ("regex", "(", false), ("date", "", false), ("uuid", "", false), ("uri", "", false), ("email", "", false),
    ] as [(String, String, Bool)])
  func formats(format: String, text: String, isValid: Bool) throws {
    let schema = try schema(#"{"format":"\#(format)"}"#, formats: .assert)
    #expect(schema.accepts(.string(text)) == isValid)
    #expect(schema.accepts(5))
  }

  @Test("only inform unless asserted") func annotation() throws {
    #expect(try schema(#"{"format":"date"}"#).accepts("x"))
    #expect(try schema(#"{"format":"date"}"#, formats: .assert).validate("x").map(\.keyword) == ["format"])
  }
}
