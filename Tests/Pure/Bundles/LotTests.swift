import Bundles
import Testing

/// The switching rules of ISO 2859-1, as A4 states them.
@Suite struct LotTests {
  /// A state after lots of five samples each; `x` is a rejected one.
  private func after(_ lots: String, from start: LotSwitching = LotSwitching()) -> LotSwitching {
    lots.reduce(into: start) { state, lot in state.close(samples: 5, wrong: lot == "x" ? 1 : 0) }
  }

  @Test(arguments: [
    ("", "normal"), (".....", "normal"), ("x", "normal"), ("xx", "tightened"), ("x.x", "tightened"), ("x...x", "tightened"),
    ("x....x", "normal"), ("xx.....", "normal"), ("xx....", "tightened"), ("xx....x.....", "normal"), ("xx....x....", "tightened"),
    ("xx" + "xxxx", "tightened"), ("xx" + "xxxxx", "stopped"), ("xx" + "x.x.x.x.x", "stopped"), ("xx" + "xxxxx" + "..........", "stopped"),
    ("xx" + "....." + "xx" + "xxxx", "tightened"),
  ])
  func lotsSwitchHowCloselyIsLooked(lots: String, severity: String) {
    #expect(after(lots).severity.rawValue == severity)
  }

  @Test func onlyAPersonEndsAStopAndTightenedAtFirst() {
    var state = after("xxxxxxx")
    #expect(state.severity == .stopped && state.rejected == 5)
    state.resume()
    #expect(state == after("xx"))
    #expect(after(".....", from: state).severity == .normal && after("xxxxx", from: state).severity == .stopped)
    var normal = after("x")
    normal.resume()
    #expect(normal == after("x"), "nothing was stopped")
  }

  @Test func aLotWithoutSamplesSaysNothing() {
    var state = after("x")
    state.close(samples: 0, wrong: 0)
    #expect(state == after("x"))
  }

  @Test(arguments: [
    (1, 0, 0), (19, 0, 0), (20, 1, 0), (31, 1, 0), (32, 2, 1), (50, 3, 2), (80, 5, 3), (125, 7, 5), (199, 7, 5), (200, 10, 8), (5_000, 10, 8),
  ])
  func acceptanceNumbersAreThoseOfTheTables(samples: Int, normal: Int, tightened: Int) {
    #expect(LotSwitching.acceptance(samples: samples, .normal) == normal)
    #expect(LotSwitching.acceptance(samples: samples, .tightened) == tightened)
    var state = LotSwitching()
    state.close(samples: samples, wrong: normal)
    #expect(state.recent == [true])
    state.close(samples: samples, wrong: normal + 1)
    #expect(state.recent == [true, false])
  }

  @Test func ratesFollow() {
    #expect(LotSwitching().rate(0.08) == 0.08)
    #expect(after("xx").rate(0.08) == 0.16 && after("xx").rate(0.7) == 1)
    #expect(after("xxxxxxx").rate(0.08) == 1)
  }
}
