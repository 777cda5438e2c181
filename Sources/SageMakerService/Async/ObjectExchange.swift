package import Timeline

/// Reads and writes objects of the S3 emulation. Implemented by S3, joined by the composition root.
package protocol ObjectExchange: Sendable {
    /// Reads a whole object as this turn sees it. Throws only for breakdowns.
    func read(_ uri: String, limitBytes: Int, in turn: Turn) throws -> ObjectReading
    /// Reads a whole object as it is now, outside a turn: nobody waits for a large one. Throws only for breakdowns.
    func read(_ uri: String, limitBytes: Int) async throws -> ObjectReading
    /// Writes an object, which is there once the turn is committed. Answers false when its bucket does not exist or the
    /// address is not one of an object.
    func write(_ uri: String, _ bytes: [UInt8], contentType: String, in turn: Turn) throws -> Bool
}

/// What reading an object came to.
package enum ObjectReading: Sendable, Equatable {
    case found([UInt8])
    case missing
    /// It has more bytes than the limit.
    case tooLarge
}
