/// What a pool demands of passwords.
package struct PasswordPolicy: Codable, Sendable, Equatable {
    package var minimumLength = 8
    package var requiresUppercase = true
    package var requiresLowercase = true
    package var requiresNumbers = true
    package var requiresSymbols = true
    /// How many earlier passwords must not come again; 0 keeps none.
    package var historySize = 0
    package var temporaryPasswordValidityDays = 7

    package init() {}

    private static let maximumLength = 256
    /// AWS: doc — spec/cognito.md §D7. The space counts too, unless it stands first or last.
    private static let symbols = Set("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-".unicodeScalars)

    /// The first broken rule as AWS words it, or nil. Letters and digits are those of Basic Latin.
    // AWS: recorded, first and last inferred — spec/cognito.md §D7.
    package func violation(of password: String) -> String? {
        let scalars = Array(password.unicodeScalars)
        if scalars.count < minimumLength { return "Password not long enough" }
        if scalars.count > Self.maximumLength { return "Password too long" }
        if requiresLowercase, !scalars.contains(where: { ("a"..."z").contains($0) }) {
            return "Password must have lowercase characters"
        }
        if requiresUppercase, !scalars.contains(where: { ("A"..."Z").contains($0) }) {
            return "Password must have uppercase characters"
        }
        if requiresNumbers, !scalars.contains(where: { ("0"..."9").contains($0) }) {
            return "Password must have numeric characters"
        }
        let hasInnerSpace = scalars.dropFirst().dropLast().contains(" ")
        if requiresSymbols, !hasInnerSpace, !scalars.contains(where: Self.symbols.contains) {
            return "Password must have symbol characters"
        }
        return nil
    }

    /// A password that follows the policy.
    package func generated(using random: inout some RandomNumberGenerator) -> String {
        let classes = ["abcdefghijkmnopqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!@#%*+-_"]
        var characters = classes.compactMap { $0.randomElement(using: &random) }
        let every = Array(classes.joined())
        while characters.count < max(minimumLength, 10) {
            characters.append(every[Int.random(in: 0..<every.count, using: &random)])
        }
        characters.shuffle(using: &random)
        return String(characters)
    }
}
