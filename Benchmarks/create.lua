-- CreateModel calls, each with a name of its own: thread, run and number.
local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("id", threads)
end

function init(args)
    run = args[1] or "0"
    number = 0
    headers = {
        ["Content-Type"] = "application/x-amz-json-1.1",
        ["X-Amz-Target"] = "SageMaker.CreateModel",
        ["Authorization"] = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/sagemaker/aws4_request, "
            .. "SignedHeaders=host, Signature=0",
    }
end

function request()
    number = number + 1
    return wrk.format("POST", "/", headers, string.format(
        '{"ModelName":"m-%s-%d-%d","ExecutionRoleArn":"arn:aws:iam::123456789012:role/Bench",'
            .. '"PrimaryContainer":{"Image":"123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1",'
            .. '"ModelDataUrl":"s3://bench/model.tar.gz"}}', run, id, number))
end
