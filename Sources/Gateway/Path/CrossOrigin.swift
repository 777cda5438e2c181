import AWSModel
import HTTPServer

/// Lets pages of other origins read what Cognito answers, as its browser clients need it.
enum CrossOrigin {
    /// The response, opened to the page that asks.
    // AWS: recorded — spec/cognito.md §D1.
    static func opened(_ response: HTTPResponse, to request: HTTPRequest, by model: ServiceModel) -> HTTPResponse {
        guard request.headers["Origin"] != nil, model.signingName.hasPrefix("cognito-") else { return response }
        var response = response
        response.headers.add("Access-Control-Allow-Origin", "*")
        response.headers.add("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date")
        return response
    }
}
