/// A request whose bytes do not fit the shapes: a wrong JSON type, a malformed number, a bad timestamp. The JSON
/// services answer it with `SerializationException`.
package struct SerializationFailure: Error, Sendable, Equatable {
    /// What the client is told; nil when the service says nothing.
    package var message: String?

    package init(_ message: String?) { self.message = message }
}
