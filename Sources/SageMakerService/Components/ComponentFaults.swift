import AWSModel
import HostingRules
import Vocabulary

/// What rejections of inference components are to clients.
enum ComponentFaults {
    static func arn(_ name: String, in realm: Realm) -> String {
        ARN(service: "sagemaker", realm: realm, resource: "inference-component/\(name)").description
    }

    // AWS: recorded — spec/hosting.md §G.2.
    static func notFound(_ name: String, in realm: Realm) -> AWSFault {
        .validation("Could not find inference component \"\(arn(name, in: realm))\".")
    }

    // AWS: inferred from the texts of the other resources — spec/hosting.md §G.2.
    static func alreadyExists(_ name: String, in realm: Realm) -> AWSFault {
        .validation("Cannot create already existing inference component \"\(arn(name, in: realm))\".")
    }

    /// The copies do not fit, and no machine will come. AWS: recorded by users of scale to zero.
    static let noRoom = "There is not enough hardware resources on the instances for this endpoint to create a copy of "
        + "the inference component."

    /// The endpoint is gone, or its variant is.
    static func noHost(_ variant: String) -> String {
        "The endpoint has no production variant \(variant) any more that hosts inference components."
    }

    static func pingFailed(_ name: String) -> String {
        "The container for inference component \(name) did not pass the ping health check. "
            + "Please check CloudWatch logs for this inference component."
    }

    /// The fault of a rejection on the component of that ARN. AWS: inferred but for the copy count.
    static func fault(_ rejection: ComponentRejection, on arn: String) -> AWSFault {
        switch rejection {
        case .busy: .validation("Cannot update in-progress inference component \"\(arn)\".")
        // AWS: recorded, grammar as is.
        case .noCopies: .validation("Inference components copy count an integer larger than 0")
        case .copyCountOutOfBounds(let count):
            .validation("The copy count is \(count); it must be from 0 to \(InferenceComponent.copiesMax).")
        case .batchOutOfBounds(let member, let size, let copies):
            .validation(
                "\(member) of \(size.value) (\(size.unit.rawValue)) is outside the allowed part of the \(copies) copies of "
                    + "the inference component: 5% to \(member == "MaximumBatchSize" ? 50 : 100)%.")
        case .noChanges: .validation("Specify a specification or a runtime configuration to update.")
        }
    }
}
