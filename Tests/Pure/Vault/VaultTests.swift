import JSON
import Testing
import Vault

@Suite("Tokens and sealed values") struct VaultTests {
  private let key = [UInt8](repeating: 7, count: 32)
  private let caseID = "0198c0de-0000-7000-8000-000000000001"
  private var tokeniser: Tokeniser { Tokeniser(key: key) }
  private var sealer: Sealer { Sealer(key: key) }

  @Test("a keyed hash is HMAC-SHA-256 under a derived key (checked with Python's hmac)") func keyedHash() {
    let hash = KeyedHash(key: key, purpose: "countersign.test").digest(Array("one".utf8), [0], Array("two".utf8))
    let wanted = "21aacb9c38d4fcdcc771c3f0a5088b52e629f3afd59b7de3889918f009d47151"
    #expect(hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == wanted)
    #expect(
      Array("one\0two".utf8).withUnsafeBytes { KeyedHash(key: key, purpose: "countersign.test").digest($0) } == hash)
  }

  @Test("the same value has one token in a case, another in another case and under another key") func tokens() {
    let token = tokeniser.token(for: "a@example.org", kind: "email", caseID: caseID)
    #expect(token.hasPrefix("tok_email_") && token.utf8.count == 32)
    #expect(token == tokeniser.token(for: "a@example.org", kind: "email", caseID: caseID))
    #expect(token != tokeniser.token(for: "a@example.org", kind: "email", caseID: "other"))
    #expect(
      token
        != Tokeniser(key: [UInt8](repeating: 8, count: 32)).token(for: "a@example.org", kind: "email", caseID: caseID))
  }

  @Test("every marked value goes, nothing else changes") func tokenise() throws {
    let data: JSON = [
      "a/b": ["x", 5, .null, ["deep": true]], "free": "text",
      "list": [["name": "Ann"], ["name": "Bob"], ["name": "Ann"]],
    ]
    let marks = [
      PrivateMark(pointer: "/a~1b/0", kind: "text"), PrivateMark(pointer: "/a~1b/1", kind: "number"),
      PrivateMark(pointer: "/a~1b/2", kind: "none"), PrivateMark(pointer: "/a~1b/3", kind: "thing"),
      PrivateMark(pointer: "/a~1b/3/deep", kind: "inner"), PrivateMark(pointer: "/list/0/name", kind: "name"),
      PrivateMark(pointer: "/list/2/name", kind: "name"), PrivateMark(pointer: "/list/9/name", kind: "name"),
      PrivateMark(pointer: "/nothing", kind: "name"), PrivateMark(pointer: "no pointer", kind: "name"),
    ]
    let result = tokeniser.tokenise(data, marks, caseID: caseID)
    #expect(result.counts == ["text": 1, "number": 1, "thing": 1, "name": 2])
    #expect(result.values.values.sorted() == ["5", "Ann", "x", "{\"deep\":true}"])
    #expect(result.data["free"] == "text" && result.data["list"]?.array?[1] == ["name": "Bob"])
    #expect(result.data["a/b"]?.array?[2] == .null)
    let list = try #require(result.data["list"]?.array)
    #expect(list[0] == list[2] && list[0]["name"]?.string?.hasPrefix("tok_name_") == true)
    #expect(tokeniser.tokenise(data, [], caseID: caseID).data == data)
  }

  @Test("keys that only look alike are two places") func lookAlikes() throws {
    let data: JSON = .object(JSONObject([("\u{e9}", "one"), ("e\u{301}", "two")]))
    let result = tokeniser.tokenise(data, [PrivateMark(pointer: "/\u{e9}", kind: "name")], caseID: caseID)
    #expect(Array(result.values.values) == ["one"])
    #expect(result.data["e\u{301}"] == "two")
  }

  @Test("what a schema says under a mark becomes a kind") func kinds() {
    func kind(_ keyword: String, _ value: JSON) -> String? {
      PrivateMark(pointer: "/a", keyword: keyword, value: value)?.kind
    }
    #expect(
      kind("x-personal", "E-Mail") == "email" && kind("x-personal", true) == "personal"
        && kind("x-secret", true) == "secret")
    #expect(kind("x-personal", ["kind": "iban"]) == "iban" && kind("x-personal", "!!") == "personal")
    #expect(kind("x-personal", false) == nil)
  }

  @Test("sealed values open for their case and key alone, unchanged") func sealing() throws {
    let values = ["tok_a_1": "Ann", "tok_b_2": "\u{0}\"ä\n"]
    let sealed = try sealer.seal(values, caseID: caseID)
    #expect(try sealer.open(sealed, caseID: caseID) == values)
    #expect(try sealer.seal(values, caseID: caseID) == sealed)
    #expect(try sealer.seal(values, caseID: "other") != sealed)
    #expect(!sealed.contains("Ann"))
    #expect(throws: VaultError.self) { try sealer.open(sealed, caseID: "other") }
    #expect(throws: VaultError.self) { try Sealer(key: [UInt8](repeating: 8, count: 32)).open(sealed, caseID: caseID) }
    for place in [0, sealed.utf8.count / 2, sealed.utf8.count - 2] {
      var bytes = Array(sealed.utf8)
      bytes[place] = bytes[place] == 0x41 ? 0x42 : 0x41
      #expect(throws: VaultError.self) { try sealer.open(String(decoding: bytes, as: UTF8.self), caseID: caseID) }
    }
    for text in ["", "A", "!!!!", "AAAA"] { #expect(throws: VaultError.self) { try sealer.open(text, caseID: caseID) } }
  }

  @Test("known values are hidden as wholes and inside of texts, short ones as wholes only") func known() {
    let known = KnownValues(["T1": "Ann Lee", "T2": "Ann", "T3": "4711", "T4": "Ann Leeson", "T5": #"{"a":1}"#])
    let given: JSON = [
      "Ann Lee": "Dear Ann Leeson and Ann Lee!", "who": "Ann", "said": "Annual", "number": 4711, "other": 47110,
      "in": "no. 4711.",
      "thing": ["a": 1], "list": ["Ann Lee", .null, true],
    ]
    let wanted: JSON = [
      "T1": "Dear T4 and T1!", "who": "T2", "said": "Annual", "number": "T3", "other": 47110, "in": "no. T3.",
      "thing": "T5",
      "list": ["T1", .null, true],
    ]
    #expect(known.hide(in: given) == wanted)
    #expect(KnownValues([:]).hide(in: given) == given)
  }

  @Test("a redemption gives all of a case's tokens that were asked for, or none") func redemption() throws {
    let sealed = try sealer.seal(["t1": "Ann", "t2": "Bob"], caseID: caseID)
    func ask(_ body: JSON, held: String?) throws -> JSON {
      try Redemption(body).answer(held: held, caseID: caseID, sealer)
    }
    #expect(try ask(["permit": "p", "tokens": ["t1"]], held: sealed) == ["values": ["t1": "Ann"]])
    #expect(try ask(["permit": "p", "tokens": []], held: nil) == ["values": [:]])
    #expect(throws: VaultError.self) { try ask(["permit": "p", "tokens": ["t1", "t3"]], held: sealed) }
    #expect(throws: VaultError.self) { try ask(["permit": "p", "tokens": ["t1"]], held: nil) }
    for body: JSON in [[], ["permit": "p"], ["permit": 5, "tokens": []], ["permit": "p", "tokens": [5]]] {
      #expect(throws: VaultError.self) { try Redemption(body) }
    }
    let many = JSON.array(Array(repeating: "t1", count: 1_001))
    #expect(throws: VaultError.self) { try Redemption(["permit": "p", "tokens": many]) }
  }
}
