import Dispatch
import Foundation

/// Whether a name leads into the public internet.
public enum PublicAddress {
  /// Whether each address of a host is public. A name that cannot be resolved is not.
  public static func holds(_ host: String) async -> Bool {
    await withCheckedContinuation { continuation in
      // It waits for the network: not on a thread of the tasks.
      DispatchQueue.global().async {
        let found = addresses(of: host)
        continuation.resume(returning: !found.isEmpty && found.allSatisfy(isPublic))
      }
    }
  }

  /// Four bytes or sixteen each.
  public static func addresses(of host: String) -> [[UInt8]] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host.trimmingCharacters(in: ["[", "]"]), nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var found: [[UInt8]] = []
    var next = list
    while let info = next {
      let address = info.pointee
      if address.ai_family == AF_INET, let place = address.ai_addr {
        place.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          withUnsafeBytes(of: $0.pointee.sin_addr) { found.append(Array($0)) }
        }
      } else if address.ai_family == AF_INET6, let place = address.ai_addr {
        place.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          withUnsafeBytes(of: $0.pointee.sin6_addr) { found.append(Array($0)) }
        }
      }
      next = address.ai_next
    }
    return found
  }

  /// By the registries of special-purpose addresses (RFC 6890).
  public static func isPublic(_ address: [UInt8]) -> Bool {
    if address.count == 4 { return isPublic4(address) }
    guard address.count == 16 else { return false }
    // IPv4 in IPv6: mapped (::ffff:0:0/96), translated (64:ff9b::/96), 6to4 (2002::/16).
    let zeros = address.prefix(10).allSatisfy { $0 == 0 }
    if zeros, address[10] == 0xFF, address[11] == 0xFF { return isPublic4(Array(address.suffix(4))) }
    if address.starts(with: [0, 0x64, 0xFF, 0x9B]) { return isPublic4(Array(address.suffix(4))) }
    if address.starts(with: [0x20, 0x02]) { return isPublic4(Array(address[2..<6])) }
    // Global unicast is 2000::/3, without Teredo and the like (2001::/23) and documentation (2001:db8::/32).
    guard address[0] & 0xE0 == 0x20 else { return false }
    if address[0] == 0x20, address[1] == 0x01, address[2] < 2 || (address[2] == 0x0D && address[3] == 0xB8) {
      return false
    }
    return true
  }

  private static func isPublic4(_ a: [UInt8]) -> Bool {
    switch (a[0], a[1]) {
    case (0, _), (10, _), (127, _), (224...255, _): false
    case (100, 64...127), (169, 254), (172, 16...31), (192, 168), (198, 18...19): false
    case (192, 0) where a[2] == 0 || a[2] == 2: false
    case (198, 51) where a[2] == 100: false
    case (203, 0) where a[2] == 113: false
    default: true
    }
  }
}
