package import AWSModel
package import Gateway
package import SimTime
package import Store
package import Vocabulary

/// A plain CRUD resource, declared: what Create stores, what Describe and List show, and what is refused.
/// `ResourceEngine` answers the operations from it; behaviour beyond that does not belong in a declaration.
package struct DeclaredResource: Sendable {
    /// Who owns the documents and the ARNs, e.g. `sagemaker`.
    package var service: String
    /// The document type and the first part of the ARN's resource, e.g. `endpoint-config`.
    package var type: String
    /// How AWS's texts call it, e.g. `endpoint configuration`.
    package var noun: String
    /// The input and output member that holds the name, e.g. `EndpointConfigName`.
    package var nameMember: String
    /// The output member that holds the ARN, e.g. `EndpointConfigArn`.
    package var arnMember: String
    /// Members of Create's input that Describe does not show, e.g. `Tags`.
    package var hiddenMembers: Set<String>
    /// The list member of List's answer, e.g. `EndpointConfigs`.
    package var listMember: String
    /// The members of a list entry besides name, ARN and creation time.
    package var summaryMembers: [String]
    /// Checks Create's input beyond the model's constraints and fills in defaults. Throws `AWSFault`.
    package var prepare: Prepare

    package typealias Prepare = @Sendable (AWSObject, StoreReader, RequestContext) throws -> AWSObject

    package init(
        service: String, type: String, noun: String, nameMember: String, arnMember: String,
        hiddenMembers: Set<String> = ["Tags"], listMember: String, summaryMembers: [String] = [],
        prepare: @escaping Prepare = { input, _, _ in input }
    ) {
        self.service = service
        self.type = type
        self.noun = noun
        self.nameMember = nameMember
        self.arnMember = arnMember
        self.hiddenMembers = hiddenMembers
        self.listMember = listMember
        self.summaryMembers = summaryMembers
        self.prepare = prepare
    }

    /// The ARN of the resource of that name. The name's case is kept.
    // AWS: recorded — spec/hosting.md §0, ARNs.
    package func arn(_ name: String, in realm: Realm) -> String {
        ARN(service: service, realm: realm, resource: "\(type)/\(name)").description
    }

    package func collection(in realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: service, type: type)
    }

    // AWS: recorded — spec/hosting.md §G.2.
    package func notFound(_ name: String, in realm: Realm) -> AWSFault {
        .validation("Could not find \(noun) \"\(arn(name, in: realm))\".")
    }

    // AWS: recorded — spec/hosting.md §G.2.
    package func alreadyExists(_ name: String, in realm: Realm) -> AWSFault {
        .validation("Cannot create already existing \(noun) \"\(arn(name, in: realm))\".")
    }
}

/// One stored resource.
package struct ResourceRecord: Codable, Sendable, Equatable {
    package var name: String
    package var arn: String
    package var creationTime: SimInstant
    /// What Create was given, with defaults filled in, without the hidden members.
    package var members: AWSObject

    package init(name: String, arn: String, creationTime: SimInstant, members: AWSObject) {
        self.name = name
        self.arn = arn
        self.creationTime = creationTime
        self.members = members
    }
}
