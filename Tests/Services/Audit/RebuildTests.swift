import Storage
import Testing

@testable import countersign
@testable import countersign_audit

@Suite struct RebuildTests {
  /// What the command throws away is all that audit makes of records: a sum that stayed would be added to a second time.
  @Test func theCommandKnowsEveryTable() {
    #expect(Set(RebuildCommand.made) == Set((Reindex.tables + [Tables.bundles]).map(\.name)))
  }
}
