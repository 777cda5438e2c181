/// A principal with everything its identity brings to a decision.
package struct PrincipalPolicies: Sendable, Equatable {
    package struct Tag: Sendable, Equatable {
        package var key: String
        package var value: String

        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    package var principal: RequestPrincipal
    /// Inline, attached and of groups.
    package var identity: [Policy]
    /// Nil when no boundary limits.
    package var boundary: [Policy]?
    /// Nil when no session policy limits.
    package var session: [Policy]?
    /// Of the user, or of the role and its session.
    package var tags: [Tag]
    /// Keys that only a session has, such as `sts:SourceIdentity`.
    package var context: ConditionContext

    package init(
        principal: RequestPrincipal, identity: [Policy] = [], boundary: [Policy]? = nil, session: [Policy]? = nil,
        tags: [Tag] = [], context: ConditionContext = ConditionContext()
    ) {
        self.principal = principal
        self.identity = identity
        self.boundary = boundary
        self.session = session
        self.tags = tags
        self.context = context
    }
}
