import Foundation

extension FolderSource {
  /// - Throws: where there is no ledger.
  init(folder: String) throws {
    guard FileManager.default.fileExists(atPath: "\(folder)/segments") else {
      throw OperatorError("\(folder) is no ledger: a folder with segments, content and checkpoint was expected, or a packet, or a .tlog-proof file.")
    }
    let files = OpenFiles(folder)
    self.init(place: folder, read: files.read)
  }
}

/// Files of a folder that are read again and again.
private final class OpenFiles {
  private let folder: String
  private var handles: [String: FileHandle] = [:]

  init(_ folder: String) { self.folder = folder }

  func read(_ name: String, _ offset: Int, _ count: Int) throws -> [UInt8]? {
    guard let handle = handles[name] ?? FileHandle(forReadingAtPath: "\(folder)/\(name)") else { return nil }
    if handles.count > 16 { handles.removeAll() }
    handles[name] = handle
    try handle.seek(toOffset: UInt64(offset))
    return Array(try handle.read(upToCount: count) ?? Data())
  }
}
