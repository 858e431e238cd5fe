/// Why a service refuses, for the person who gave the address.
extension S3Failure {
    /// What is wrong and what to do, in one line without the failure itself.
    package func reason(_ address: S3Address) -> String {
        switch code {
        case "InvalidAccessKeyId": "the service does not know the access key; look at AWS_ACCESS_KEY_ID"
        case "SignatureDoesNotMatch":
            "the signature is wrong; look at AWS_SECRET_ACCESS_KEY and the region (\(address.region))"
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
            "the keys were lent and have run out; look at AWS_SESSION_TOKEN"
        case "RequestTimeTooSkewed": "this machine's clock differs too much from the service's; set it right"
        case "NoSuchBucket": "there is no such bucket; make it first"
        case "AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect", "Redirect":
            "it is in another region than \(address.region), or at another endpoint; add region=NAME"
        case "AccessDenied", "AllAccessDisabled", "AccountProblem":
            "the keys lack a right: they need s3:ListBucket, s3:ListBucketMultipartUploads, s3:GetObject, "
                + "s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload"
        default: reasonOfStatus(address)
        }
    }

    private func reasonOfStatus(_ address: S3Address) -> String {
        switch status ?? 0 {
        case 300..<400: "it is in another region than \(address.region), or at another endpoint"
        case 401, 403: "the service refuses the keys"
        default: "the service does not answer as S3 does; is the endpoint right?"
        }
    }
}
