import AWSModel
import AWSProtocols
import Gateway
import RegistryRules
import SimTime
import Timeline
import Vocabulary

extension ECRService {
    // AWS: doc — spec/ecr.md §E7.
    var authorizationOperation: Operation {
        Operation("GetAuthorizationToken") { [self] request in
            let call = try ECRRequest(request)
            let key = try await secret.take()
            // Seconds are what a client sees.
            let expires = (timeline.now + RegistryToken.lifetime).floored(to: .seconds(1))
            let named = (call["registryIds"]?.list ?? []).compactMap(\.string)
            let accounts = try named.isEmpty ? [call.realm.account] : named.map { text in
                guard let account = AccountID(text) else { throw ECRFault.invalidParameter("registryIds", "Invalid registry id") }
                return account
            }
            let token = RegistryToken(call.context.caller, region: call.realm.region, expires: expires)
            let text = Base64.encode(Array("AWS:\(try token.password(key))".utf8))
            return OperationResponse(["authorizationData": .list(accounts.map { account in
                [
                    "authorizationToken": .string(text), "expiresAt": .timestamp(expires),
                    "proxyEndpoint": .string(self.proxyEndpoint(Realm(account: account, region: call.realm.region), call)),
                ]
            })])
        }
    }

    private func proxyEndpoint(_ realm: Realm, _ call: ECRRequest) -> String {
        switch settings.addressing {
        case .aws: "https://" + RepositoryRecord.registryHost(realm)
        case .local: "http://" + call.host
        }
    }
}
