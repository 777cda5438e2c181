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
    /// How a missing and a taken name are told.
    package var faults: Faults
    /// The members Update replaces; there is no Update when there are none. LastModifiedTime is shown unless this is nil.
    package var updatableMembers: [String]?
    /// Refuses a Delete while the resource is needed. Throws `AWSFault`.
    package var checkDeletion: @Sendable (ResourceRecord, StoreReader, Realm) throws -> Void
    /// Says List's question in the common words, where the service spells it otherwise.
    package var question: @Sendable (AWSObject) -> AWSObject
    /// A filter of List beyond the common ones.
    package var filter: @Sendable (ResourceRecord, AWSObject) -> Bool

    package typealias Prepare = @Sendable (AWSObject, StoreReader, RequestContext) throws -> AWSObject

    /// The faults of a resource that is not there, and of one that is there already. Given noun, name and ARN.
    package struct Faults: Sendable {
        package var notFound: @Sendable (_ noun: String, _ name: String, _ arn: String) -> AWSFault
        package var alreadyExists: @Sendable (_ noun: String, _ name: String, _ arn: String) -> AWSFault

        package init(
            notFound: @escaping @Sendable (_ noun: String, _ name: String, _ arn: String) -> AWSFault,
            alreadyExists: @escaping @Sendable (_ noun: String, _ name: String, _ arn: String) -> AWSFault
        ) {
            self.notFound = notFound
            self.alreadyExists = alreadyExists
        }

        /// Those of hosting resources.
        // AWS: recorded — spec/hosting.md §G.2.
        package static let hosting = Faults(
            notFound: { noun, _, arn in .validation("Could not find \(noun) \"\(arn)\".") },
            alreadyExists: { noun, _, arn in .validation("Cannot create already existing \(noun) \"\(arn)\".") })
    }

    package init(
        service: String, type: String, noun: String, nameMember: String, arnMember: String,
        hiddenMembers: Set<String> = ["Tags"], listMember: String, summaryMembers: [String] = [],
        prepare: @escaping Prepare = { input, _, _ in input }, faults: Faults = .hosting, updatableMembers: [String]? = nil,
        checkDeletion: @escaping @Sendable (ResourceRecord, StoreReader, Realm) throws -> Void = { _, _, _ in },
        question: @escaping @Sendable (AWSObject) -> AWSObject = { $0 },
        filter: @escaping @Sendable (ResourceRecord, AWSObject) -> Bool = { _, _ in true }
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
        self.faults = faults
        self.updatableMembers = updatableMembers
        self.checkDeletion = checkDeletion
        self.question = question
        self.filter = filter
    }

    /// The ARN of the resource of that name. The name's case is kept.
    // AWS: recorded — spec/hosting.md §0, ARNs.
    package func arn(_ name: String, in realm: Realm) -> String {
        ARN(service: service, realm: realm, resource: "\(type)/\(name)").description
    }

    package func collection(in realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: service, type: type)
    }

    package func notFound(_ name: String, in realm: Realm) -> AWSFault {
        faults.notFound(noun, name, arn(name, in: realm))
    }

    package func alreadyExists(_ name: String, in realm: Realm) -> AWSFault {
        faults.alreadyExists(noun, name, arn(name, in: realm))
    }

    /// Whether there is a resource of that name.
    package func exists(_ name: String, in realm: Realm, _ reader: StoreReader) throws -> Bool {
        try reader.document(collection(in: realm).key(name), as: ResourceRecord.self) != nil
    }
}

/// One stored resource.
package struct ResourceRecord: Codable, Sendable, Equatable {
    package var name: String
    package var arn: String
    package var creationTime: SimInstant
    /// Nil until it is changed.
    package var lastModifiedTime: SimInstant?
    /// What Create was given, with defaults filled in, without the hidden members.
    package var members: AWSObject

    package init(name: String, arn: String, creationTime: SimInstant, members: AWSObject) {
        self.name = name
        self.arn = arn
        self.creationTime = creationTime
        self.members = members
    }
}
