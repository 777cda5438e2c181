import AWSModel
import Gateway
import PolicyRules
import Synchronization

/// SageMaker's actions. Most follow from the operation's name: `DescribeTrainingJob` is about the `training-job` that
/// `TrainingJobName` names. The table holds those that do not.
/// AWS: doc — Service Authorization Reference, Amazon SageMaker.
enum SageMakerActions {
    static func questions(_ builder: QuestionBuilder, _ model: ServiceModel) -> [AccessQuestion] {
        let operation = builder.context.operation
        let templates = ["CreateApp", "DescribeApp", "DeleteApp"].contains(operation)
            ? [app(builder.input)] : table[operation]?.map(\.resource) ?? [derived(operation, model)]
        let resources = templates.flatMap { $0.resources(builder.input, base: builder.base("sagemaker")) }
        var found = resources.map { builder.question("sagemaker:\(operation)", $0) }
        for index in found.indices {
            SageMakerKeys.add(to: &found[index], operation, builder.input, base: builder.base("sagemaker"))
        }
        if operation.hasPrefix("Create"), !builder.requestTags.isEmpty {
            // AWS: doc — creating with tags needs sagemaker:AddTags; spec/studio.md §B5 shows the refusal.
            found += resources.map { resource in
                var tagging = builder.question("sagemaker:AddTags", resource)
                tagging.keys["sagemaker:TaggingAction"] = [operation]
                return tagging
            }
        }
        return found + builder.passedRoles("sagemaker")
    }

    /// User profiles and images are lower-cased in ARNs. AWS: inferred — spec/studio.md §A2.
    private static let table = ActionTable(prefix: "sagemaker", lines: """
        AddTags !ResourceArn
        DeleteTags !ResourceArn
        ListTags !ResourceArn
        InvokeEndpoint endpoint/{EndpointName}
        InvokeEndpointAsync endpoint/{EndpointName}
        InvokeEndpointWithResponseStream endpoint/{EndpointName}
        UpdateEndpointWeightsAndCapacities endpoint/{EndpointName}
        CreateDomain domain/*
        DescribeDomain domain/{DomainId}
        UpdateDomain domain/{DomainId}
        DeleteDomain domain/{DomainId}
        CreatePresignedDomainUrl user-profile/{DomainId}/{~UserProfileName}
        CreateUserProfile user-profile/{DomainId}/{~UserProfileName}
        DescribeUserProfile user-profile/{DomainId}/{~UserProfileName}
        UpdateUserProfile user-profile/{DomainId}/{~UserProfileName}
        DeleteUserProfile user-profile/{DomainId}/{~UserProfileName}
        ListUserProfiles user-profile/{DomainIdEquals}/*
        CreateSpace space/{DomainId}/{SpaceName}
        DescribeSpace space/{DomainId}/{SpaceName}
        UpdateSpace space/{DomainId}/{SpaceName}
        DeleteSpace space/{DomainId}/{SpaceName}
        ListSpaces space/{DomainIdEquals}/*
        ListApps app/{DomainIdEquals}/*
        CreateImage image/{~ImageName}
        DescribeImage image/{~ImageName}
        UpdateImage image/{~ImageName}
        DeleteImage image/{~ImageName}
        CreateImageVersion image-version/{~ImageName}/*
        DescribeImageVersion image-version/{~ImageName}/*
        UpdateImageVersion image-version/{~ImageName}/*
        DeleteImageVersion image-version/{~ImageName}/*
        ListImageVersions image/{~ImageName}
        ListAliases image/{~ImageName}
        CreatePresignedNotebookInstanceUrl notebook-instance/{NotebookInstanceName}
        CreatePresignedMlflowTrackingServerUrl mlflow-tracking-server/{TrackingServerName}
        Search *
        """)

    /// An app is of a user profile or of a space. AWS: inferred — spec/studio.md §A2.
    private static func app(_ input: AWSObject) -> ResourceTemplate {
        ResourceTemplate(
            input["SpaceName"] == nil
                ? "app/{DomainId}/{~UserProfileName}/{~AppType}/{AppName}" : "app/{DomainId}/{SpaceName}/{~AppType}/{AppName}")
    }

    private static let verbs = ["Create", "Describe", "Update", "Delete", "Start", "Stop", "List", "Retry", "Get", "Put"]
    /// Nouns whose ARN's type does not follow from them.
    private static let types = [
        "AutoMLJob": "automl-job", "AutoMLJobV2": "automl-job", "Trial": "experiment-trial",
        "TrialComponent": "experiment-trial-component", "HyperParameterTuningJob": "hyper-parameter-tuning-job",
    ]

    private static let derivedTemplates = Mutex<[String: ResourceTemplate]>([:])

    /// `TYPE/{NounName}` of an operation, when its input names a thing of its noun; else `TYPE/*` of a list, else `*`.
    private static func derived(_ operation: String, _ model: ServiceModel) -> ResourceTemplate {
        derivedTemplates.withLock { known in
            if let template = known[operation] { return template }
            let template = ResourceTemplate(derivedText(operation, model))
            known[operation] = template
            return template
        }
    }

    private static func derivedText(_ operation: String, _ model: ServiceModel) -> String {
        guard let verb = verbs.first(where: operation.hasPrefix) else { return "*" }
        let noun = String(operation.dropFirst(verb.count))
        if verb == "List" {
            let singular = noun.hasSuffix("ies") ? noun.dropLast(3) + "y" : noun.hasSuffix("s") ? noun.dropLast() : noun[...]
            return "\(type(String(singular)))/*"
        }
        let members = model.operations[operation]?.input.flatMap { model[$0].structure }?.members.map(\.name) ?? []
        if members.contains(noun + "Name") { return "\(type(noun))/{\(noun)Name}" }
        if members.contains(noun + "Arn") { return "!\(noun)Arn" }
        return members.contains(noun + "Id") ? "\(type(noun))/{\(noun)Id}" : "\(type(noun))/*"
    }

    /// `TrainingJob` as `training-job`.
    private static func type(_ noun: String) -> String {
        if let known = types[noun] { return known }
        var text = ""
        for scalar in noun.unicodeScalars {
            if ("A"..."Z").contains(scalar), !text.isEmpty { text += "-" }
            text += String(scalar).lowercased()
        }
        return text
    }
}
