import CEL
import Testing

@Suite struct CELTimeTests {
  @Test(arguments: [
    CELRow("timestamp('2024-02-29T12:30:45.678Z').getFullYear()", 2024),
    CELRow("timestamp('2024-02-29T12:30:45.678Z').getMonth()", 1),
    CELRow("timestamp('2024-02-29T12:30:45Z').getDate()", 29),
    CELRow("timestamp('2024-02-29T12:30:45Z').getDayOfMonth()", 28),
    CELRow("timestamp('2024-12-31T00:00:00Z').getDayOfYear()", 365),
    CELRow("timestamp('2024-02-29T00:00:00Z').getDayOfWeek()", 4),
    CELRow("timestamp('0001-01-01T00:00:00Z').getDayOfWeek()", 1),
    CELRow("timestamp('1969-12-31T23:59:59Z').getSeconds()", 59),
    CELRow("timestamp('2024-02-29T12:30:45Z').getHours()", 12),
    CELRow("timestamp('2024-02-29T12:30:45Z').getMinutes()", 30),
    CELRow("timestamp('2024-02-29T12:30:45.678Z').getMilliseconds()", 678),
    CELRow("timestamp('2024-02-29T23:30:00Z').getDate('+01:00')", 1),
    CELRow("timestamp('2024-02-29T00:30:00Z').getHours('-02:30')", 22),
    CELRow("timestamp('2024-01-01T00:00:00Z').getFullYear('-00:30')", 2023),
    CELRow("timestamp('2024-01-01T00:00:00Z').getHours('02:00')", 2),
    CELRow("timestamp('2024-07-01T12:00:00Z').getHours('Europe/Berlin')", 14),
    CELRow("timestamp('2024-01-01T12:00:00Z').getHours('Europe/Berlin')", 13),
    CELRow("timestamp('2024-03-31T00:59:59Z').getHours('Europe/Berlin')", 1),
    CELRow("timestamp('2024-03-31T01:00:00Z').getHours('Europe/Berlin')", 3),
    CELRow("timestamp('2024-01-01T00:00:00Z').getMinutes('Asia/Kathmandu')", 45),
    CELRow("['America/New_York', 'UTC'].map(z, timestamp('2024-01-01T12:00:00Z').getHours(z))", [7, 12]),
    CELRow("timestamp('2009-02-13T23:31:30Z').getDayOfWeek('Australia/Sydney')", 6),
    CELRow("duration('3h30m').getHours()", 3), CELRow("duration('90m').getMinutes()", 90),
    CELRow("duration('-90s').getSeconds()", -90), CELRow("duration('1.234s').getMilliseconds()", 234),
  ])
  func parts(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    CELRow("string(timestamp('2024-01-01T00:00:00+05:30'))", "2023-12-31T18:30:00Z"),
    CELRow("string(timestamp('2024-01-01T00:00:00.120Z'))", "2024-01-01T00:00:00.12Z"),
    CELRow("timestamp('2024-01-01t00:00:00z') == timestamp(1704067200)", true),
    CELRow("timestamp('2024-02-28T00:00:00Z') + duration('24h') == timestamp('2024-02-29T00:00:00Z')", true),
    CELRow("duration('1h') + timestamp(0) == timestamp(3600)", true),
    CELRow("timestamp(10) - timestamp(70) == duration('-1m')", true),
    CELRow("timestamp(0) - duration('1ns') < timestamp(0)", true),
    CELRow("string(timestamp(0) - duration('1ns'))", "1969-12-31T23:59:59.999999999Z"),
    CELRow("duration('1h') - duration('61m') == duration('-1m')", true),
    CELRow("duration('1h30m') == duration('5400s')", true),
    CELRow("duration('1.5h') == duration('90m')", true), CELRow("duration('-1.5s') == duration('-1500ms')", true),
    CELRow("duration('1us') + duration('1µs') == duration('2000ns')", true),
    CELRow("duration('0') == duration('0s')", true),
    CELRow("duration('.5s') == duration('500ms')", true), CELRow("duration('+1h1m1s1ms1us1ns') > duration('1h')", true),
    CELRow("timestamp(timestamp(5)) == timestamp(5)", true),
    CELRow("duration(duration('1s')) == duration('1s')", true),
    CELRow("string(duration('9223372036854775807ns'))", "9223372036.854775807s"),
  ])
  func arithmetic(row: CELRow) throws { try row.check() }

  @Test(arguments: [
    CELFails("timestamp('2024-02-30T00:00:00Z')", .invalidArgument),
    CELFails("timestamp('2023-02-29T00:00:00Z')", .invalidArgument),
    CELFails("timestamp('2024-13-01T00:00:00Z')", .invalidArgument),
    CELFails("timestamp('2024-01-01')", .invalidArgument),
    CELFails("timestamp('2024-01-01T24:00:00Z')", .invalidArgument),
    CELFails("timestamp('2024-01-01T00:00:60Z')", .invalidArgument),
    CELFails("timestamp('2024-01-01T00:00:00')", .invalidArgument),
    CELFails("timestamp('2024-01-01T00:00:00.1234567890Z')", .invalidArgument),
    CELFails("timestamp('0000-01-01T00:00:00Z')", .invalidArgument),
    CELFails("timestamp('2024-01-01T00:00:00+24:00')", .invalidArgument),
    CELFails("timestamp('2024-01-01T00:00:00Zx')", .invalidArgument),
    CELFails("timestamp('0001-01-01T00:00:00+01:00')", .invalidArgument),
    CELFails("timestamp(253402300800)", .overflow), CELFails("timestamp(9223372036854775807)", .overflow),
    CELFails("timestamp('9999-12-31T23:59:59Z') + duration('1s')", .overflow),
    CELFails("timestamp('0001-01-01T00:00:00Z') - duration('1ns')", .overflow),
    CELFails("timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')", .overflow),
    CELFails("duration('9223372036s') + duration('9223372036s')", .overflow),
    CELFails("duration('300y')", .invalidArgument), CELFails("duration('2d')", .invalidArgument),
    CELFails("duration('')", .invalidArgument), CELFails("duration('1')", .invalidArgument),
    CELFails("duration('-')", .invalidArgument), CELFails("duration('.s')", .invalidArgument),
    CELFails("duration('1h 1m')", .invalidArgument), CELFails("duration('99999999999999999999s')", .invalidArgument),
    CELFails("duration('2562048h')", .invalidArgument),
    CELFails("timestamp(0).getHours('Mars/Olympus')", .invalidArgument),
    CELFails("timestamp(0).getHours('../etc/passwd')", .invalidArgument),
    CELFails("timestamp(0).getHours('')", .invalidArgument),
    CELFails("timestamp(0).getHours('+25:00')", .invalidArgument),
    CELFails("['x'].map(z, timestamp(0).getHours(z))", .invalidArgument),
    CELFails("duration('1s').getFullYear()", .type), CELFails("duration('1s').getHours('UTC')", .type),
    CELFails("1.getHours()", .type),
    CELFails("timestamp(0).getHours(1)", .type), CELFails("timestamp(0) + timestamp(0)", .type),
    CELFails("duration('1s') - timestamp(0)", .type),
  ])
  func failures(row: CELFails) throws { try row.check() }

  @Test func everyDayOfFourCenturiesReadsBack() throws {
    let program = try CELProgram.parse("timestamp(string(t)) == t && t.getHours() == 0", names: ["t"])
    for day in stride(from: -100_000, to: 46_097, by: 61) {
      let instant = try #require(CELTimestamp(seconds: Int64(day) * 86_400))
      #expect(try program.test(["t": .timestamp(instant)]).get(), "day \(day)")
    }
  }
}
