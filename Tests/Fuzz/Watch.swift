import Glibc
import Synchronization

/// Keeps the input that is being worked on where whoever started the process finds it if the process dies, and ends the
/// process over an input that takes too long.
final class Watch: Sendable {
  /// Bytes of an input that are kept.
  static let room = 1 << 20
  /// Seconds of processor time that one input may take. The costliest sound one takes well under a tenth.
  static let most = 3.0

  nonisolated(unsafe) private let kept: UnsafeMutableRawPointer
  /// When the input was begun, in nanoseconds of the process's processor time; 0 between two inputs.
  private let began = Atomic<UInt64>(0)

  /// - Parameter path: a file that is made as large as needed; the input's size as 8 bytes, little-endian, then its bytes.
  init?(path: String) {
    let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o644)
    guard file >= 0, ftruncate(file, off_t(Watch.room + 8)) == 0,
      let kept = mmap(nil, Watch.room + 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), kept != MAP_FAILED
    else { return nil }
    self.kept = kept
    close(file)
  }

  func begin(_ input: [UInt8]) {
    let count = min(input.count, Watch.room)
    kept.storeBytes(of: UInt64(count), as: UInt64.self)
    input.withUnsafeBytes { (kept + 8).copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(kept), byteCount: count) }
    began.store(Watch.processorTime(), ordering: .releasing)
  }

  func end() { began.store(0, ordering: .releasing) }

  /// Looks ten times a second, on a thread of its own.
  func start() {
    var thread = pthread_t()
    pthread_create(&thread, nil, { watch in
      guard let watch else { return nil }
      Unmanaged<Watch>.fromOpaque(watch).takeUnretainedValue().look()
    }, Unmanaged.passRetained(self).toOpaque())
  }

  private func look() -> Never {
    while true {
      usleep(100_000)
      let began = began.load(ordering: .acquiring)
      if began > 0, Double(Watch.processorTime() &- began) / 1e9 > Watch.most { _exit(7) }
    }
  }

  private static func processorTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// The memory that the process holds, in KiB.
  static func resident() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var pages = 0, held = 0
    withUnsafeMutablePointer(to: &pages) { all in
      withUnsafeMutablePointer(to: &held) { _ = withVaList([all, $0]) { vfscanf(file, "%ld %ld", $0) } }
    }
    return held * Int(sysconf(Int32(_SC_PAGESIZE))) / 1_024
  }
}
