import Testing

@testable import Storage

@Suite struct OpeningStores {
  @Test(arguments: Engine.shared) func theAddressTellsTheEngine(_ engine: Engine) throws {
    try withDatabase(engine) { database in
      let store = try openStore((engine == .postgres ? "" : "sqlite:") + database.address)
      defer { store.close() }
      try store.migrate(schema)
      try store.transaction { try $0.insert(cases, [row("a")]) }
      #expect(try store.read { try $0.load(cases, keys(["a"])) } == [row("a")])
    }
  }

  @Test func anythingElseIsRefusedAndNotRepeated() {
    for address in ["", "sqlite:", "sqlite:a\0b", "mysql://u:hunter2@x/y", "/var/lib/x.sqlite"] {
      let error = #expect(throws: StoreError.self) { try openStore(address) }
      #expect(error?.kind == .refused)
      #expect(error?.description.contains("hunter2") == false)
    }
  }
}
