import AWSModel
import AWSProtocols
import HTTPServer
import SimTime
import Testing

/// Shorthand of the tests: codecs of real operations, and texts for bytes.
enum WireSample {
    static func model(_ service: String) throws -> ServiceModel {
        try #require(ModelCatalog.shared.model(ServiceID(service)))
    }

    static func codec(
        _ service: String, _ operation: String, _ wire: WireProtocol, shift: ClockShift = .none
    ) throws -> WireCodec {
        let model = try model(service)
        return WireCodec(model: model, operation: try #require(model.operations[operation]), wire: wire, clockShift: shift)
    }

    static func decode(
        _ service: String, _ operation: String, _ wire: WireProtocol, _ body: String, target: String = "/",
        headers: HTTPHeaders = [:], labels: [String: String] = [:], shift: ClockShift = .none
    ) throws -> AWSObject {
        let head = HTTPRequest(method: "POST", target: target, headers: headers)
        return try codec(service, operation, wire, shift: shift).decodeRequest(head, labels: labels, body: Array(body.utf8))
    }

    /// Two hours of lead, for tests of the shift.
    static let twoHours = ClockShift(
        simulated: SimInstant(millisecondsSinceEpoch: 7_200_000), real: SimInstant(millisecondsSinceEpoch: 0))
}

extension HTTPResponse {
    /// The body's bytes; empty for bodies that are not in memory.
    var bytes: [UInt8] { if case .bytes(let bytes) = body { bytes } else { [] } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension [UInt8] {
    /// Bytes from hexadecimal text; spaces are ignored.
    init(hex: String) {
        let digits = hex.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        self = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
