import AWSModel
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary

extension IdentityService {
    /// CreatePolicy … SetDefaultPolicyVersion.
    var managedPolicyOperations: [Operation] {
        [
            createPolicy, getPolicy, listPolicies, deletePolicy, createVersion, getVersion, listVersions, deleteVersion,
            setDefaultVersion,
        ]
    }

    private var createPolicy: Operation {
        writing("CreatePolicy") { [mint] edit, input in
            let name = try input.text("PolicyName")
            let document = try Self.managedDocument(input)
            guard try edit.view.policyOccupant(of: name) == nil else {
                // AWS: inferred — widely known wording.
                throw AWSFault.entityAlreadyExists(
                    "A policy called \(name) already exists. Duplicate names are not allowed.")
            }
            let policy = ManagedPolicy(
                account: edit.view.account, name: name, path: input.path, id: mint.id(.managedPolicy),
                description: input.optionalText("Description"), document: document,
                tags: try [Tag]().merged(with: input.tags()), createdAt: edit.turn.now.wholeSecond)
            try edit.save(policy)
            return ["Policy": policy.output(listed: false, attachmentCount: 0)]
        }
    }

    private var getPolicy: Operation {
        reading("GetPolicy") { view, input in
            let policy = try view.policy(arn: input.text("PolicyArn"))
            return ["Policy": policy.output(listed: false, attachmentCount: try view.attachmentCount(of: policy.arn))]
        }
    }

    private var listPolicies: Operation {
        reading(
            "ListPolicies", coverage: .partial("eight of AWS's own policies; no filter by usage"),
            refusing: ["PolicyUsageFilter"]
        ) { view, input in
            let scope = input.optionalText("Scope") ?? "All"
            let (prefix, onlyAttached) = (input.pathPrefix, input.flag("OnlyAttached"))
            let uses = try view.policiesInUse()
            var policies = scope == "Local" ? [] : AWSManagedPolicies.all
            if scope != "AWS" {
                policies += try view.reader.documents(view.collection("policy"), as: ManagedPolicy.self).map(\.value)
            }
            let shown = policies
                .filter { $0.path.hasPrefix(prefix) && (!onlyAttached || uses[$0.arn] != nil) }
                .map { (key: "\($0.name.lowercased()) \($0.arn)", item: $0) }
                .sorted { $0.key < $1.key }
            return try ListPage(of: shown, input).output("Policies") {
                $0.output(listed: true, attachmentCount: uses[$0.arn] ?? 0)
            }
        }
    }

    private var deletePolicy: Operation {
        writing("DeletePolicy") { edit, input in
            let policy = try edit.view.ownPolicy(arn: input.text("PolicyArn"))
            guard try edit.view.attachmentCount(of: policy.arn) == 0 else {
                throw AWSFault.deleteConflict("Cannot delete a policy attached to entities.")
            }
            guard policy.versions.count == 1 else {
                // AWS: inferred — widely known wording.
                throw AWSFault.deleteConflict(
                    "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                        + "versions. The default version is deleted with the policy.")
            }
            try edit.delete(policy)
            return [:]
        }
    }

    // MARK: Versions

    private var createVersion: Operation {
        writing("CreatePolicyVersion") { edit, input in
            var policy = try edit.view.ownPolicy(arn: input.text("PolicyArn"))
            let document = try Self.managedDocument(input)
            guard policy.versions.count < ManagedPolicy.versionsMax else {
                // AWS: inferred — widely known wording.
                throw AWSFault.limitExceeded(
                    "A managed policy can have up to \(ManagedPolicy.versionsMax) versions. Before you create a new "
                        + "version, you must delete an existing version.")
            }
            let now = edit.turn.now.wholeSecond
            let version = ManagedPolicy.Version(number: policy.nextNumber, document: document, createdAt: now)
            policy.versions.append(version)
            policy.nextNumber += 1
            policy.updatedAt = now
            if input.flag("SetAsDefault") { policy.defaultNumber = version.number }
            try edit.save(policy)
            return ["PolicyVersion": policy.output(version, showingDocument: false)]
        }
    }

    private var getVersion: Operation {
        reading("GetPolicyVersion") { view, input in
            let policy = try view.policy(arn: input.text("PolicyArn"))
            let version = try policy.version(input.text("VersionId"))
            return ["PolicyVersion": policy.output(version, showingDocument: true)]
        }
    }

    private var listVersions: Operation {
        reading("ListPolicyVersions") { view, input in
            let policy = try view.policy(arn: input.text("PolicyArn"))
            // Newest first: the number counts down in the key, which is what a page's marker is compared by.
            let versions = policy.versions.reversed().map { (key: "\(Int64.max - Int64($0.number))", item: $0) }
            return try ListPage(of: versions, input).output("Versions") { policy.output($0, showingDocument: false) }
        }
    }

    private var deleteVersion: Operation {
        writing("DeletePolicyVersion") { edit, input in
            var policy = try edit.view.ownPolicy(arn: input.text("PolicyArn"))
            let version = try policy.version(input.text("VersionId"))
            guard version.number != policy.defaultNumber else {
                // AWS: inferred — widely known wording.
                throw AWSFault.deleteConflict("Cannot delete the default version of a policy.")
            }
            policy.versions.removeAll { $0.number == version.number }
            policy.updatedAt = edit.turn.now.wholeSecond
            try edit.save(policy)
            return [:]
        }
    }

    private var setDefaultVersion: Operation {
        writing("SetDefaultPolicyVersion") { edit, input in
            var policy = try edit.view.ownPolicy(arn: input.text("PolicyArn"))
            policy.defaultNumber = try policy.version(input.text("VersionId")).number
            policy.updatedAt = edit.turn.now.wholeSecond
            try edit.save(policy)
            return [:]
        }
    }

    /// The input's document, checked as an identity policy of permitted length.
    private static func managedDocument(_ input: IdentityInput) throws -> String {
        let document = try input.text("PolicyDocument")
        try checkIdentityPolicy(document)
        guard policyCharacters(document) <= ManagedPolicy.charactersMax else {
            // AWS: inferred — widely known wording.
            throw AWSFault.limitExceeded("Cannot exceed quota for PolicySize: \(ManagedPolicy.charactersMax)")
        }
        return document
    }
}
