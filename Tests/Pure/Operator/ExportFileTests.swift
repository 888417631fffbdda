import Foundation
import Testing

@testable import countersign

/// A file that grows by pages and is gone on with after a crash.
@Suite struct ExportFileTests {
  private func open(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "countersign-export-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body("\(folder)/out")
  }

  private func text(_ path: String) -> String { String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self) }

  @Test func itGoesOnAtTheLastWholePage() throws {
    try open { path in
      var file = try ExportFile(path, query: "format=csv", resume: false)
      #expect(file.next == nil)
      try file.append(Array("one\n".utf8), next: "a1")
      // Half a page, and the process ends.
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("tw".utf8))
      try handle.close()
      var again = try ExportFile(path, query: "format=csv", resume: true)
      #expect(again.next == "a1" && again.length == 4)
      try again.append(Array("two\n".utf8), next: nil)
      try again.finish()
      #expect(text(path) == "one\ntwo\n")
      #expect(!FileManager.default.fileExists(atPath: "\(path).cursor"))
    }
  }

  @Test func itOverwritesNothingAndMixesNothing() throws {
    try open { path in
      var file = try ExportFile(path, query: "format=csv", resume: false)
      try file.append(Array("one\n".utf8), next: "a1")
      #expect(throws: OperatorError.self) { try ExportFile(path, query: "format=csv", resume: false) }
      #expect(throws: OperatorError.self) { try ExportFile(path, query: "format=ocsf", resume: true) }
      try FileHandle(forWritingAtPath: path)?.truncate(atOffset: 2)
      #expect(throws: OperatorError.self) { try ExportFile(path, query: "format=csv", resume: true) }
      #expect(text(path) == "on")
      #expect(throws: OperatorError.self) { try ExportFile("\(path)-other", query: "format=csv", resume: true) }
    }
  }

  @Test func theLastLineOfAPageIsNoCase() {
    for (page, wanted) in [("a\nb\n{\"next\":null}\n", "a\nb\n"), ("{\"next\":null}\n", ""), ("", "")] {
      #expect(String(decoding: ExportCommand.withoutEnd(Array(page.utf8)), as: UTF8.self) == wanted)
    }
  }
}
