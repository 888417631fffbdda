import Glibc

/// An advisory lock on `PATH.lock`, held until `release` or the end of the process. One process, one store.
final class FileLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `unavailable`, naming the process that holds it.
  init(path: String) throws(StoreError) {
    let name = path + ".lock"
    let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StoreError(.unavailable, "\(name): \(systemError())") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let holder = Self.read(descriptor)
      Glibc.close(descriptor)
      if code == EWOULDBLOCK { throw StoreError(.unavailable, "\(path) is in use by process \(holder)") }
      throw StoreError(.unavailable, "\(name): \(systemError(code))")
    }
    self.descriptor = descriptor
    let mine = Array("\(getpid())\n".utf8)
    // Only for people to read: a full disk must not keep the service from starting.
    if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, mine, mine.count, 0) }
  }

  /// The file stays: removing it would let two processes lock two files of one name.
  func release() { Glibc.close(descriptor) }

  private static func read(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let digits = bytes.prefix(max(count, 0)).prefix { (48...57).contains($0) }
    return digits.isEmpty ? "(unknown)" : String(decoding: digits, as: UTF8.self)
  }
}

func systemError(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
