import AWSModel

/// The errors of CloudWatch by their shapes. AWS: sdk for the names, texts as marked — spec/cloudwatch.md §1.
enum CloudWatchFault {
    static func invalidValue(_ message: String) -> AWSFault {
        AWSFault("InvalidParameterValueException", message, status: 400)
    }

    static func invalidCombination(_ message: String) -> AWSFault {
        AWSFault("InvalidParameterCombinationException", message, status: 400)
    }

    static func missing(_ parameter: String) -> AWSFault {
        AWSFault("MissingRequiredParameterException", "The parameter \(parameter) is required.", status: 400)
    }

    static func bothSpecified(_ first: String, _ second: String) -> AWSFault {
        invalidCombination("The parameters \(first) and \(second) are mutually exclusive and you have specified both.")
    }

    static func tooMany(_ collection: String, maximum: Int) -> AWSFault {
        invalidValue("The collection \(collection) must not have a size greater than \(maximum).")
    }

    static func invalid(_ value: String, _ parameter: String) -> AWSFault {
        invalidValue("The value \(value) for parameter \(parameter) is invalid.")
    }

    static func unsupported(_ value: String, _ parameter: String) -> AWSFault {
        invalidValue("The value \(value) for parameter \(parameter) is not supported.")
    }

    static let reversedRange = invalidValue("The parameter StartTime must be less than the parameter EndTime.")

    static let invalidNextToken = AWSFault("InvalidNextToken", "The next token specified is invalid.", status: 400)

    /// AWS: recorded, without a message; its status depends on the protocol — spec/cloudwatch.md §1.
    static let unknownAlarm = AWSFault("ResourceNotFound", nil)

    static func unknownResource(_ arn: String, type: String = "cloudwatch:alarm") -> AWSFault {
        AWSFault(
            "ResourceNotFoundException", "Resource \(arn) does not exist.",
            members: ["ResourceType": .string(type), "ResourceId": .string(arn)])
    }
}
