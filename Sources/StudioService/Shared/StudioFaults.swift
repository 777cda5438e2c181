import AWSModel
import WorkspaceRules

/// The AWS errors of this service, from what the rules and shelves say.
// AWS: the codes and their status 400 are the model's — spec/studio.md §A1; texts as marked.
enum StudioFaults {
    // AWS: inferred — spec/studio.md §A11.
    static func notFound(_ noun: String, _ name: String) -> AWSFault {
        AWSFault("ResourceNotFound", "\(noun) [\(name)] does not exist.", status: 400)
    }

    // AWS: inferred — spec/studio.md §A6.
    static func alreadyExists(_ noun: String, _ arn: String) -> AWSFault { inUse("\(noun) [\(arn)] already exists.") }

    static func inUse(_ message: String) -> AWSFault { AWSFault("ResourceInUse", message, status: 400) }

    // AWS: recorded for user profiles — spec/studio.md §A4; the others inferred from it.
    static func cannotDelete(_ noun: String, _ arn: String, because blocker: DeletionOrder.Blocker) -> AWSFault {
        inUse("Unable to delete \(noun) [\(arn)] because \(blocker.rawValue) are associated with it.")
    }

    /// A change of status that is not taken now.
    // AWS: inferred.
    static func rejected(_ rejection: StatusRejection, _ verb: String, _ noun: String, _ arn: String) -> AWSFault {
        let text = "Unable to \(verb) \(noun) [\(arn)] because its status is \(rejection.status)."
        return rejection.status == "Failed" ? .validation(text) : inUse(text)
    }

    // AWS: recorded — spec/studio.md §A3.
    static func domainHasApps(_ arn: String) -> AWSFault {
        .validation(
            "Unable to update Domain [\(arn)] with InService App. Delete all InService apps in the domain including "
                + "shared Apps for [\(DeletionOrder.sharedProfile)] User Profile, and try again.")
    }

    // AWS: recorded — known text of the notebook operations: the status, the statuses allowed, the one wanted.
    static func notebook(_ rejection: StatusRejection, _ arn: String) -> AWSFault {
        .validation(
            "Status (\(rejection.status)) not in ([\(rejection.allowed.joined(separator: ", "))]). "
                + "Unable to transition to (\(rejection.wanted)) for Notebook Instance (\(arn))")
    }

    static func instance(_ rejection: InstanceRejection, _ type: AppType) -> AWSFault {
        switch rejection {
        // AWS: documented rules, inferred texts — spec/studio.md §A6.
        case .onlySystem(let chosen):
            .validation("InstanceType [\(chosen)] is not supported for AppType [\(type.rawValue)]. Only [system] is.")
        case .missing:
            .validation(
                "InstanceType is required for AppType [\(type.rawValue)]: neither the request nor the user profile nor "
                    + "the domain names one.")
        }
    }
}
