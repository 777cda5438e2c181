/// Header fields in the order they were sent; names compare without regard to ASCII case, repeats are kept.
///
/// All names and values lie in one run of bytes: taking over a request's head costs one copy, and writing a
/// response's head copies bytes; Strings are made only for the values somebody asks for.
package struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// Where one field lies in the bytes.
    struct Field: Sendable {
        var nameStart: UInt32
        var nameLength: UInt32
        var valueStart: UInt32
        var valueLength: UInt32
    }

    private var bytes: [UInt8]
    private var fields: [Field]

    package init() {
        bytes = []
        fields = []
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        fields.reserveCapacity(elements.count + 4)
        bytes.reserveCapacity(elements.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count })
        for element in elements { add(element.0, element.1) }
    }

    /// Fields that already lie in `bytes`, as the request parser found them.
    init(bytes: [UInt8], fields: [Field]) {
        self.bytes = bytes
        self.fields = fields
    }

    /// The first value of `name`, or nil.
    package subscript(name: String) -> String? {
        var name = name
        return name.withUTF8 { wanted in
            bytes.withUnsafeBufferPointer { all in
                for field in fields where Self.matches(field, wanted, in: all) { return Self.value(field, in: all) }
                return nil
            }
        }
    }

    /// Every value of `name`, in order.
    package func values(_ name: String) -> [String] {
        var name = name
        return name.withUTF8 { wanted in
            bytes.withUnsafeBufferPointer { all in
                fields.filter { Self.matches($0, wanted, in: all) }.map { Self.value($0, in: all) }
            }
        }
    }

    package mutating func add(_ name: String, _ value: String) {
        var (name, value) = (name, value)
        let start = UInt32(truncatingIfNeeded: bytes.count)
        name.withUTF8 { bytes.append(contentsOf: $0) }
        let middle = UInt32(truncatingIfNeeded: bytes.count)
        value.withUTF8 { bytes.append(contentsOf: $0) }
        let end = UInt32(truncatingIfNeeded: bytes.count)
        fields.append(Field(
            nameStart: start, nameLength: middle - start, valueStart: middle, valueLength: end - middle))
    }

    /// Replaces every field of that name by one.
    package mutating func set(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    package mutating func remove(_ name: String) {
        var name = name
        name.withUTF8 { wanted in
            bytes.withUnsafeBufferPointer { all in fields.removeAll { Self.matches($0, wanted, in: all) } }
        }
    }

    package var count: Int { fields.count }

    package func forEach(_ body: (_ name: String, _ value: String) -> Void) {
        withFields { name, value in
            body(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    /// Calls `body` with the bytes of each field's name and value, in order.
    func withFields(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void) {
        bytes.withUnsafeBufferPointer { all in
            for field in fields {
                body(
                    slice(all, field.nameStart, field.nameLength),
                    slice(all, field.valueStart, field.valueLength))
            }
        }
    }

    package static func == (a: HTTPHeaders, b: HTTPHeaders) -> Bool {
        var pairs: [(String, String)] = []
        b.forEach { pairs.append(($0, $1)) }
        var equal = a.count == b.count
        var index = 0
        a.forEach { name, value in
            equal = equal && equalIgnoringCase(name, pairs[index].0) && value == pairs[index].1
            index += equal ? 1 : 0
        }
        return equal
    }

    private static func matches(
        _ field: Field, _ wanted: UnsafeBufferPointer<UInt8>, in all: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        Int(field.nameLength) == wanted.count
            && equalIgnoringCase(slice(all, field.nameStart, field.nameLength), wanted)
    }

    private static func value(_ field: Field, in all: UnsafeBufferPointer<UInt8>) -> String {
        String(decoding: slice(all, field.valueStart, field.valueLength), as: UTF8.self)
    }
}

extension HTTPHeaders: CustomStringConvertible {
    package var description: String {
        var lines: [String] = []
        forEach { lines.append("\($0): \($1)") }
        return lines.joined(separator: "\n")
    }
}

private func slice(_ all: UnsafeBufferPointer<UInt8>, _ start: UInt32, _ length: UInt32) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: all[Int(start)..<Int(start) + Int(length)])
}

/// ASCII case-insensitive equality, byte by byte.
package func equalIgnoringCase(_ a: String, _ b: String) -> Bool {
    var (a, b) = (a, b)
    return a.withUTF8 { a in b.withUTF8 { b in equalIgnoringCase(a, b) } }
}

/// ASCII case-insensitive equality of two runs of bytes.
func equalIgnoringCase(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    for index in 0..<a.count {
        let (x, y) = (a[index], b[index])
        if x == y { continue }
        guard x | 0x20 == y | 0x20, (0x61...0x7a).contains(x | 0x20) else { return false }
    }
    return true
}
