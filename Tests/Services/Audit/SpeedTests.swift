import Messaging
import Testing
import Wire

@testable import countersign_audit

@Suite struct SpeedTests {
  /// The budget is 40 µs a record, that is 25,000 a second; a machine under load gets a quarter of that.
  @Test func aRecordIsAbsorbedWithinItsBudget() throws {
    let ledger = try TestLedger()
    var records = Records()
    let body = "{\"text\":\"" + String(repeating: "x", count: 1_000) + "\"}"
    let batches = (0..<10).map { batch in (0..<800).flatMap { records.automaticCase(batch * 800 + $0, body: body) } }
    let clock = ContinuousClock()
    let time = try clock.measure { for batch in batches { try ledger.absorb(batch) } }
    let each = time / 40_000
    print("audit absorbs \(Int(40_000 / (Double(time.components.attoseconds) / 1e18 + Double(time.components.seconds)))) records/s (\(each) each)")
    #expect(each < .microseconds(160))
  }
}
