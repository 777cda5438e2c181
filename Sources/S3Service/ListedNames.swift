import AWSModel
import HTTPServer

/// The names in a listing's answer: plain, or encoded when the client asks for `encoding-type=url`.
struct ListedNames {
    let isEncoded: Bool

    /// Throws InvalidArgument for an encoding that S3 does not know.
    init(_ input: AWSObject) throws {
        let type = input["EncodingType"]?.string
        guard type == nil || type == "url" else {
            throw S3Fault.invalidArgument(
                "Invalid Encoding Method specified in Request", name: "encoding-type", value: type ?? "")
        }
        isEncoded = type != nil
    }

    // AWS: recorded — spec/support-services.md §F5: `/` is kept, `=` becomes `%3D`, a space becomes `+`.
    func text(_ name: String) -> String {
        guard isEncoded else { return name }
        return PercentCoding.percentEncoded(name, keeping: PercentCoding.unreserved + "/* ").replacing(" ", with: "+")
    }

    func value(_ key: ObjectKey) -> AWSValue { .string(text(key.description)) }
    func value(_ name: String) -> AWSValue { .string(text(name)) }
}
