import AWSModel
import Testing

struct ModelCatalogTests {
    struct Size: Sendable {
        var service: String
        var operations: Int
        var shapes: Int
    }

    /// Counted in botocore 1.43.11.
    @Test(arguments: [
        Size(service: "sagemaker", operations: 396, shapes: 2965),
        Size(service: "sagemaker-runtime", operations: 3, shapes: 39),
        Size(service: "cloudwatch", operations: 46, shapes: 321),
        Size(service: "ecr", operations: 58, shapes: 404),
        Size(service: "cognito-idp", operations: 122, shapes: 590),
        Size(service: "cognito-identity", operations: 23, shapes: 111),
        Size(service: "s3", operations: 111, shapes: 690),
        Size(service: "sts", operations: 11, shapes: 98),
        Size(service: "iam", operations: 176, shapes: 571),
    ])
    func everyTableHoldsWhatBotocoreHolds(_ size: Size) throws {
        let model = try #require(ModelCatalog.shared.model(ServiceID(size.service)))
        #expect(model.operations.count == size.operations)
        #expect(model.operationNames.count == size.operations)
        #expect(model.shapeCount == size.shapes)
    }
}
