/// The AWS error that answers a request. Services make it from rejections; protocols put it on the wire.
package struct AWSFault: Error, Sendable, Equatable {
    /// The error's shape name, e.g. `ValidationException`. A protocol that shows another code
    /// (Query's `InvalidParameterValue`) takes it from the shape's `error.code` trait in the model.
    package var code: String
    /// Nil is sent as no message at all.
    package var message: String?
    /// The HTTP status; nil takes the model's status for that shape, else 400.
    package var status: Int?
    /// Further modelled members, e.g. ModelError's `OriginalStatusCode`.
    package var members: AWSObject
    /// True when the caller is at fault (`Sender`), false when the service is (`Receiver`).
    package var isSenderFault: Bool

    package init(
        _ code: String, _ message: String?, status: Int? = nil, members: AWSObject = [:], isSenderFault: Bool = true
    ) {
        self.code = code
        self.message = message
        self.status = status
        self.members = members
        self.isSenderFault = isSenderFault
    }

    /// `ValidationException`, HTTP 400.
    package static func validation(_ message: String) -> AWSFault { AWSFault("ValidationException", message, status: 400) }

    /// What a client sees of an internal breakdown; the detail is in the log under the request id.
    package static let internalFailure = AWSFault(
        "InternalFailure", "The request processing has failed because of an unknown error, exception or failure.",
        status: 500, isSenderFault: false)

    /// An operation Coldframe does not emulate: a proper error that names it, never a silent success.
    package static func notEmulated(service: String, operation: String) -> AWSFault {
        AWSFault(
            "NotImplementedException",
            "Coldframe does not emulate \(service):\(operation). See /_coldframe/coverage for what it does.",
            status: 501, isSenderFault: false)
    }

    /// A member Coldframe does not emulate, on an operation that it does.
    package static func notEmulated(member: String, of operation: String) -> AWSFault {
        AWSFault(
            "NotImplementedException",
            "Coldframe does not emulate the member \(member) of \(operation). See the README's list of differences from AWS.",
            status: 501, isSenderFault: false)
    }
}
