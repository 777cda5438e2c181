import AWSModel
import AWSProtocols
import Gateway
import PolicyRules
import SimTime
import Timeline
import Vocabulary

/// The event that soft mode records of a call that policies refuse.
struct AccessEvent: Sendable {
    static let detailType = "Coldframe IAM Denial"

    private let refusal: AccessRefusal
    private let question: AccessQuestion

    init(_ refusal: AccessRefusal, _ question: AccessQuestion) {
        self.refusal = refusal
        self.question = question
    }

    /// The subject clients filter by is the action.
    func logged(at instant: SimInstant) -> LoggedEvent {
        var detail: AWSObject = [
            "mode": "soft", "principal": .string(question.caller.principalARN), "action": .string(question.action),
            "resource": .string(question.resource), "decision": .string(decision), "message": .string(refusal.message),
        ]
        switch question.network {
        case .open(let sourceIP): detail.append("sourceIp", .string(sourceIP))
        case .endpoint(let id, let vpc, let sourceIP):
            detail.append("vpcSourceIp", .string(sourceIP))
            detail.append("sourceVpc", .string(vpc))
            detail.append("sourceVpce", .string(id))
        }
        let body: AWSObject = [
            "version": "0", "detail-type": .string(Self.detailType), "source": "coldframe.iam",
            "account": .string(question.caller.account.digits), "region": .string(question.region.name),
            "resources": [.string(question.resource)], "detail": .object(detail),
        ]
        return LoggedEvent(
            instant: instant, detailType: Self.detailType, subject: question.action, json: JSON.string(.object(body)))
    }

    private var decision: String {
        switch refusal.verdict {
        case .allowed: "allowed"
        case .explicitDeny: "explicitDeny"
        case .implicitDeny: "implicitDeny"
        }
    }
}
