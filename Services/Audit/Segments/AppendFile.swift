import Glibc
import Storage

/// A file that only grows, but for a tail that was never committed. One writer.
struct AppendFile: ~Copyable {
  let path: String
  private let descriptor: Int32
  private(set) var length: Int64

  /// Opens it, or makes it and its entry in the folder durable.
  init(_ path: String) throws(StoreError) {
    let isNew = access(path, F_OK) != 0
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.error(path) }
    let length = lseek(descriptor, 0, SEEK_END)
    do throws(StoreError) {
      guard length >= 0 else { throw Self.error(path) }
      if isNew { try syncFolder(of: path) }
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
    self.length = Int64(length)
  }

  deinit { close(descriptor) }

  mutating func append(_ bytes: [UInt8]) throws(StoreError) {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, $0.count - done) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw Self.error(path) }
      done += written
      length += Int64(written)
    }
  }

  /// Cuts off what follows. - Throws: `damaged` where it is shorter.
  mutating func cut(to length: Int64) throws(StoreError) {
    guard length <= self.length else {
      throw StoreError(
        .damaged, "\(path): \(length) bytes are committed, \(self.length) are there. Restore the ledger's folder from its backup.")
    }
    guard length < self.length else { return }
    guard ftruncate(descriptor, off_t(length)) == 0 else { throw Self.error(path) }
    self.length = length
  }

  func sync() throws(StoreError) {
    guard fdatasync(descriptor) == 0 else { throw Self.error(path) }
  }

  static func error(_ path: String) -> StoreError {
    let code = errno
    let text = String(cString: strerror(code))
    return StoreError(code == ENOSPC || code == EDQUOT ? .full : .unavailable, "\(path): \(text)")
  }
}

/// Bytes of a file from `offset` on, at most `count`; fewer at its end.
func readFile(_ path: String, from offset: Int64, count: Int) throws(StoreError) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    if errno == ENOENT { throw StoreError(.damaged, "\(path) is missing. Restore the ledger's folder from its backup.") }
    throw AppendFile.error(path)
  }
  defer { close(descriptor) }
  return try readFile(descriptor, path, from: offset, count: count)
}

func readFile(_ descriptor: Int32, _ path: String, from offset: Int64, count: Int) throws(StoreError) -> [UInt8] {
  var failure: StoreError?
  let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    while filled < count {
      let read = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset) + filled)
      if read < 0, errno == EINTR { continue }
      if read < 0 { failure = AppendFile.error(path) }
      if read <= 0 { break }
      filled += read
    }
  }
  if let failure { throw failure }
  return bytes
}

/// Replaces a small file as a whole, durably.
func replaceFile(_ path: String, _ bytes: [UInt8]) throws(StoreError) {
  let fresh = path + ".new"
  unlink(fresh)
  var file = try AppendFile(fresh)
  try file.append(bytes)
  try file.sync()
  guard rename(fresh, path) == 0 else { throw AppendFile.error(path) }
  try syncFolder(of: path)
}

func makeFolder(_ path: String) throws(StoreError) {
  guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw AppendFile.error(path) }
}

private func syncFolder(of path: String) throws(StoreError) {
  let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw AppendFile.error(folder) }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw AppendFile.error(folder) }
}
