import AWSModel

/// What a fault is called on the wire of each protocol, and with which status it travels.
struct FaultNames {
    let fault: AWSFault
    let model: ServiceModel?
    /// The modelled error shape of that name, if the service has one.
    let shape: Shape?

    init(_ fault: AWSFault, _ model: ServiceModel?) {
        self.fault = fault
        self.model = model
        shape = model?.errorShape(named: fault.code)
    }

    /// The status when the protocol keeps the model's own.
    var status: Int { fault.status ?? shape?.error?.httpStatus ?? (fault.isSenderFault ? 400 : 500) }

    /// The code of Query and REST-XML answers, and of `x-amzn-query-error`.
    var queryCode: String {
        if let shape { return shape.error?.code ?? shape.name }
        return FaultNames.frameworkCodes[fault.code]?.code ?? fault.code
    }

    /// The status of Query and REST-XML answers: refusals of the signature or of access are 403 there, 400 elsewhere.
    var queryStatus: Int {
        guard shape == nil, let known = FaultNames.frameworkCodes[fault.code]?.status else { return status }
        return known
    }

    /// The `__type` of JSON and CBOR bodies.
    // AWS: recorded — CloudWatch qualifies its names (spec/cloudwatch.md §1), SageMaker and Cognito do not.
    var typeName: String {
        guard let model, model.isQueryCompatible else { return fault.code }
        if shape != nil {
            let version = model.apiVersion.replacing("-", with: "_")
            return "com.amazonaws.\(model.id.name).v\(version)#\(fault.code)"
        }
        return fault.code == "ValidationException"
            ? "com.amazon.coral.validate#ValidationException" : "com.amazon.coral.service#\(fault.code)"
    }

    /// The name of the message member: modelled errors of many services spell it with a capital M.
    var messageName: String {
        shape?.structure?.members.first { equalsMessage($0.name) }?.wireName ?? "message"
    }

    /// The fault's further members under their wire names.
    var members: [(name: String, value: AWSValue)] {
        fault.members.entries.map { entry in
            (shape?.structure?.member(entry.key)?.wireName ?? entry.key, entry.value)
        }
    }

    private func equalsMessage(_ name: String) -> Bool { name == "Message" || name == "message" }

    /// Faults of the framework in front of every service: their names and statuses in the XML protocols.
    // AWS: recorded or inferred — spec/support-services.md §F1 (signature failures),
    // spec/cloudwatch.md §1 (ValidationError).
    private static let frameworkCodes: [String: (code: String, status: Int?)] = [
        "ValidationException": ("ValidationError", nil),
        "SerializationException": ("MalformedInput", nil),
        "UnknownOperationException": ("InvalidAction", nil),
        "ThrottlingException": ("Throttling", nil),
        "AccessDeniedException": ("AccessDenied", 403),
        "MissingAuthenticationTokenException": ("MissingAuthenticationToken", 403),
        "UnrecognizedClientException": ("InvalidClientTokenId", 403),
        "InvalidSignatureException": ("SignatureDoesNotMatch", 403),
        "ExpiredTokenException": ("ExpiredToken", 403),
    ]
}
