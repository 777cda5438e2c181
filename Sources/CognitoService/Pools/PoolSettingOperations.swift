import AWSModel
import Gateway
import IdentityRules
import SimTime

/// The order of lists by time, then by name.
enum PageOrder {
    static func key(_ instant: SimInstant, _ name: String) -> String {
        padded(Int(max(0, instant.millisecondsSinceEpoch)), 16) + name
    }
}

extension CognitoService {
    /// The MFA configuration of pools.
    var poolSettingOperations: [Operation] { [setUserPoolMfaConfig, getUserPoolMfaConfig] }

    private var setUserPoolMfaConfig: Operation {
        writing("SetUserPoolMfaConfig") { edit, input in
            var pool = try edit.directory.pool(input)
            var mfa = AWSObject()
            for member in ["SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration", "WebAuthnConfiguration"] {
                mfa[member] = input.object[member]
            }
            pool.mfa = mfa
            pool.settings["MfaConfiguration"] = .string(input.optionalText("MfaConfiguration") ?? "OFF")
            if pool.mfaMode != .off, pool.allowedMFA.isEmpty {
                // AWS: recorded — sst/sst issue 5177.
                throw AWSFault.invalidParameter(
                    "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.")
            }
            pool.modified = edit.now
            try edit.save(pool)
            return Self.mfaOutput(pool)
        }
    }

    private var getUserPoolMfaConfig: Operation {
        reading("GetUserPoolMfaConfig") { directory, input in Self.mfaOutput(try directory.pool(input)) }
    }

    private static func mfaOutput(_ pool: Pool) -> AWSObject {
        var output = pool.mfa
        output["MfaConfiguration"] = .string(pool.mfaMode.rawValue)
        return output
    }
}
