import AWSModel
import AWSProtocols
import DeclaredResources
import Gateway
import Store
import Vocabulary
import WorkspaceRules

extension DeclaredResource {
    /// How an image runs in an app. Deleting one that is attached is no error.
    // AWS: recorded duplicate text, the rest documented or inferred — spec/studio.md §A8, §A9.
    static let appImageConfig = DeclaredResource(
        service: "sagemaker", type: "app-image-config", noun: "AppImageConfig", nameMember: "AppImageConfigName",
        arnMember: "AppImageConfigArn", listMember: "AppImageConfigs", summaryMembers: imageConfigMembers,
        prepare: checkFileSystems, faults: .studio, updatableMembers: imageConfigMembers, question: commonWords)

    /// A script that runs when an app starts. Immutable; kept while something refers to it.
    // AWS: documented — spec/studio.md §A8.
    static let studioLifecycleConfig = DeclaredResource(
        service: "sagemaker", type: "studio-lifecycle-config", noun: "StudioLifecycleConfig",
        nameMember: "StudioLifecycleConfigName", arnMember: "StudioLifecycleConfigArn",
        listMember: "StudioLifecycleConfigs", summaryMembers: ["StudioLifecycleConfigAppType"],
        prepare: checkScriptContent, faults: .studio, updatableMembers: [], checkDeletion: refuseUsedScript,
        question: commonWords,
        filter: { record, input in
            input["AppTypeEquals"].map { $0 == record.members["StudioLifecycleConfigAppType"] } ?? true
        })

    /// Scripts of notebook instances.
    // AWS: inferred — the family has no modelled errors; the wording follows the one known of it.
    static let notebookLifecycleConfig = DeclaredResource(
        service: "sagemaker", type: "notebook-instance-lifecycle-config", noun: "Notebook Instance Lifecycle Config",
        nameMember: "NotebookInstanceLifecycleConfigName", arnMember: "NotebookInstanceLifecycleConfigArn",
        listMember: "NotebookInstanceLifecycleConfigs", prepare: checkHooks,
        faults: Faults(
            notFound: { noun, _, arn in
                .validation("Unable to describe \(noun) '\(arn)'. (Details: \(noun) does not exist.)")
            },
            alreadyExists: { noun, _, arn in
                .validation("Unable to create \(noun) '\(arn)'. (Details: \(noun) already exists.)")
            }),
        updatableMembers: ["OnCreate", "OnStart"], checkDeletion: refuseUsedHooks)
}

extension DeclaredResource.Faults {
    // AWS: recorded for a taken name, inferred for a missing one — spec/studio.md §A8.
    fileprivate static let studio = DeclaredResource.Faults(
        notFound: { noun, name, _ in StudioFaults.notFound(noun, name) },
        alreadyExists: { _, _, _ in StudioFaults.inUse("The ID or Name specified is already in use.") })
}

private let imageConfigMembers = ["KernelGatewayImageConfig", "JupyterLabAppImageConfig", "CodeEditorAppImageConfig"]

/// AppImageConfigs and StudioLifecycleConfigs spell the modification bounds without "Last".
private let commonWords: @Sendable (AWSObject) -> AWSObject = { input in
    var question = input
    if let before = input["ModifiedTimeBefore"] { question["LastModifiedTimeBefore"] = before }
    if let after = input["ModifiedTimeAfter"] { question["LastModifiedTimeAfter"] = after }
    return question
}

// AWS: documented — spec/studio.md §A8: only 1000/100 and 0/0, the former by default; the text is inferred.
private let checkFileSystems: DeclaredResource.Prepare = { input, _, _ in
    for member in imageConfigMembers {
        guard let system = input[member]?["FileSystemConfig"]?.object else { continue }
        let (user, group) = (system["DefaultUid"]?.int ?? 1000, system["DefaultGid"]?.int ?? 100)
        guard (user, group) == (1000, 100) || (user, group) == (0, 0) else {
            throw AWSFault.validation(
                "The combination of DefaultUid [\(user)] and DefaultGid [\(group)] is not supported. "
                    + "Supported combinations are [0, 0] and [1000, 100].")
        }
    }
    return input
}

private let checkScriptContent: DeclaredResource.Prepare = { input, _, _ in
    let content = input["StudioLifecycleConfigContent"]?.string ?? ""
    guard Base64.decode(content) != nil else {
        throw AWSFault.validation("StudioLifecycleConfigContent must be base64 encoded.")
    }
    return input
}

private let checkHooks: DeclaredResource.Prepare = { input, _, _ in
    for member in ["OnCreate", "OnStart"] {
        for hook in input[member]?.list ?? [] where Base64.decode(hook["Content"]?.string ?? "") == nil {
            throw AWSFault.validation("\(member) Content must be base64 encoded.")
        }
    }
    return input
}

// AWS: documented rule — spec/studio.md §A8; the text is inferred.
private let refuseUsedScript: @Sendable (ResourceRecord, StoreReader, Realm) throws -> Void = { script, reader, realm in
    let settings = try Shelf<DomainRecord>().all(in: realm, reader).flatMap {
        [$0.members["DefaultUserSettings"], $0.members["DefaultSpaceSettings"]]
    } + Shelf<UserProfileRecord>().all(in: realm, reader).map { $0.members["UserSettings"] }
        + Shelf<SpaceRecord>().all(in: realm, reader).map { $0.members["SpaceSettings"] }
    let isNamed = settings.contains { refers($0, to: script.arn) }
    let isRunning = try Shelf<AppRecord>().all(in: realm, reader).contains {
        $0.track.status.blocksDeletion && $0.plan.spec.lifecycleConfigARN == script.arn
    }
    if isNamed || isRunning {
        throw StudioFaults.inUse("StudioLifecycleConfig [\(script.arn)] is in use.")
    }
}

/// Whether settings name the script anywhere: lists, or default specifications.
private func refers(_ settings: AWSValue?, to arn: String) -> Bool {
    (settings?.object?.entries ?? []).contains { _, value in
        value["LifecycleConfigArns"]?.list?.contains(.string(arn)) == true
            || value["DefaultResourceSpec"]?["LifecycleConfigArn"]?.string == arn
    }
}

// AWS: inferred.
private let refuseUsedHooks: @Sendable (ResourceRecord, StoreReader, Realm) throws -> Void = { config, reader, realm in
    let notebooks = try Shelf<NotebookRecord>().all(in: realm, reader)
    if let user = notebooks.first(where: { $0.members["NotebookInstanceLifecycleConfigName"]?.string == config.name }) {
        throw AWSFault.validation(
            "Unable to delete Notebook Instance Lifecycle Config '\(config.arn)'. "
                + "(Details: it is associated with the Notebook Instance (\(user.arn)).)")
    }
}
