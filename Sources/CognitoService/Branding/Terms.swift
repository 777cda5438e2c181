import AWSModel
import Gateway
import SimTime

/// Links to the terms of use or the privacy policy that a client's sign-up page shows.
struct Terms: Stored {
    let id: String
    let poolID: String
    let clientID: String
    var name: String
    var links: [String: String]
    let created: SimInstant
    var modified: SimInstant

    static func type(_ poolID: String) -> String { "terms/\(poolID)" }
    var storedName: String { id }

    var summary: AWSObject {
        [
            "TermsId": .string(id), "TermsName": .string(name), "Enforcement": "NONE", "CreationDate": .timestamp(created),
            "LastModifiedDate": .timestamp(modified),
        ]
    }

    var output: AWSObject {
        var output = summary
        output["UserPoolId"] = .string(poolID)
        output["ClientId"] = .string(clientID)
        output["TermsSource"] = "LINK"
        output["Links"] = .object(ofTexts: links)
        return output
    }
}

extension CognitoService {
    /// CreateTerms … ListTerms.
    var termsOperations: [Operation] {
        [
            writing("CreateTerms") { [mint] edit, input in
                let pool = try edit.directory.pool(input)
                let client = try edit.directory.client(input, of: pool), name = try input.text("TermsName")
                try Self.refuseOther(name, client.id, besides: nil, in: pool, edit)
                let links = try Self.links(input)
                let terms = Terms(
                    id: mint.uuid(), poolID: pool.id, clientID: client.id, name: name, links: links, created: edit.now,
                    modified: edit.now)
                try edit.save(terms)
                return ["Terms": .object(terms.output)]
            },
            reading("DescribeTerms") { directory, input in ["Terms": .object(try Self.terms(directory, input).output)] },
            writing("UpdateTerms") { edit, input in
                var terms = try Self.terms(edit.directory, input)
                if let name = input.optionalText("TermsName") {
                    try Self.refuseOther(name, terms.clientID, besides: terms.id, in: edit.directory.pool(input), edit)
                    terms.name = name
                }
                if input.object["Links"] != nil { terms.links = try Self.links(input) }
                terms.modified = edit.now
                try edit.save(terms)
                return ["Terms": .object(terms.output)]
            },
            writing("DeleteTerms") { edit, input in
                try edit.delete(try Self.terms(edit.directory, input))
                return [:]
            },
            reading("ListTerms") { directory, input in
                let pool = try directory.pool(input)
                let all = try directory.all(Terms.self, of: pool)
                let page = try CognitoPage(
                    of: all.map { (key: PageOrder.key($0.created, $0.id), item: $0) }.sorted { $0.key < $1.key },
                    size: input.int("MaxResults").flatMap { $0 == 0 ? nil : $0 } ?? 60, token: input.optionalText("NextToken"),
                    list: input.list(pool.id))
                return ["Terms": .list(page.items.map { .object($0.summary) }), "NextToken": page.next.map { .string($0) }]
            },
        ]
    }

    private static func terms(_ directory: Directory, _ input: CognitoInput) throws -> Terms {
        let id = try input.text("TermsId")
        guard let terms = try directory.one(Terms.self, id, of: directory.pool(input)) else {
            throw AWSFault.resourceNotFound("Terms \(id) do not exist.")
        }
        return terms
    }

    private static func refuseOther(
        _ name: String, _ clientID: String, besides id: String?, in pool: Pool, _ edit: DirectoryEdit
    ) throws {
        let exists = try edit.directory.all(Terms.self, of: pool).contains {
            $0.clientID == clientID && $0.name == name && $0.id != id
        }
        if exists { throw AWSFault.cognito("TermsExistsException", "Terms named \(name) exist for the client \(clientID).") }
    }

    // AWS: doc — links are addresses of the web, by language; a default is what all others fall back to.
    private static func links(_ input: CognitoInput) throws -> [String: String] {
        let links = input.map("Links")
        guard links["cognito:default"] != nil else {
            throw AWSFault.invalidParameter("Links must have an address for cognito:default.")
        }
        for (language, link) in links {
            guard language.hasPrefix("cognito:"), link.hasPrefix("https://") || link.hasPrefix("http://") else {
                throw AWSFault.invalidParameter("Invalid link for \(language).")
            }
        }
        return links
    }
}
