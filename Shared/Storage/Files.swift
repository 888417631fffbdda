import Glibc

/// Bytes of a database's file and its log, and bytes free on their volume.
func spaceOfFiles(_ path: String) throws(StoreError) -> (used: Int64, free: Int64) {
  var volume = statvfs()
  guard statvfs(path, &volume) == 0 else { throw StoreError(.unavailable, "\(path): \(systemError())") }
  var used: Int64 = 0
  for name in [path, path + "-wal", path + "-shm"] {
    var status = stat()
    if stat(name, &status) == 0 { used += Int64(status.st_size) }
  }
  let size = Int64(clamping: volume.f_frsize)
  let (free, isTooMuch) = Int64(clamping: volume.f_bavail).multipliedReportingOverflow(by: size)
  return (used, isTooMuch ? Int64.max : free)
}

/// The path without symbolic links, so that one file has one lock. Makes the file, for its owner only, where there is
/// none; does not open one that is there, for closing it again would drop SQLite's locks on it.
func realPathOfPrivateFile(_ path: String) throws(StoreError) -> String {
  if access(path, F_OK) != 0 {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      Glibc.close(descriptor)
    } else if errno != EEXIST {
      throw StoreError(errno == ENOSPC ? .full : .unavailable, "\(path): \(systemError())")
    }
  }
  guard let real = realpath(path, nil) else { throw StoreError(.unavailable, "\(path): \(systemError())") }
  defer { free(real) }
  return String(cString: real)
}

/// - Throws: `refused` where it exists.
func makeNewDirectory(_ path: String) throws(StoreError) {
  guard mkdir(path, 0o700) == 0 else {
    let code = errno
    throw StoreError(code == ENOSPC ? .full : code == EEXIST ? .refused : .unavailable, "\(path): \(systemError(code))")
  }
}

/// Makes files and folders durable.
func sync(_ paths: [String]) throws(StoreError) {
  for path in paths {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError(.unavailable, "\(path): \(systemError())") }
    let failed = fsync(descriptor) != 0
    let code = errno
    Glibc.close(descriptor)
    if failed { throw StoreError(code == ENOSPC ? .full : .unavailable, "\(path): \(systemError(code))") }
  }
}
