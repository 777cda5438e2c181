-- One InvokeEndpoint call with a row of text/csv.
wrk.method = "POST"
wrk.path = "/endpoints/bench/invocations"
wrk.headers["Content-Type"] = "text/csv"
wrk.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/sagemaker/aws4_request, "
    .. "SignedHeaders=host, Signature=0"
wrk.body = "221,0,0,0,146.33,86,24.88,182.3,89,15.5,187.88,98,8.45,9.39,5,2.54,0,7,0,1"
