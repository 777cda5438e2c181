import AWSModel

/// The errors of CloudWatch Logs. AWS: sdk for the names; texts recorded where no mark says otherwise.
enum LogsFault {
    static let unknownGroup = AWSFault("ResourceNotFoundException", "The specified log group does not exist.", status: 400)
    static let unknownStream = AWSFault("ResourceNotFoundException", "The specified log stream does not exist.", status: 400)
    static let groupExists = AWSFault(
        "ResourceAlreadyExistsException", "The specified log group already exists", status: 400)
    static let streamExists = AWSFault(
        "ResourceAlreadyExistsException", "The specified log stream already exists", status: 400)
    static let invalidToken = invalid("The specified nextToken is invalid.")

    static func invalid(_ message: String) -> AWSFault { AWSFault("InvalidParameterException", message, status: 400) }

    /// AWS: inferred.
    static func limit(_ message: String) -> AWSFault { AWSFault("LimitExceededException", message, status: 400) }

    /// AWS: inferred.
    static func protected(_ name: String) -> AWSFault {
        .validation("The log group \(name) cannot be deleted because deletion protection is enabled.")
    }

    /// AWS: inferred.
    static let tooManyTags = AWSFault("TooManyTagsException", "A log group can have at most 50 tags.", status: 400)
}
