import AWSModel

/// IAM's resources are named by path and name. The path of a resource that exists is found by the directory.
/// AWS: doc — Service Authorization Reference, IAM.
enum IAMActions {
    static let table = ActionTable(prefix: "iam", lines: """
        CreateUser user{Path=/}{UserName}
        CreateRole role{Path=/}{RoleName}
        CreateGroup group{Path=/}{GroupName}
        CreatePolicy policy{Path=/}{PolicyName}
        CreateInstanceProfile instance-profile{Path=/}{InstanceProfileName}
        SimulatePrincipalPolicy !PolicySourceArn
        SimulateCustomPolicy *
        GetPolicy !PolicyArn
        GetPolicyVersion !PolicyArn
        CreatePolicyVersion !PolicyArn
        DeletePolicyVersion !PolicyArn
        DeletePolicy !PolicyArn
        ListPolicyVersions !PolicyArn
        SetDefaultPolicyVersion !PolicyArn
        ListEntitiesForPolicy !PolicyArn
        TagPolicy !PolicyArn
        UntagPolicy !PolicyArn
        ListPolicyTags !PolicyArn
        ListUsers user/*
        ListRoles role/*
        ListGroups group/*
        ListPolicies policy/*
        """ + "\n" + (ModelCatalog.shared.model(ServiceID("iam")).map(byName) ?? ""))

    private static let created: Set = ["CreateUser", "CreateRole", "CreateGroup", "CreatePolicy", "CreateInstanceProfile"]

    /// A line for every other operation whose input names a user, role or group.
    private static func byName(_ model: ServiceModel) -> String {
        model.operationNames.filter { !created.contains($0) }.compactMap { name in
            guard let members = model.operations[name]?.input.flatMap({ model[$0].structure })?.members.map(\.name)
            else { return nil }
            // AWS: doc — membership is a matter of the group.
            let kinds = [("GroupName", "group"), ("RoleName", "role"), ("UserName", "user")]
            guard let (member, kind) = kinds.first(where: { members.contains($0.0) }) else { return nil }
            return "\(name) \(kind)/{\(member)}"
        }.joined(separator: "\n")
    }
}
