import AWSModel
import Testing

/// One check of every kind of trait, against what botocore's models say.
struct ModelTraitTests {
    private func model(_ name: String) throws -> ServiceModel {
        try #require(ModelCatalog.shared.model(ServiceID(name)))
    }

    private func shape(_ name: String, in model: ServiceModel) throws -> Shape {
        model[try #require(model.shapeID(named: name))]
    }

    private func member(_ name: String, of shapeName: String, in model: ServiceModel) throws -> Member {
        let structure = try #require(try shape(shapeName, in: model).structure)
        return try #require(structure.member(name))
    }

    @Test func serviceTraits() throws {
        let cloudwatch = try model("cloudwatch")
        #expect(cloudwatch.signingName == "monitoring")
        #expect(cloudwatch.targetPrefix == "GraniteServiceVersion20100801")
        #expect(cloudwatch.apiVersion == "2010-08-01")
        #expect(cloudwatch.jsonVersion == "1.0")
        #expect(cloudwatch.xmlNamespace == "http://monitoring.amazonaws.com/doc/2010-08-01/")
        #expect(cloudwatch.protocols == [.cbor, .json, .query])
        #expect(cloudwatch.isQueryCompatible)
        let runtime = try model("sagemaker-runtime")
        #expect(runtime.signingName == "sagemaker")
        #expect(runtime.targetPrefix == nil)
        #expect(runtime.protocols == [.restJSON])
        #expect(!runtime.isQueryCompatible)
        #expect(try model("sagemaker").jsonVersion == "1.1")
        #expect(try model("s3").xmlNamespace == "http://s3.amazonaws.com/doc/2006-03-01/")
        #expect(try model("s3").signingName == "s3")
    }

    @Test func operationTraits() throws {
        let s3 = try model("s3")
        let delete = try #require(s3.operations["DeletePublicAccessBlock"])
        #expect(delete.httpMethod == "DELETE")
        #expect(delete.requestURI == "/{Bucket}?publicAccessBlock")
        #expect(delete.successStatus == 204)
        let select = try #require(s3.operations["SelectObjectContent"])
        #expect(select.requestURI == "/{Bucket}/{Key+}?select&select-type=2")
        #expect(select.inputElement == "SelectObjectContentRequest")
        #expect(select.inputElementNamespace == "http://s3.amazonaws.com/doc/2006-03-01/")
        // Signed, though its body is not.
        #expect(try #require(s3.operations["WriteGetObjectResponse"]).isUnsigned == false)
        let invoke = try #require(model("sagemaker-runtime").operations["InvokeEndpointAsync"])
        #expect(invoke.requestURI == "/endpoints/{EndpointName}/async-invocations")
        #expect(invoke.successStatus == 202)
        #expect(try #require(try model("iam").operations["CreateRole"]).resultWrapper == "CreateRoleResult")
        let cognito = try model("cognito-idp")
        #expect(try #require(cognito.operations["InitiateAuth"]).isUnsigned)
        #expect(try #require(cognito.operations["AdminInitiateAuth"]).isUnsigned == false)
        let sagemaker = try model("sagemaker")
        #expect(Array(sagemaker.operationNames.prefix(2)) == ["AddAssociation", "AddTags"])
        let create = try #require(sagemaker.operations["CreateEndpoint"])
        #expect(create.input.map { sagemaker[$0].name } == "CreateEndpointInput")
        #expect(create.output.map { sagemaker[$0].name } == "CreateEndpointOutput")
        #expect(create.errors.map { sagemaker[$0].name } == ["ResourceLimitExceeded"])
        #expect(try #require(sagemaker.operations["DeleteEndpoint"]).output == nil)
    }

    @Test func memberTraits() throws {
        let s3 = try model("s3")
        #expect(try member("Bucket", of: "PutObjectRequest", in: s3).location == .uri)
        #expect(try member("Bucket", of: "PutObjectRequest", in: s3).isHostLabel)
        let header = try member("ContentType", of: "PutObjectRequest", in: s3)
        #expect(header.location == .header)
        #expect(header.wireName == "Content-Type")
        let metadata = try member("Metadata", of: "PutObjectRequest", in: s3)
        #expect(metadata.location == .headers)
        #expect(metadata.wireName == "x-amz-meta-")
        #expect(try member("MaxKeys", of: "ListObjectsV2Request", in: s3).location == .querystring)
        #expect(try member("Tags", of: "LifecycleRuleAndOperator", in: s3).isFlattened)
        let type = try member("Type", of: "Grantee", in: s3)
        #expect(type.isXMLAttribute)
        #expect(type.wireName == "xsi:type")
        #expect(
            try member("Delete", of: "DeleteObjectsRequest", in: s3).xmlNamespace
                == "http://s3.amazonaws.com/doc/2006-03-01/")
        #expect(try member("Details", of: "StatsEvent", in: s3).isEventPayload)
        let sagemaker = try model("sagemaker")
        #expect(try member("EndpointName", of: "CreateEndpointInput", in: sagemaker).isRequired)
        #expect(try member("Tags", of: "CreateEndpointInput", in: sagemaker).isRequired == false)
        #expect(try member("ClientRequestToken", of: "CreatePipelineRequest", in: sagemaker).isIdempotencyToken)
        #expect(
            try #require(try shape("CreateEndpointInput", in: sagemaker).structure).members.map(\.name)
                == ["EndpointName", "EndpointConfigName", "DeploymentConfig", "Tags"])
    }

    @Test func structureTraits() throws {
        let s3 = try model("s3")
        #expect(try #require(try shape("PutObjectRequest", in: s3).structure).payloadMember == "Body")
        #expect(try #require(try shape("SelectObjectContentEventStream", in: s3).structure).isEventStream)
        #expect(try #require(try shape("ObjectEncryption", in: s3).structure).isUnion)
        let grantee = try #require(try shape("Grantee", in: s3).structure)
        #expect(grantee.xmlNamespacePrefix == "xsi")
        #expect(grantee.xmlNamespace == "http://www.w3.org/2001/XMLSchema-instance")
        #expect(try #require(try shape("SSEKMS", in: s3).structure).xmlElementName == "SSE-KMS")
        #expect(try shape("UserContextDataType", in: try model("cognito-idp")).isSensitive)
    }

    @Test func kindTraits() throws {
        let s3 = try model("s3")
        guard case .list(let tag, "Tag", false) = try shape("TagSet", in: s3).kind else {
            Issue.record("TagSet is not a list of Tag")
            return
        }
        #expect(s3[tag].name == "Tag")
        guard case .list(_, "member", true) = try shape("ObjectList", in: s3).kind else {
            Issue.record("ObjectList is not flattened")
            return
        }
        guard case .blob(isStreaming: true) = try shape("Body", in: s3).kind,
              case .timestamp(.rfc822) = try shape("LastModifiedTime", in: s3).kind,
              case .timestamp(.iso8601) = try shape("ObjectLockRetainUntilDate", in: s3).kind,
              case .timestamp(nil) = try shape("LastModified", in: s3).kind,
              // botocore's own extra makes a timestamp of it.
              case .timestamp = try shape("Expires", in: s3).kind,
              case .document = try shape("Document", in: try model("cognito-idp")).kind,
              case .blob(isStreaming: false) = try shape("BodyBlob", in: try model("sagemaker-runtime")).kind
        else {
            Issue.record("a blob, timestamp or document trait is lost")
            return
        }
        let sagemaker = try model("sagemaker")
        guard case .string(isJSONValue: true) = try shape("HumanLoopActivationConditions", in: sagemaker).kind,
              case .map(let key, let value, "key", "value", false) = try shape("EnvironmentMap", in: sagemaker).kind
        else {
            Issue.record("a JSON value or map is lost")
            return
        }
        #expect(sagemaker[key].name == "EnvironmentKey")
        #expect(sagemaker[value].name == "EnvironmentValue")
    }

    @Test func constraints() throws {
        let sagemaker = try model("sagemaker")
        let name = try shape("EndpointName", in: sagemaker).constraints
        #expect(name == .init(minimum: 0, maximum: 63, pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"))
        // What the service prints for it — spec/hosting.md §G.1.
        #expect(
            try shape("RoleArn", in: sagemaker).constraints.pattern
                == #"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"#)
        #expect(try shape("NumberOfCpuCores", in: sagemaker).constraints.minimum == 0.25)
        #expect(
            try shape("EndpointStatus", in: sagemaker).constraints.values
                == ["OutOfService", "Creating", "Updating", "SystemUpdating", "RollingBack", "InService", "Deleting",
                    "Failed", "UpdateRollbackFailed"])
        // Patched to the recorded order.
        #expect(
            try shape("StateValue", in: try model("cloudwatch")).constraints.values
                == ["INSUFFICIENT_DATA", "ALARM", "OK"])
    }

    @Test func errors() throws {
        let cloudwatch = try model("cloudwatch")
        #expect(
            try #require(cloudwatch.errorShape(named: "InvalidParameterValueException")).error
                == .init(code: "InvalidParameterValue", httpStatus: 400, isSenderFault: true))
        #expect(
            try #require(cloudwatch.errorShape(named: "InternalServiceFault")).error
                == .init(code: "InternalServiceError", httpStatus: 500, isSenderFault: false))
        #expect(
            try #require(try model("sagemaker").errorShape(named: "ResourceNotFound")).error
                == .init(code: nil, httpStatus: nil, isSenderFault: true))
        #expect(try #require(try model("ecr").errorShape(named: "ServerException")).error?.isSenderFault == false)
        #expect(try model("ecr").errorShape(named: "Repository") == nil)
    }

    struct Identification: Sendable {
        var action: String
        var version: String?
        var service: String?
    }

    @Test(arguments: [
        Identification(action: "GetCallerIdentity", version: "2011-06-15", service: "sts"),
        Identification(action: "CreateRole", version: "2010-05-08", service: "iam"),
        Identification(action: "PutMetricData", version: "2010-08-01", service: "cloudwatch"),
        Identification(action: "Unheard", version: "2010-05-08", service: "iam"),
        Identification(action: "AssumeRole", version: nil, service: "sts"),
        Identification(action: "DescribeAlarms", version: "1999-01-01", service: "cloudwatch"),
        Identification(action: "Unheard", version: nil, service: nil),
    ])
    func queryRequestsFindTheirService(_ row: Identification) {
        #expect(
            ModelCatalog.shared.queryService(action: row.action, version: row.version)
                == row.service.map { ServiceID($0) })
    }

    @Test func headersIdentifyServices() {
        let catalog = ModelCatalog.shared
        #expect(catalog.service(targetPrefix: "SageMaker") == ServiceID("sagemaker"))
        #expect(catalog.service(targetPrefix: "AmazonEC2ContainerRegistry_V20150921") == ServiceID("ecr"))
        #expect(catalog.service(targetPrefix: "DynamoDB_20120810") == nil)
        #expect(
            catalog.services(signingName: "sagemaker") == [ServiceID("sagemaker"), ServiceID("sagemaker-runtime")])
        #expect(catalog.services(signingName: "monitoring") == [ServiceID("cloudwatch")])
        #expect(catalog.services(signingName: "ec2") == [])
        #expect(catalog.serviceIDs.count == 12)
        #expect(Set(catalog.headers.map(\.botocoreVersion)) == ["1.43.11"])
        #expect(catalog.model(ServiceID("ec2")) == nil)
    }

    /// A model is made once, whoever asks first.
    @Test func modelsAreParsedOnce() async {
        let models = await withTaskGroup(of: ServiceModel?.self) { group in
            for _ in 0..<8 { group.addTask { ModelCatalog.shared.model(ServiceID("iam")) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(models.allSatisfy { $0 === models[0] && $0 != nil })
    }
}
