import AWSModel

/// `DataCaptureConfig`, read.
struct CapturePlan: Sendable, Equatable {
    /// False is a configuration whose capture is stopped.
    var isEnabled: Bool
    /// The share of requests, 0–100.
    var samplingPercentage: Int
    /// `s3://…` without a slash at its end.
    var destination: String
    var kmsKeyID: String?
    var capturesInput: Bool
    var capturesOutput: Bool
    var csvContentTypes: [String]
    var jsonContentTypes: [String]

    init(_ config: AWSObject) {
        let modes = config["CaptureOptions"]?.list?.compactMap { $0["CaptureMode"]?.string } ?? []
        let both = modes.contains("InputAndOutput")
        let headers = config["CaptureContentTypeHeader"]
        isEnabled = config["EnableCapture"]?.bool ?? false
        samplingPercentage = config["InitialSamplingPercentage"]?.int ?? 0
        var path = (config["DestinationS3Uri"]?.string ?? "")[...]
        while path.hasSuffix("/") { path = path.dropLast() }
        destination = String(path)
        kmsKeyID = config["KmsKeyId"]?.string
        capturesInput = both || modes.contains("Input")
        capturesOutput = both || modes.contains("Output")
        csvContentTypes = Self.types(headers?["CsvContentTypes"])
        jsonContentTypes = Self.types(headers?["JsonContentTypes"])
    }

    private static func types(_ list: AWSValue?) -> [String] {
        list?.list?.compactMap { $0.string?.lowercased() } ?? []
    }

    enum Encoding: String { case csv = "CSV", json = "JSON", base64 = "BASE64" }

    /// How a body of that content type is written down.
    // AWS: doc — CaptureContentTypeHeader: what is not named there is encoded in base64.
    func encoding(of contentType: String?) -> Encoding {
        guard let type = contentType?.prefix(while: { $0 != ";" }).lowercased() else { return .base64 }
        if csvContentTypes.contains(type) { return .csv }
        return jsonContentTypes.contains(type) ? .json : .base64
    }

    /// `DataCaptureConfigSummary`.
    // AWS: sdk — spec/hosting.md §A.3: all members are required.
    var summary: AWSObject {
        [
            "EnableCapture": .boolean(isEnabled), "CaptureStatus": isEnabled ? "Started" : "Stopped",
            "CurrentSamplingPercentage": .integer(Int64(samplingPercentage)), "DestinationS3Uri": .string(destination),
            "KmsKeyId": .string(kmsKeyID ?? ""),
        ]
    }

    /// What a configuration with `DataCaptureConfig` may not be. The texts are our own.
    static func check(_ config: AWSObject) throws {
        guard let own = config["DataCaptureConfig"]?.object else { return }
        let destination = own["DestinationS3Uri"]?.string ?? ""
        guard destination.hasPrefix("s3://"), destination.utf8.count > 5 else {
            throw AWSFault.validation("The DestinationS3Uri \(destination) of DataCaptureConfig is not valid.")
        }
    }
}
