import Foundation
import Wire

/// The settings that all five services share.
public struct RoadConfig: Sendable {
  public let service: Service
  public let brokers: String
  public let kafka: [String: String]
  public let embedded: Bool
  public let database: String
  public let lanes: Int32
  public let sealKey: [UInt8]
  public let host: String
  public let port: Int
  public let logLevel: String
  public let clockScale: Int
  /// When the story clock began; only looked at where `clockScale` is not 1.
  public let storyOrigin: Instant
  public let traceFile: String?
  /// One of so many traces is written.
  public let traceEvery: Int
  public let extraReaders: [String]
  public let shutdownSeconds: Int
  public let adminToken: String?

  public init(_ service: Service, port: Int, _ settings: inout Settings) {
    self.service = service
    brokers = settings.text("BROKERS", default: "127.0.0.1:9092", "Kafka's bootstrap servers, host:port, separated by commas")
    kafka = settings.all(prefix: "KAFKA.", "any librdkafka property, such as KAFKA.security.protocol=SASL_SSL")
    embedded = settings.flag("EMBEDDED_BROKER", default: false, "the broker is `countersign broker`, not Kafka")
    database = settings.text("DATABASE", "sqlite:PATH or postgres://USER@HOST/NAME")
    lanes = Int32(settings.integer("LANES", default: 4, in: 1...1024, "partitions of every internal topic; fixed at the first start"))
    sealKey = settings.secret("SEAL_KEY_FILE", atLeast: 32, "the key under which the five services seal their records, the same for all")
    let listen = settings.text("LISTEN", default: "127.0.0.1:\(port)", "host:port of the HTTP interface")
    let parts = listen.split(separator: ":")
    if parts.count == 2, let number = Int(parts[1]), (0...65_535).contains(number) {
      host = String(parts[0])
      self.port = number
    } else {
      settings.fail("LISTEN", listen, expected: "host:port", remedy: "Set it to 127.0.0.1:\(port), the default, or leave it out.")
      host = "127.0.0.1"
      self.port = port
    }
    logLevel = settings.text("LOG_LEVEL", default: "info", "debug, info, warning or error")
    if !["debug", "info", "warning", "error"].contains(logLevel) {
      settings.fail("LOG_LEVEL", logLevel, expected: "debug, info, warning or error", remedy: "Set it to info.")
    }
    clockScale = settings.integer("CLOCK_SCALE", default: 1, in: 1...3600, "seconds of story time a second; above 1 only for demos on loopback")
    if clockScale != 1, host != "127.0.0.1" {
      settings.fail("CLOCK_SCALE", "\(clockScale)", expected: "1 unless LISTEN is on 127.0.0.1", remedy: "Leave it out.")
    }
    let origin = settings.optional("STORY_ORIGIN", "when the story began, as 2026-11-24T08:00:00Z, the same for all services; for CLOCK_SCALE")
    if let origin, Instant(rfc3339: origin) == nil {
      settings.fail("STORY_ORIGIN", origin, expected: "a time as 2026-11-24T08:00:00Z", remedy: "Set it to when the demo began.")
    }
    storyOrigin = origin.flatMap { Instant(rfc3339: $0) } ?? Instant(microseconds: 0)
    traceFile = settings.optional("TRACE_FILE", "a file to which spans are appended, in lines of OTLP/JSON; without it none are made")
    traceEvery = settings.integer("TRACE_EVERY", default: 1, in: 1...1_000_000, "one of so many cases is traced, the same ones by all services")
    extraReaders = (settings.optional("RELAY_READERS_EXTRA", "TOPIC=GROUP, separated by commas: readers that the embedded broker must not outrun") ?? "")
      .split(separator: ",").map(String.init)
    shutdownSeconds = settings.integer("SHUTDOWN_SECONDS", default: 10, in: 1...300, "how long a graceful shutdown may take")
    adminToken = settings.token("ADMIN_TOKEN_FILE", "a file with the bearer token of operators' calls; without it there are none")
    let database = database
    if !database.isEmpty, !database.hasPrefix("sqlite:"), !database.hasPrefix("postgres://"), !database.hasPrefix("postgresql://") {
      settings.fail("DATABASE", nil, expected: "sqlite:PATH or postgres://USER@HOST/NAME", remedy: "Set it to sqlite:/var/lib/countersign/\(service.rawValue).sqlite, for example.")
    }
  }
}
