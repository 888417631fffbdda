import Bundles
import Foundation
import JSON

/// The files of a folder while they are checked; what is wrong with one is noted and the next is read.
final class FolderFiles {
  let url: URL
  let name: String
  private(set) var mistakes: [BundleMistake] = []
  private let most = 500

  init(_ url: URL) {
    self.url = url
    name = url.standardizedFileURL.lastPathComponent
  }

  func add(_ file: String, line: Int = 1, key: String = "", value: String = "", _ expected: String, _ remedy: String) {
    guard mistakes.count < most else { return }
    mistakes.append(
      BundleMistake(
        file: "\(name)/\(file)", line: line, key: key, value: String(value.prefix(120)), expected: expected,
        remedy: remedy))
  }

  func add(_ found: [BundleMistake]) { mistakes += found.prefix(max(0, most - mistakes.count)) }

  func has(_ file: String) -> Bool { FileManager.default.fileExists(atPath: url.appendingPathComponent(file).path) }

  /// The names right inside of a folder, sorted; none where it is not there.
  func names(in folder: String = "", suffix: String) -> [String] {
    let place = folder.isEmpty ? url : url.appendingPathComponent(folder)
    return ((try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []).filter { $0.hasSuffix(suffix) }
      .sorted()
  }

  /// Nil, with a mistake, where the file cannot be read as UTF-8.
  func text(_ file: String, otherwise remedy: String) -> String? {
    guard has(file) else {
      add(file, "this file is missing", remedy)
      return nil
    }
    guard let data = try? Data(contentsOf: url.appendingPathComponent(file)), let text = String(data: data, encoding: .utf8)
    else {
      add(file, "a readable file in UTF-8 expected", "save it as UTF-8")
      return nil
    }
    return text
  }

  func json(_ file: String, otherwise remedy: String) -> JSON? {
    guard let text = text(file, otherwise: remedy) else { return nil }
    return parse(text, file, line: nil)
  }

  /// JSON Lines with the numbers of their lines; lines that are not JSON are noted and left out.
  func lines(_ file: String, otherwise remedy: String) -> [(line: Int, json: JSON)] {
    guard let text = text(file, otherwise: remedy) else { return [] }
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
      guard !line.isEmpty else { return nil }
      return parse(String(line), file, line: index + 1).map { (index + 1, $0) }
    }
  }

  private func parse(_ text: String, _ file: String, line: Int?) -> JSON? {
    do { return try JSON.parse(Array(text.utf8)) } catch {
      let place = line ?? error.pointer.map { Self.line(of: $0, in: text) } ?? 1
      add(file, line: place, key: error.pointer ?? "", value: error.found, "\(error.expected) expected", "mend the JSON")
      return nil
    }
  }

  /// The line in which a JSON pointer's last name stands for the first time after those before it.
  static func line(of pointer: String, in text: String) -> Int {
    var rest = text[...]
    for name in pointer.split(separator: "/") where Int(name) == nil {
      let plain = name.replacing("~1", with: "/").replacing("~0", with: "~")
      guard let found = rest.range(of: "\"\(plain)\"") else { break }
      rest = rest[found.lowerBound...]
      if found.upperBound < rest.endIndex { rest = rest[text.index(after: found.lowerBound)...] }
    }
    return text[..<rest.startIndex].utf8.count { $0 == 0x0A } + 1
  }
}
