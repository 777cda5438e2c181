import HTTPServer

/// The parameters of a Query request as a tree: `A.member.1.B=x` is reached by A, member, 1, B.
struct FormTree {
    private struct Node {
        var value: String?
        var children: [(name: Substring, node: Int)] = []
    }

    /// A place in the tree.
    struct Place: Equatable { fileprivate let node: Int }

    private struct Edge: Hashable {
        let parent: Int
        let name: Substring
    }

    private var nodes = [Node()]
    private var edges: [Edge: Int] = [:]

    var root: Place { Place(node: 0) }

    /// The later of two equal names wins; names with more than `maximumNesting` parts are left out.
    init(_ parameters: QueryItems) {
        for parameter in parameters.items {
            let parts = parameter.name.split(separator: ".", maxSplits: maximumNesting, omittingEmptySubsequences: false)
            guard parts.count <= maximumNesting else { continue }
            var node = 0
            for part in parts { node = child(part, of: node) }
            nodes[node].value = parameter.value ?? ""
        }
    }

    private mutating func child(_ name: Substring, of parent: Int) -> Int {
        if let known = edges[Edge(parent: parent, name: name)] { return known }
        let made = nodes.count
        nodes.append(Node())
        nodes[parent].children.append((name, made))
        edges[Edge(parent: parent, name: name)] = made
        return made
    }

    func value(_ place: Place) -> String? { nodes[place.node].value }
    func hasChildren(_ place: Place) -> Bool { !nodes[place.node].children.isEmpty }

    /// The place `name` below `place`; a name may itself hold dots.
    func child(_ name: String, of place: Place) -> Place? {
        var node = place.node
        for part in name.split(separator: ".", omittingEmptySubsequences: false) {
            guard let next = edges[Edge(parent: node, name: part)] else { return nil }
            node = next
        }
        return Place(node: node)
    }

    /// The children whose names are positive whole numbers, in their numbers' order; gaps are closed.
    func items(_ place: Place) -> [Place] {
        nodes[place.node].children
            .compactMap { child in Int(child.name).flatMap { $0 > 0 ? (number: $0, node: child.node) : nil } }
            .sorted { $0.number < $1.number }
            .map { Place(node: $0.node) }
    }
}
