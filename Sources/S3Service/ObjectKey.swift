/// An object's key as bytes. Swift's strings compare by canonical equivalence, S3's keys byte by byte.
struct ObjectKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    let bytes: [UInt8]

    /// Longer keys are refused.
    static let bytesMax = 1024

    init(_ text: String) { bytes = Array(text.utf8) }
    init(bytes: [UInt8]) { self.bytes = bytes }

    var description: String { String(decoding: bytes, as: UTF8.self) }

    static func < (a: ObjectKey, b: ObjectKey) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

    func starts(with prefix: ObjectKey) -> Bool { bytes.starts(with: prefix.bytes) }

    /// The least key that is greater than every key starting with this one; nil when there is none.
    var afterPrefix: ObjectKey? {
        guard let last = bytes.lastIndex(where: { $0 != 0xff }) else { return nil }
        return ObjectKey(bytes: Array(bytes[..<last]) + [bytes[last] + 1])
    }

    /// The least key greater than this one.
    var successor: ObjectKey { ObjectKey(bytes: bytes + [0]) }

    /// The key up to and including the first `delimiter` behind `prefix`; nil when there is none.
    func commonPrefix(behind prefix: ObjectKey, delimiter: [UInt8]) -> ObjectKey? {
        guard !delimiter.isEmpty, starts(with: prefix) else { return nil }
        var index = prefix.bytes.count
        while index + delimiter.count <= bytes.count {
            if bytes[index..<index + delimiter.count].elementsEqual(delimiter) {
                return ObjectKey(bytes: Array(bytes[..<(index + delimiter.count)]))
            }
            index += 1
        }
        return nil
    }
}
