import AWSModel

extension SerializationFailure {
    /// A body that does not follow the grammar of its format.
    // AWS: recorded (Athena, same framework) — `{"__type":"SerializationException"}` and nothing else.
    static let malformed = SerializationFailure(nil)
}

/// The deepest nesting any decoder follows; deeper input is malformed.
let maximumNesting = 64
