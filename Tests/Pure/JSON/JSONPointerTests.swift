import JSON
import Testing

@Suite("JSON Pointer (RFC 6901)") struct JSONPointerTests {
  private let document = try? JSON.parse(
    #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#.utf8)

  @Test(
    "the examples of section 5",
    arguments: [
      ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3), ("/g|h", 4), ("/i\\j", 5), ("/k\"l", 6),
      ("/ ", 7),
      ("/m~0n", 8),
    ] as [(String, JSON)])
  func examples(pointer: String, value: JSON) throws {
    let document = try #require(document)
    #expect(document.at(pointer: pointer) == value)
    #expect(document.at(pointer: "") == document)
    #expect(document.at(pointer: "/foo") == ["bar", "baz"])
  }

  @Test(
    "what is not there or malformed is nil",
    arguments: [
      "foo", "/foo/2", "/foo/-", "/foo/00", "/foo/+1", "/foo/-1", "/foo/99999999999999999999", "/foo/0/x", "/m~n",
      "/m~2n", "/m~", "/x",
    ])
  func missing(pointer: String) throws {
    #expect(try #require(document).at(pointer: pointer) == Optional<JSON>.none)
  }

  @Test("an escaped key finds its member") func escaping() {
    for key in ["", "a", "~", "/", "~1", "~01/", "é~/"] {
      let object: JSON = .object(JSONObject([(key, 1)]))
      #expect(object.at(pointer: "/" + JSON.escape(pointerToken: key)) == 1)
    }
  }
}
