import AWSModel
import Vocabulary

/// The framework's check of an input against its model, before any behaviour runs.
struct InputCheck: Sendable {
    private let validator = ConstraintValidator()

    /// Throws the first fault: a constraint violation in the service's own form, or a member that is not emulated.
    func check(_ input: AWSObject, _ call: RecognizedCall, _ operation: Operation) throws {
        // S3 has no such framework: its operations word their own refusals.
        if call.wire != .restXML, let shape = call.operation.input {
            let violations = validator.validate(input, as: shape, in: call.model)
            if !violations.isEmpty { throw fault(for: violations, call) }
        }
        for member in operation.refusedMembers where input[member] != nil {
            throw AWSFault.notEmulated(member: member, of: operation.name)
        }
    }

    private func fault(for violations: [Violation], _ call: RecognizedCall) -> AWSFault {
        switch call.model.id.name {
        // AWS: sdk — the runtime models ValidationError (spec/hosting.md §E.4).
        case "sagemaker-runtime": AWSFault("ValidationError", Violation.message(violations), status: 400)
        // AWS: recorded — spec/ecr.md, spec/cognito.md: both name it InvalidParameterException.
        case "ecr": AWSFault("InvalidParameterException", violations[0].messageOfECR, status: 400)
        // AWS: recorded of CloudWatch Logs' PutRetentionPolicy.
        case "cognito-idp", "cognito-identity", "logs":
            AWSFault("InvalidParameterException", Violation.message(violations), status: 400)
        default: .validation(Violation.message(violations))
        }
    }
}
