import PolicyRules
import Testing

@Suite struct GrammarTests {
    struct Row: Sendable {
        var document: String
        var grammar = Policy.Grammar.identity
        var rejection: PolicyRejection?
    }

    static let tail = #""Action":"s3:*","Resource":"*""#

    @Test(arguments: [
        Row(document: #"{"Version":"2012-10-17","Id":"x","Statement":[]}"#),
        Row(document: #"{"Statement":{"Sid":"a","Effect":"Allow",\#(tail)}}"#),
        Row(document: "[]", rejection: .badValue("document")),
        Row(document: "{}", rejection: .missing("Statement")),
        Row(document: #"{"Version":"2020-01-01","Statement":[]}"#, rejection: .badValue("Version")),
        Row(document: #"{"Statement":[],"Extra":1}"#, rejection: .prohibited("Extra")),
        Row(document: #"{"Statement":["x"]}"#, rejection: .badValue("Statement")),
        Row(document: #"{"Statement":{\#(tail)}}"#, rejection: .missing("Effect")),
        Row(document: #"{"Statement":{"Effect":"allow",\#(tail)}}"#, rejection: .badValue("Effect")),
        Row(document: #"{"Statement":{"Effect":"Allow","Resource":"*"}}"#, rejection: .missing("Action")),
        Row(document: #"{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}"#, rejection: .badValue("Action")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","NotAction":[1],"Resource":"*"}}"#,
            rejection: .badValue("NotAction")),
        Row(document: #"{"Statement":{"Effect":"Allow","Action":"s3:*"}}"#, rejection: .missing("Resource")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","NotAction":"s3:*",\#(tail)}}"#,
            rejection: .conflicting("Action")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","NotResource":"*",\#(tail)}}"#,
            rejection: .conflicting("Resource")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","Principal":"*",\#(tail)}}"#,
            rejection: .prohibited("Principal")),
        Row(
            document: #"{"Statement":{"Effect":"Allow",\#(tail)}}"#, grammar: .resource,
            rejection: .missing("Principal")),
        Row(document: #"{"Statement":{"Effect":"Allow","Principal":"*","Action":"ecr:*"}}"#, grammar: .resource),
        Row(
            document: #"{"Statement":{"Effect":"Allow","Principal":"me",\#(tail)}}"#, grammar: .resource,
            rejection: .badValue("Principal")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","NotPrincipal":{"Who":"x"},\#(tail)}}"#, grammar: .resource,
            rejection: .badValue("NotPrincipal")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","Principal":"*",\#(tail)}}"#, grammar: .trust,
            rejection: .prohibited("Resource")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","Principal":{"CanonicalUser":"x"},"Action":"sts:*"}}"#,
            grammar: .trust),
        Row(
            document: #"{"Statement":{"Effect":"Allow","Condition":{"StringIs":{"a:b":"c"}},\#(tail)}}"#,
            rejection: .unknownOperator("StringIs")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","Condition":{"NullIfExists":{"a:b":"c"}},\#(tail)}}"#,
            rejection: .unknownOperator("NullIfExists")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","Condition":{"ForSomeValues:Bool":{"a:b":"c"}},\#(tail)}}"#,
            rejection: .unknownOperator("ForSomeValues:Bool")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","Condition":{"Bool":"x"},\#(tail)}}"#,
            rejection: .badValue("Condition")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","Condition":{"Bool":{"a:b":{}}},\#(tail)}}"#,
            rejection: .badValue("Condition")),
        Row(
            document: #"{"Statement":{"Effect":"Allow","Condition":{"foranyvalue:stringlikeifexists":{"a:b":"x"}},\#(tail)}}"#),
    ])
    func grammar(_ row: Row) throws {
        let value = try PolicyValue(json: row.document)
        do {
            _ = try Policy(value, as: row.grammar)
            #expect(row.rejection == nil)
        } catch {
            #expect(error == row.rejection)
        }
    }
}
