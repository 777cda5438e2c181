import AWSModel
import HostingRules

/// `ExplainerConfig`, read: Kernel SHAP on CSV records.
struct ExplainerPlan: Sendable, Equatable {
    /// Nil explains every record.
    // AWS: doc — API reference of ClarifyExplainerConfig: explanations are on by default.
    var condition: ExplanationCondition?
    /// The fields of the baseline's records.
    var baseline: [[String]]
    var sampleCount: Int?
    var seed: UInt64
    var usesLogit: Bool
    /// The records that the container takes at once; nil for as many as fit in a payload.
    var recordsMax: Int?
    var payloadBytesMax: Int
    /// The field of an answer that holds its score or scores; nil when all fields are scores.
    var probabilityIndex: Int?
    var featureHeaders: [String]?
    var labelHeaders: [String]?

    /// Nil for a configuration that `check` refuses.
    init?(_ config: AWSObject) {
        guard let clarify = config["ClarifyExplainerConfig"], let shap = clarify["ShapConfig"],
              let baseline = shap["ShapBaselineConfig"]?["ShapBaseline"]?.string
        else { return nil }
        let inference = clarify["InferenceConfig"]
        condition = clarify["EnableExplanations"]?.string.flatMap { try? ExplanationCondition($0) }
        self.baseline = CSVRecords.split(baseline)
        sampleCount = shap["NumberOfSamples"]?.int
        seed = UInt64(bitPattern: Int64(shap["Seed"]?.int ?? 0))
        usesLogit = shap["UseLogit"]?.bool ?? false
        recordsMax = inference?["MaxRecordCount"]?.int
        payloadBytesMax = (inference?["MaxPayloadInMB"]?.int ?? 6) << 20
        probabilityIndex = inference?["ProbabilityIndex"]?.int
        featureHeaders = inference?["FeatureHeaders"]?.list?.compactMap(\.string)
        labelHeaders = inference?["LabelHeaders"]?.list?.compactMap(\.string)
    }

    /// Members of `InferenceConfig` that are for JSON Lines and texts, or read headers from answers.
    private static let refusedOfInference = [
        "FeaturesAttribute", "ContentTemplate", "ProbabilityAttribute", "LabelAttribute", "LabelIndex", "FeatureTypes",
    ]

    /// Throws what is wrong with the `ExplainerConfig` of a configuration. The texts are our own.
    static func check(_ config: AWSObject) throws {
        guard let own = config["ExplainerConfig"]?.object else { return }
        guard let clarify = own["ClarifyExplainerConfig"] else {
            throw AWSFault.validation("ExplainerConfig needs a ClarifyExplainerConfig.")
        }
        let variants = config["ProductionVariants"]?.list ?? []
        if variants.contains(where: { $0["ModelName"] == nil }) { throw refused("ExplainerConfig with inference components") }
        if config["AsyncInferenceConfig"] != nil { throw refused("ExplainerConfig with AsyncInferenceConfig") }
        for member in refusedOfInference where clarify["InferenceConfig"]?[member] != nil {
            throw refused("InferenceConfig.\(member)")
        }
        let shap = clarify["ShapConfig"], source = shap?["ShapBaselineConfig"]
        if shap?["TextConfig"] != nil { throw refused("ShapConfig.TextConfig") }
        // AWS: doc — API reference of ClarifyShapBaselineConfig: one of the two, and text/csv by default.
        switch (source?["ShapBaseline"]?.string, source?["ShapBaselineUri"]) {
        case (nil, nil): throw AWSFault.validation("ShapBaselineConfig needs a ShapBaseline or a ShapBaselineUri.")
        case (_?, _?): throw AWSFault.validation("ShapBaseline and ShapBaselineUri cannot both be specified.")
        case (nil, _?): throw refused("ShapBaselineConfig.ShapBaselineUri")
        case (let text?, nil):
            guard source?["MimeType"]?.string ?? "text/csv" == "text/csv" else {
                throw refused("ShapBaselineConfig.MimeType application/jsonlines")
            }
            let counts = Set(CSVRecords.split(text).map(\.count))
            guard counts.count == 1 else {
                throw AWSFault.validation("The records of ShapBaseline must have the same number of features.")
            }
        }
        if let expression = clarify["EnableExplanations"]?.string { _ = try condition(expression, of: "CreateEndpointConfig") }
    }

    /// The expression, read. Throws a fault that names one beyond what is understood here.
    static func condition(_ expression: String, of operation: String) throws -> ExplanationCondition {
        do {
            return try ExplanationCondition(expression)
        } catch {
            throw AWSFault.notEmulated(member: "EnableExplanations with the expression \(expression)", of: operation)
        }
    }

    private static func refused(_ member: String) -> AWSFault {
        AWSFault.notEmulated(member: member, of: "CreateEndpointConfig")
    }
}

extension EndpointFeatures {
    var explainerPlan: ExplainerPlan? { explainer.flatMap(ExplainerPlan.init) }
}

/// Records in CSV, their fields as they are spelled, quotes included.
enum CSVRecords {
    /// The fields of each line that is not empty. A quoted field may hold commas, not line ends.
    static func split(_ text: String) -> [[String]] {
        text.split(whereSeparator: \.isNewline).map { line in
            var fields: [String] = []
            var field: [UInt8] = []
            var isQuoted = false
            for byte in line.utf8 {
                if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
                if byte == UInt8(ascii: ","), !isQuoted {
                    fields.append(trimmed(field))
                    field = []
                } else {
                    field.append(byte)
                }
            }
            return fields + [trimmed(field)]
        }
    }

    /// A field's value: what is between its quotes, if it has them.
    static func value(_ field: String) -> String {
        guard field.utf8.count >= 2, field.hasPrefix("\""), field.hasSuffix("\"") else { return field }
        return String(field.dropFirst().dropLast())
    }

    private static func trimmed(_ field: [UInt8]) -> String {
        let start = field.drop { $0 == 0x20 }
        let end = start.reversed().drop { $0 == 0x20 }
        return String(decoding: end.reversed(), as: UTF8.self)
    }
}
