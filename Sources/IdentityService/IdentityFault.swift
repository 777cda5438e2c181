import AWSModel

/// The faults of IAM and STS: shape names for the modelled ones, wire codes for the two that no model holds.
/// AWS: recorded or inferred per row — spec/support-services.md §F2 and §F3, the failure tables.
extension AWSFault {
    static func noSuchEntity(_ message: String) -> AWSFault {
        AWSFault("NoSuchEntityException", message, status: 404)
    }

    static func entityAlreadyExists(_ message: String) -> AWSFault {
        AWSFault("EntityAlreadyExistsException", message, status: 409)
    }

    static func deleteConflict(_ message: String) -> AWSFault {
        AWSFault("DeleteConflictException", message, status: 409)
    }

    static func limitExceeded(_ message: String) -> AWSFault {
        AWSFault("LimitExceededException", message, status: 409)
    }

    static func invalidInput(_ message: String) -> AWSFault { AWSFault("InvalidInputException", message, status: 400) }

    static func malformedPolicy(_ flaw: PolicyFlaw) -> AWSFault {
        AWSFault("MalformedPolicyDocumentException", flaw.message, status: 400)
    }

    /// The Query services' `ValidationError`, which is no shape of their models.
    static func validationError(_ message: String) -> AWSFault { AWSFault("ValidationError", message, status: 400) }

    /// A broken constraint of the model, worded as the services do.
    static func constraint(_ value: String, at member: String, _ constraint: String) -> AWSFault {
        validationError(
            "1 validation error detected: Value '\(value)' at '\(member)' failed to satisfy constraint: \(constraint)")
    }

    static func accessDenied(_ message: String) -> AWSFault { AWSFault("AccessDenied", message, status: 403) }

    static func notAuthorized(_ principalARN: String, action: String, resource: String) -> AWSFault {
        accessDenied("User: \(principalARN) is not authorized to perform: \(action) on resource: \(resource)")
    }

    static func policyNotFound(_ arn: String) -> AWSFault { noSuchEntity("Policy \(arn) was not found.") }
}
