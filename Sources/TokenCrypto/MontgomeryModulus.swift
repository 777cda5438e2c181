/// Arithmetic modulo an odd number whose highest bit is set, by Montgomery's method on 64-bit limbs.
///
/// The steps of a multiplication and of a power depend on the lengths of the operands only, never on their values:
/// no branch and no memory address is chosen by a secret.
package struct MontgomeryModulus: Sendable {
    /// Least significant limb first.
    private let modulus: [UInt64]
    /// −modulus⁻¹ mod 2⁶⁴.
    private let negatedInverse: UInt64
    /// R mod modulus, which is 1 in Montgomery form; R is 2 to the number of bits of the limbs.
    private let one: [UInt64]
    /// R² mod modulus: multiplying by it brings a number into Montgomery form.
    private let squareOfR: [UInt64]

    /// The length in bytes of the modulus and of every result.
    package var byteCount: Int { modulus.count * 8 }

    /// - Parameter bytes: the modulus, most significant byte first: a multiple of eight bytes, odd, first bit set.
    package init(bigEndian bytes: [UInt8]) {
        precondition(bytes.count % 8 == 0 && (bytes.first ?? 0) >= 0x80 && (bytes.last ?? 0) & 1 == 1)
        modulus = Self.limbs(bytes, count: bytes.count / 8)
        // Newton's iteration doubles the correct low bits: 1, 2, 4 … 64.
        var inverse: UInt64 = 1
        for _ in 0..<6 { inverse = inverse &* (2 &- modulus[0] &* inverse) }
        negatedInverse = 0 &- inverse
        // R < 2 × modulus, so R mod modulus is R − modulus: the two's complement.
        var complement = modulus.map { ~$0 }
        var carry = true
        for index in complement.indices where carry {
            complement[index] &+= 1
            carry = complement[index] == 0
        }
        one = complement
        var square = complement
        for _ in 0..<modulus.count * 64 { Self.addReduced(&square, square, modulus: modulus) }
        squareOfR = square
    }

    /// A number modulo this modulus, in Montgomery form.
    package struct Residue: Sendable, Equatable {
        fileprivate var limbs: [UInt64]

        /// Whether the number is a multiple of the modulus.
        package var isZero: Bool { limbs.reduce(0, |) == 0 }
    }

    /// The residue of a number of any length, most significant byte first.
    package func residue(bigEndian bytes: [UInt8]) -> Residue {
        var result = [UInt64](repeating: 0, count: modulus.count)
        let zero = result
        let firstCount = bytes.count % byteCount
        var start = 0
        var end = firstCount == 0 ? min(byteCount, bytes.count) : firstCount
        while start < bytes.count {
            // Horner's rule in base R.
            result = product(result, squareOfR)
            var block = Self.limbs(Array(bytes[start..<end]), count: modulus.count)
            Self.addReduced(&block, zero, modulus: modulus)
            Self.addReduced(&result, block, modulus: modulus)
            start = end
            end += byteCount
        }
        return Residue(limbs: product(result, squareOfR))
    }

    /// The number a residue stands for, in `byteCount` bytes, most significant first.
    package func bytes(_ residue: Residue) -> [UInt8] {
        var unit = [UInt64](repeating: 0, count: modulus.count)
        unit[0] = 1
        return product(residue.limbs, unit).reversed().flatMap { limb in
            (0..<8).map { UInt8(truncatingIfNeeded: limb >> UInt64(56 - 8 * $0)) }
        }
    }

    package func sum(_ a: Residue, _ b: Residue) -> Residue {
        var sum = a
        Self.addReduced(&sum.limbs, b.limbs, modulus: modulus)
        return sum
    }

    package func product(_ a: Residue, _ b: Residue) -> Residue { Residue(limbs: product(a.limbs, b.limbs)) }

    /// `base` to the exponent, most significant byte first. The time depends on the exponent's length alone.
    package func power(_ base: Residue, _ exponent: [UInt8]) -> Residue {
        let count = modulus.count
        // Sixteen powers of the base: four bits of the exponent at a time.
        var table = one + base.limbs
        for index in 2..<16 {
            table += product(Array(table[(index - 1) * count..<index * count]), base.limbs)
        }
        var result = one
        var factor = [UInt64](repeating: 0, count: count)
        var scratch = [UInt64](repeating: 0, count: count + 2)
        for byte in exponent {
            for nibble in [byte >> 4, byte & 15] {
                for _ in 0..<4 { multiply(&result, result, &scratch) }
                Self.pick(UInt64(nibble), from: table, into: &factor)
                multiply(&result, factor, &scratch)
            }
        }
        return Residue(limbs: result)
    }

    /// The powers of one base that `power(_:_:)` of a table puts together: `base` to d·16^i for each of an exponent's hexadecimal
    /// digits. A megabyte for 3072 bits would be too much; for exponents of 32 bytes it is 400 kB.
    package struct PowerTable: Sendable {
        fileprivate let base: Residue
        fileprivate let digitsMax: Int
        /// Sixteen powers for each digit, the least significant digit first.
        fileprivate let powers: [[UInt64]]
    }

    /// Computes a table: as much work as four powers.
    package func table(of base: Residue, exponentBytesMax: Int) -> PowerTable {
        var powers: [[UInt64]] = []
        var unit = base.limbs
        for _ in 0..<exponentBytesMax * 2 {
            var row = one + unit, last = unit
            for _ in 2..<16 {
                last = product(last, unit)
                row += last
            }
            powers.append(row)
            unit = product(last, unit)
        }
        return PowerTable(base: base, digitsMax: exponentBytesMax * 2, powers: powers)
    }

    /// The table's base to the exponent, most significant byte first: one multiplication a digit instead of five.
    /// The time depends on the exponent's length alone.
    package func power(_ table: PowerTable, _ exponent: [UInt8]) -> Residue {
        guard exponent.count * 2 <= table.digitsMax else { return power(table.base, exponent) }
        var result = one
        var factor = [UInt64](repeating: 0, count: modulus.count)
        var scratch = [UInt64](repeating: 0, count: modulus.count + 2)
        for (index, byte) in exponent.reversed().enumerated() {
            for (digit, nibble) in [(index * 2, byte & 15), (index * 2 + 1, byte >> 4)] {
                Self.pick(UInt64(nibble), from: table.powers[digit], into: &factor)
                multiply(&result, factor, &scratch)
            }
        }
        return Residue(limbs: result)
    }

    // MARK: Limbs

    private func product(_ a: [UInt64], _ b: [UInt64]) -> [UInt64] {
        var result = a
        var scratch = [UInt64](repeating: 0, count: a.count + 2)
        multiply(&result, b, &scratch)
        return result
    }

    /// `a` becomes a × b × R⁻¹: multiplication and reduction, interleaved limb by limb.
    ///
    /// Plain pointers and `while` cost the same as ranges in a release build, and a hundredth in a debug build.
    private func multiply(_ a: inout [UInt64], _ b: [UInt64], _ scratch: inout [UInt64]) {
        let count = modulus.count
        scratch.withUnsafeMutableBufferPointer { scratch in
            a.withUnsafeBufferPointer { a in
                b.withUnsafeBufferPointer { b in
                    modulus.withUnsafeBufferPointer { modulus in
                        guard let t = scratch.baseAddress, let a = a.baseAddress, let b = b.baseAddress,
                              let n = modulus.baseAddress else { return }
                        t.update(repeating: 0, count: count &+ 2)
                        var i = 0
                        while i < count {
                            Self.addProduct(a, b[i], to: t, count)
                            Self.addProduct(n, t[0] &* negatedInverse, to: t, count)
                            // The lowest limb has become zero: t is divided by 2⁶⁴.
                            t.update(from: t + 1, count: count &+ 1)
                            t[count &+ 1] = 0
                            i &+= 1
                        }
                    }
                }
            }
        }
        Self.subtractOnce(scratch, modulus: modulus, into: &a)
    }

    /// t += a × factor, where t has two limbs more than a.
    @inline(__always)
    private static func addProduct(
        _ a: UnsafePointer<UInt64>, _ factor: UInt64, to t: UnsafeMutablePointer<UInt64>, _ count: Int
    ) {
        var carry: UInt64 = 0
        var j = 0
        while j < count {
            let (high, low) = a[j].multipliedFullWidth(by: factor)
            let (first, x) = low.addingReportingOverflow(carry)
            let (second, y) = first.addingReportingOverflow(t[j])
            t[j] = second
            carry = high &+ (x ? 1 : 0) &+ (y ? 1 : 0)
            j &+= 1
        }
        let (low, overflows) = t[count].addingReportingOverflow(carry)
        t[count] = low
        t[count &+ 1] = t[count &+ 1] &+ (overflows ? 1 : 0)
    }

    /// `result` becomes t − modulus if that is not negative, else t. t has one limb more that counts.
    private static func subtractOnce(_ t: [UInt64], modulus: [UInt64], into result: inout [UInt64]) {
        let count = modulus.count
        t.withUnsafeBufferPointer { t in
            modulus.withUnsafeBufferPointer { modulus in
                result.withUnsafeMutableBufferPointer { result in
                    guard let t = t.baseAddress, let n = modulus.baseAddress, let result = result.baseAddress
                    else { return }
                    var borrow: UInt64 = 0
                    var j = 0
                    while j < count {
                        let (first, x) = t[j].subtractingReportingOverflow(n[j])
                        let (second, y) = first.subtractingReportingOverflow(borrow)
                        result[j] = second
                        borrow = (x ? 1 : 0) | (y ? 1 : 0)
                        j &+= 1
                    }
                    let isSmaller: UInt64 = t[count] < borrow ? 1 : 0
                    let keepsT = 0 &- isSmaller
                    j = 0
                    while j < count {
                        result[j] = (t[j] & keepsT) | (result[j] & ~keepsT)
                        j &+= 1
                    }
                }
            }
        }
    }

    /// a = (a + b) mod modulus, where a + b < 2 × modulus, or b = 0 and a is any number of that many limbs.
    private static func addReduced(_ a: inout [UInt64], _ b: [UInt64], modulus: [UInt64]) {
        var sum = [UInt64](repeating: 0, count: modulus.count + 1)
        var carry: UInt64 = 0
        for j in modulus.indices {
            let (first, x) = a[j].addingReportingOverflow(b[j])
            let (second, y) = first.addingReportingOverflow(carry)
            sum[j] = second
            carry = (x ? 1 : 0) | (y ? 1 : 0)
        }
        sum[modulus.count] = carry
        subtractOnce(sum, modulus: modulus, into: &a)
    }

    /// Copies the table's entry by reading all of them, so that the address does not tell the index.
    private static func pick(_ index: UInt64, from table: [UInt64], into result: inout [UInt64]) {
        let count = result.count
        table.withUnsafeBufferPointer { table in
            result.withUnsafeMutableBufferPointer { result in
                guard let table = table.baseAddress, let result = result.baseAddress else { return }
                result.update(repeating: 0, count: count)
                var entry = 0
                while entry < 16 {
                    let difference = UInt64(truncatingIfNeeded: entry) ^ index
                    let mask = ((difference | (0 &- difference)) >> 63) &- 1
                    var j = 0
                    while j < count {
                        result[j] |= table[entry &* count &+ j] & mask
                        j &+= 1
                    }
                    entry &+= 1
                }
            }
        }
    }

    private static func limbs(_ bytes: [UInt8], count: Int) -> [UInt64] {
        var limbs = [UInt64](repeating: 0, count: count)
        for (position, byte) in bytes.reversed().enumerated() {
            limbs[position / 8] |= UInt64(byte) << UInt64(position % 8 * 8)
        }
        return limbs
    }
}
