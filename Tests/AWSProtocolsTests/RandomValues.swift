import AWSModel
import SimTime

/// Random values of shapes; the same seed gives the same values.
struct RandomValues {
    let model: ServiceModel
    var random: SeededRandom

    init(model: ServiceModel, seed: String) {
        self.model = model
        random = SeededRandom(seed: seed.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
    }

    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABC0123456789-")
    private static let anything = Array("abcXYZ 019-_./:+%&=?<>\"'\\#é日😀\n")

    mutating func text(_ alphabet: [Character] = anything) -> String {
        String((0..<Int.random(in: 1...12, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "x" })
    }

    mutating func value(_ id: ShapeID, depth: Int = 0, location: Member.Location = .body) -> AWSValue {
        let shape = model[id]
        switch shape.kind {
        case .structure(let traits): return structure(traits, depth)
        case .list(let item, _, _):
            let count = location == .body ? (depth > 6 ? 0 : Int.random(in: 0...2, using: &random)) : 1
            return .list((0..<count).map { _ in value(item, depth: depth + 1, location: location) })
        case .map(_, let item, _, _, _):
            var object = AWSObject()
            let alphabet = location == .headers ? Array("abcdefgh") : Self.letters
            for _ in 0..<(depth > 6 ? 0 : Int.random(in: 0...2, using: &random)) {
                object[text(alphabet)] = value(item, depth: depth + 1, location: location)
            }
            return .object(object)
        case .string:
            if let value = shape.constraints.values.randomElement(using: &random) { return .string(value) }
            return .string(location == .body ? text() : text(Self.letters))
        case .boolean: return .boolean(Bool.random(using: &random))
        case .integer: return .integer(Int64.random(in: -2_147_483_648...2_147_483_647, using: &random))
        case .long: return .integer(Int64.random(in: .min ... .max, using: &random))
        case .float, .double:
            return .double([0, 1, -2.5, 1e-7, 1e21, Double.random(in: -1000...1000, using: &random)].randomElement(using: &random) ?? 0)
        case .blob: return .blob((0..<Int.random(in: 1...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
        case .timestamp:
            let seconds = Int64.random(in: 0...4_000_000_000, using: &random)
            let milliseconds = location == .body ? Int64.random(in: 0...999, using: &random) : 0
            return .timestamp(SimInstant(millisecondsSinceEpoch: seconds * 1000 + milliseconds))
        case .document: return ["a": [1, 2.5, "x", true]]
        }
    }

    private mutating func structure(_ traits: Shape.StructureTraits, _ depth: Int) -> AWSValue {
        var object = AWSObject()
        if traits.isEventStream { return .object(object) }
        let members = traits.isUnion ? Array(traits.members.shuffled(using: &random).prefix(1)) : traits.members
        for member in members where member.location != .statusCode {
            let isIncluded = traits.isUnion || (depth <= 5 && random.unit() < (depth < 2 ? 0.7 : 0.4))
            if isIncluded { object.append(member.name, value(member.shape, depth: depth + 1, location: member.location)) }
        }
        return .object(object)
    }
}
