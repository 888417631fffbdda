// swift-tools-version: 6.2
import PackageDescription

// The mechanism with its simulator and the policy rules with their tests alone, so that a mutant is built in half a minute. `deploy/tests/mutants` copies this over
// the manifest of a copy of the sources.
let swift: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

func shared(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: "Shared/\(name)", swiftSettings: swift)
}

let package = Package(
  name: "mutants",
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .target(name: "CPostgres", path: "Shared/CPostgres", linkerSettings: [.linkedLibrary("pq")]),
    .target(name: "CSimdjson", path: "Shared/CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "CRE2", path: "Shared/CRE2", linkerSettings: [.linkedLibrary("re2")]),
    shared("JSON", ["CSimdjson"]),
    shared("Domain", []),
    shared("Statistics", []),
    shared("CEL", ["CRE2"]),
    shared("Bundles", ["Domain", "JSON", "CEL", "CRE2", yams, crypto]),
    shared("JSONSchema", ["JSON", "CRE2"]),
    shared("Wire", ["JSON", crypto]),
    shared("Permits", ["JSON", "Wire", crypto]),
    shared("Workflows", ["Domain", "JSON", "JSONSchema", "Bundles", "Permits", "Wire"]),
    shared("Ledger", [crypto]),
    shared("Messaging", ["Wire"]),
    shared("Storage", ["CPostgres", grdb, sqlite]),
    shared("Lanes", ["JSON", "Wire", "Messaging", "Storage"]),
    .testTarget(
      name: "SimulationTests", dependencies: ["JSON", "Wire", "Messaging", "Storage", "Lanes"], path: "Tests/Simulation",
      exclude: ["Road"], swiftSettings: swift),
    .testTarget(
      name: "PureTests", dependencies: ["JSON", "Wire", "CEL", "Domain", "Bundles", "Workflows", "Permits", "Ledger", "Statistics", crypto], path: "Tests/Pure",
      exclude: ["CEL/RuleBatchTests.swift"], swiftSettings: swift),
  ],
  cxxLanguageStandard: .cxx17
)
