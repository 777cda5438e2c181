-- Sign-ins with user name and password: the client's id is the first argument.
function init(args)
    headers = {
        ["Content-Type"] = "application/x-amz-json-1.1",
        ["X-Amz-Target"] = "AWSCognitoIdentityProviderService.InitiateAuth",
        ["Authorization"] = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/cognito-idp/aws4_request, "
            .. "SignedHeaders=host, Signature=0",
    }
    body = '{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"' .. args[1]
        .. '","AuthParameters":{"USERNAME":"bench","PASSWORD":"Passw0rd!"}}'
end

function request()
    return wrk.format("POST", "/", headers, body)
end
