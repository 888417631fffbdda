// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 language mode everywhere; a warning is an error.
let swift: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
/// RSA, by which identity providers sign.
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

func shared(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Shared/\(name)", swiftSettings: swift)
}

func shim(_ name: String, links library: String) -> Target {
  .target(name: name, path: "Shared/\(name)", linkerSettings: [.linkedLibrary(library)])
}

/// What every service is made of; a service adds only what is its own.
let road: [Target.Dependency] = [
  "JSON", "Domain", "Wire", "Permits", "Messaging", "Storage", "Lanes", "Host", logging, hummingbird, httpTypes,
]

func service(
  _ name: String, _ executable: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .executableTarget(
    // Strings and arrays come and go with each record: glibc's malloc takes a tenth more CPU than jemalloc.
    name: executable, dependencies: road + ["CJemalloc"] + dependencies, path: "Services/\(name)", exclude: exclude,
    swiftSettings: swift)
}

/// - Parameter optimized: for tests that compute for long in code of their own. The others take minutes less to compile.
func tests(_ name: String, _ dependencies: [Target.Dependency], optimized: Bool = false) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)",
    swiftSettings: swift + (optimized ? [] : [.unsafeFlags(["-Onone"])]))
}

let package = Package(
  name: "countersign",
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    shim("CRdKafka", links: "rdkafka"),
    shim("CPostgres", links: "pq"),
    shim("CSimdjson", links: "simdjson"),
    shim("CRE2", links: "re2"),
    shim("CJemalloc", links: "jemalloc"),
    shared("JSON", ["CSimdjson"]),
    shared("Wire", ["JSON", crypto]),
    shared("Domain"),
    shared("Statistics"),
    shared("CEL", ["CRE2"]),
    shared("JSONSchema", ["JSON", "CRE2"]),
    shared("Bundles", ["Domain", "JSON", "CEL", "CRE2", yams, crypto]),
    shared("Workflows", ["Domain", "JSON", "JSONSchema", "Bundles", "Permits", "Wire"]),
    shared("Vault", ["JSON", "Wire", crypto]),
    .target(name: "Embedded", dependencies: ["JSON", "Wire", crypto], path: "Services/ModelAdapter/Embedded", swiftSettings: swift),
    shared("Permits", ["JSON", "Wire", crypto]),
    shared("Identity", ["JSON", "Wire", yams, crypto, cryptoExtras]),
    shared("Ledger", [crypto]),
    shared("Messaging", ["Wire"]),
    shared("KafkaBus", ["Messaging", "Wire", "CRdKafka"]),
    shared("Storage", [grdb, sqlite, "CPostgres"]),
    shared("Lanes", ["JSON", "Wire", "Messaging", "Storage"]),
    shared(
      "Host",
      [
        "JSON", "Wire", "Permits", "Messaging", "Storage", "Lanes", "KafkaBus", logging, hummingbird, httpTypes, nio,
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"), httpClient,
        lifecycle, signals,
      ]),
    shared("SignOn", ["JSON", "Wire", "Identity", "Host", logging, hummingbird, httpTypes]),
    .executableTarget(
      name: "countersign", dependencies: [
        "Domain", "Bundles", "Workflows", "Identity", "Permits", "Embedded", "JSON", "JSONSchema", "Wire", "CEL", "Messaging",
        "KafkaBus", "Storage", "Ledger", hummingbird, httpTypes, logging,
        arguments, signals, httpClient, nio, crypto,
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ], path: "Services/Operator",
      swiftSettings: swift),
    .executableTarget(
      name: "countersign-hop", dependencies: ["JSON", "Wire", "Messaging", "Storage", "Lanes", "Host"],
      path: "Tests/Benchmarks/Hop", swiftSettings: swift),
    .executableTarget(
      name: "countersign-rules", dependencies: ["JSON", "CEL", "Domain", "Bundles"], path: "Tests/Benchmarks/Rules",
      swiftSettings: swift),
    .executableTarget(
      name: "countersign-fuzz", dependencies: ["JSON", "Wire", "CEL", "Domain", "Bundles"], path: "Tests/Fuzz", swiftSettings: swift),
    service("Intake", "countersign-intake", ["Bundles", "Workflows", "JSONSchema", "Vault", yams]),
    service("Policy", "countersign-policy", ["Bundles", "Workflows", "Identity", "SignOn", "JSONSchema", crypto]),
    service(
      "ModelAdapter", "countersign-model-adapter",
      ["Embedded", "Bundles", "Workflows", "JSONSchema", "Vault", nio, .product(name: "NIOHTTP1", package: "swift-nio"), httpClient],
      exclude: ["Embedded"]),
    service("Reviewer", "countersign-reviewer", ["Identity", "SignOn", "JSONSchema", yams, crypto, nio, lifecycle, .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio")]),
    service("Audit", "countersign-audit", ["Ledger", "Statistics", "Bundles", "Workflows", "Identity", "SignOn", crypto, nio, yams]),
    tests(
      "Pure",
      ["JSON", "JSONSchema", "CEL", "Domain", "Bundles", "Workflows", "Wire", "Permits", "Ledger", "Vault", "Lanes", "Host", "Embedded",
        "Statistics", "countersign",
      ]),
    tests(
      "Services",
      road + ["Bundles", "Workflows", "Identity", "SignOn", "JSONSchema", "Vault", "Ledger", "Statistics", "Embedded", crypto, cryptoExtras, nio, httpClient,
        .product(name: "NIOHTTP1", package: "swift-nio"), "countersign-intake",
        "countersign-policy",
        "countersign-model-adapter", "countersign-reviewer", "countersign-audit", "countersign",
      ]),
    tests("Storage", ["Storage"]),
    tests(
      "Simulation",
      ["JSON", "Wire", "Messaging", "Storage", "Lanes", "Permits", "Workflows", "Identity", "Vault", "Ledger", crypto, "countersign-intake",
        "countersign-policy", "countersign-model-adapter", "countersign-reviewer", "countersign-audit",
      ], optimized: true),
    tests("Bus", ["Wire", "Messaging", "KafkaBus", "CRdKafka"]),
  ],
  cxxLanguageStandard: .cxx17
)
