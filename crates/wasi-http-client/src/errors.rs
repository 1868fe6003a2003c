//! Every way in which no answer comes, in the contract's words. The texts are ours: a runtime's
//! could repeat what it was given.

use wasi::http::types::{ErrorCode, http_error_code};
use wasi::io::error::Error as StreamFault;

use crate::bindings::http_client::Error;

/// A refusal that would be the same the next time.
pub fn denied(text: String) -> Error {
    Error::Denied(text)
}

/// What broke a body that was being read.
pub(crate) fn of_stream(fault: &StreamFault) -> Error {
    match http_error_code(fault) {
        Some(code) => of_code(&code),
        None => Error::Connection("the connection broke before the answer was whole".to_owned()),
    }
}

/// What `wasi:http` says of a request without an answer.
///
/// A name that does not resolve and a handshake that fails are `denied`: they are set wrongly more
/// often than they pass. A protocol error is `connection`, for that is what wasmtime says of a
/// connection that ends in the middle of an answer.
pub fn of_code(code: &ErrorCode) -> Error {
    use ErrorCode as Code;
    match code {
        Code::DnsTimeout
        | Code::ConnectionTimeout
        | Code::ConnectionReadTimeout
        | Code::ConnectionWriteTimeout
        | Code::HttpResponseTimeout => Error::Timeout,
        Code::DnsError(_) | Code::DestinationNotFound => {
            refused("the host name in CONNECTOR_BASE_URL does not resolve")
        }
        Code::TlsProtocolError | Code::TlsCertificateError | Code::TlsAlertReceived(_) => refused(
            "no TLS connection to the host in CONNECTOR_BASE_URL: its certificate does not hold, or it does not speak TLS",
        ),
        Code::DestinationIpProhibited | Code::HttpRequestDenied | Code::ConfigurationError => {
            refused("this runtime does not allow requests to the host in CONNECTOR_BASE_URL")
        }
        Code::HttpRequestLengthRequired
        | Code::HttpRequestBodySize(_)
        | Code::HttpRequestMethodInvalid
        | Code::HttpRequestUriInvalid
        | Code::HttpRequestUriTooLong
        | Code::HttpRequestHeaderSectionSize(_)
        | Code::HttpRequestHeaderSize(_)
        | Code::HttpRequestTrailerSectionSize(_)
        | Code::HttpRequestTrailerSize(_) => refused("this runtime does not send such a request"),
        Code::DestinationUnavailable
        | Code::DestinationIpUnroutable
        | Code::ConnectionRefused
        | Code::ConnectionLimitReached => {
            Error::Connection("no connection could be made".to_owned())
        }
        Code::ConnectionTerminated | Code::HttpResponseIncomplete | Code::HttpProtocolError => {
            Error::Connection("the connection broke before the answer was whole".to_owned())
        }
        Code::HttpResponseHeaderSectionSize(_)
        | Code::HttpResponseHeaderSize(_)
        | Code::HttpResponseBodySize(_)
        | Code::HttpResponseTrailerSectionSize(_)
        | Code::HttpResponseTrailerSize(_) => {
            other("the answer is larger than this runtime allows")
        }
        Code::HttpResponseTransferCoding(_) | Code::HttpResponseContentCoding(_) => {
            other("the answer is encoded in a way that this runtime does not read")
        }
        Code::HttpUpgradeFailed | Code::LoopDetected | Code::InternalError(_) => {
            other("this runtime could not carry out the request")
        }
    }
}

fn refused(text: &str) -> Error {
    denied(text.to_owned())
}

fn other(text: &str) -> Error {
    Error::Other(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasi::http::types::{DnsErrorPayload, TlsAlertReceivedPayload};

    fn case(code: &ErrorCode) -> &'static str {
        match of_code(code) {
            Error::Denied(_) => "denied",
            Error::NoCredential => "no-credential",
            Error::Timeout => "timeout",
            Error::Connection(_) => "connection",
            Error::BodyTooLarge(_) => "body-too-large",
            Error::Other(_) => "other",
        }
    }

    #[test]
    fn what_a_pause_mends_is_told_from_what_the_operator_mends() {
        let dns = DnsErrorPayload {
            rcode: None,
            info_code: None,
        };
        let alert = TlsAlertReceivedPayload {
            alert_id: None,
            alert_message: None,
        };
        for (code, expected) in [
            (ErrorCode::DnsTimeout, "timeout"),
            (ErrorCode::ConnectionTimeout, "timeout"),
            (ErrorCode::ConnectionReadTimeout, "timeout"),
            (ErrorCode::HttpResponseTimeout, "timeout"),
            (ErrorCode::ConnectionRefused, "connection"),
            (ErrorCode::ConnectionTerminated, "connection"),
            (ErrorCode::HttpResponseIncomplete, "connection"),
            (ErrorCode::HttpProtocolError, "connection"),
            (ErrorCode::DnsError(dns), "denied"),
            (ErrorCode::TlsProtocolError, "denied"),
            (ErrorCode::TlsCertificateError, "denied"),
            (ErrorCode::TlsAlertReceived(alert), "denied"),
            (ErrorCode::HttpRequestDenied, "denied"),
            (ErrorCode::HttpRequestUriTooLong, "denied"),
            (ErrorCode::HttpResponseBodySize(Some(1)), "other"),
            (ErrorCode::LoopDetected, "other"),
            (ErrorCode::InternalError(None), "other"),
        ] {
            assert_eq!(case(&code), expected, "{code:?}");
        }
    }

    #[test]
    fn a_runtime_s_own_words_are_not_repeated() {
        let told = of_code(&ErrorCode::InternalError(Some(
            "x-api-key: s3cret".to_owned(),
        )));
        assert!(!format!("{told:?}").contains("s3cret"));
    }
}
