package import Vocabulary

/// All documents of one type in one realm, e.g. the endpoints of an account in a region.
package struct DocumentCollection: Hashable, Sendable, CustomStringConvertible {
    package let realm: Realm
    /// The owning service, e.g. `sagemaker`.
    package let service: String
    /// The document type, e.g. `endpoint`.
    package let type: String

    package init(_ realm: Realm, service: String, type: String) {
        self.realm = realm
        self.service = service
        self.type = type
    }

    /// The key of the document of that name.
    package func key(_ name: String) -> DocumentKey { DocumentKey(collection: self, name: name) }

    package var description: String { "\(service) \(type) of \(realm)" }
}

/// The identity of one document.
package struct DocumentKey: Hashable, Sendable, CustomStringConvertible {
    package let collection: DocumentCollection
    package let name: String

    package init(collection: DocumentCollection, name: String) {
        self.collection = collection
        self.name = name
    }

    package var description: String { "\(collection.service) \(collection.type) \(name) of \(collection.realm)" }
}
