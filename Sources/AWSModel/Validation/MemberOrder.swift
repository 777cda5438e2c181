/// The order in which AWS's framework reports the members of one structure: the model's, backwards.
///
/// AWS: inferred. Of fifteen messages found with two or more members whose model order is known, thirteen run
/// backwards and one forwards (UpdateTable's indexName before its provisionedThroughput); AddPermission's
/// aWSAccountId, label, actionName is neither. Some are recorded from AWS (SignUp: password, username), others stand in
/// the tests of other emulators. The iteration order of a Java `HashMap` of the names fits as many of them, but was the
/// best of 24 variants tried, so the simpler rule is taken.
enum MemberOrder {
    static func reported(_ members: [Member]) -> [Member] { members.reversed() }
}
