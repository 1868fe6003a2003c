//! Every failure without an answer, in the contract's terms. The texts are our own: a runtime's
//! text could repeat its input.

use wasi::http::types::{ErrorCode, http_error_code};
use wasi::io::error::Error as StreamFault;

use crate::bindings::http_client::Error;

/// Returns a refusal that would be the same the next time.
pub fn denied(text: String) -> Error {
    Error::Denied(text)
}

/// Returns the error for a body from this address that broke while it was read.
pub(crate) fn of_stream(fault: &StreamFault, address: &str) -> Error {
    match http_error_code(fault) {
        Some(code) => of_code(&code, address),
        None => not_whole(address),
    }
}

/// Returns an answer that ended before it was whole.
pub(crate) fn not_whole(address: &str) -> Error {
    connection("the connection broke before the answer was whole", address)
}

/// Returns the contract's error for a `wasi:http` request to this address without an answer.
///
/// A failed handshake is `denied`: it is more often misconfigured than transient. A name that does
/// not resolve is `connection`, because a name server may know it a little later, and so is a
/// protocol error, because wasmtime reports it for a connection that ends in the middle of an
/// answer.
pub fn of_code(code: &ErrorCode, address: &str) -> Error {
    use ErrorCode as Code;
    match code {
        Code::DnsTimeout
        | Code::ConnectionTimeout
        | Code::ConnectionReadTimeout
        | Code::ConnectionWriteTimeout
        | Code::HttpResponseTimeout => Error::Timeout,
        Code::DnsError(_) | Code::DestinationNotFound => {
            connection("the name in CONNECTOR_BASE_URL does not resolve", address)
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
        | Code::ConnectionLimitReached => connection("no connection could be made", address),
        Code::ConnectionTerminated | Code::HttpResponseIncomplete | Code::HttpProtocolError => {
            not_whole(address)
        }
        Code::HttpResponseHeaderSectionSize(_)
        | Code::HttpResponseHeaderSize(_)
        | Code::HttpResponseBodySize(_)
        | Code::HttpResponseTrailerSectionSize(_)
        | Code::HttpResponseTrailerSize(_) => {
            other("the answer is larger than this runtime allows")
        }
        Code::HttpResponseTransferCoding(_) | Code::HttpResponseContentCoding(_) => {
            other("the answer has an encoding that this runtime does not read")
        }
        Code::HttpUpgradeFailed | Code::LoopDetected | Code::InternalError(_) => {
            other("this runtime could not carry out the request")
        }
    }
}

fn connection(text: &str, address: &str) -> Error {
    Error::Connection(format!("{text} ({address})"))
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
        match of_code(code, "api.example.com:443") {
            Error::Denied(_) => "denied",
            Error::NoCredential => "no-credential",
            Error::Timeout => "timeout",
            Error::HeldBack(_) => "held-back",
            Error::Connection(_) => "connection",
            Error::BodyTooLarge(_) => "body-too-large",
            Error::Other(_) => "other",
        }
    }

    #[test]
    fn transient_errors_differ_from_operator_errors() {
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
            (ErrorCode::DnsError(dns), "connection"),
            (ErrorCode::DestinationNotFound, "connection"),
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
    fn what_may_pass_names_the_address() {
        for code in [
            ErrorCode::DestinationNotFound,
            ErrorCode::ConnectionRefused,
            ErrorCode::HttpResponseIncomplete,
        ] {
            let Error::Connection(text) = of_code(&code, "api.example.com:443") else {
                panic!("{code:?}");
            };
            assert!(text.contains("api.example.com:443"), "{text}");
        }
    }

    #[test]
    fn a_runtime_s_own_words_are_not_repeated() {
        let code = ErrorCode::InternalError(Some("x-api-key: s3cret".to_owned()));
        let error = of_code(&code, "api.example.com:443");
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}
