/// A range of IPv4 addresses in CIDR notation.
package struct AddressRange: Sendable, Equatable {
    private let base: UInt32
    private let prefixLength: Int

    /// Nil for anything but `192.0.2.0/24`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = Self.address(parts[0]), let length = Int(parts[1]), (0...32).contains(length) else { return nil }
        self.base = base
        prefixLength = length
    }

    package func contains(_ address: String) -> Bool {
        guard let number = Self.address(address[...]) else { return false }
        let mask: UInt32 = prefixLength == 0 ? 0 : ~UInt32(0) << UInt32(32 - prefixLength)
        return number & mask == base & mask
    }

    private static func address(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { part in
            part.utf8.count <= 3 && part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt8(part) : nil
        }
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard let part else { return nil }
            number = number << 8 | UInt32(part)
        }
        return number
    }
}
