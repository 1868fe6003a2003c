//! The message for the administrator about each kind of error, with what to do about it.

use crate::api::classify::is_of_intermediary;
use crate::api::endpoints::{PostmanRequest, SCIM};
use crate::api::problem::ProviderProblem;
use connector_sdk::error::ErrorKind;
use connector_sdk::transport::TransportError;

/// The facts of an answer that a message states, beside its kind.
#[derive(Clone, Copy)]
pub struct Reply<'a> {
    /// HTTP status.
    pub status: u16,
    /// The media type, fit to show; `None` where there is none.
    pub media_type: Option<&'a str>,
    /// The content of the body, if it is an error body.
    pub problem: &'a ProviderProblem,
    /// Seconds that Postman asks to wait.
    pub wait: Option<u64>,
}

/// Returns the message for an answer of this kind.
pub fn for_answer(endpoint: &PostmanRequest<'_>, kind: ErrorKind, reply: Reply<'_>) -> String {
    let what = endpoint.template().what;
    match kind {
        ErrorKind::Misconfigured | ErrorKind::Unavailable
            if is_of_intermediary(reply.status, reply.problem) =>
        {
            let repeat = if kind == ErrorKind::Misconfigured {
                ""
            } else {
                ", and try again"
            };
            format!(
                "Something between this host and Postman, such as a proxy or a firewall, answered the request \
                 for {what} ({}): let requests to Postman pass there{repeat}.",
                shown(reply)
            )
        }
        ErrorKind::Misconfigured => format!(
            "What answers at the base URL is not Postman's API ({}): \
             check the base URL (https://api.getpostman.com, or https://api.eu.postman.com for data in the EU).",
            shown(reply)
        ),
        ErrorKind::Unauthenticated => key_refused(endpoint),
        ErrorKind::Forbidden => not_allowed(endpoint, reply.problem),
        ErrorKind::NotOffered if *endpoint == PostmanRequest::Users => {
            "A Team plan or higher is needed to read the user list, in a region where Postman offers it: \
             a sync leaves the users out."
                .to_owned()
        }
        ErrorKind::NotOffered => format!(
            "Postman does not offer {what} on this team's plan or in its region; a sync leaves it out."
        ),
        ErrorKind::NotFound => format!(
            "Postman has nothing under this id now, asked for {what}: it may have been deleted, \
             or the credential's owner cannot see it."
        ),
        ErrorKind::Expired => "Postman no longer knows this position in the list: read the list again from its start."
            .to_owned(),
        ErrorKind::RateLimited => match reply.wait {
            Some(seconds) => format!(
                "Postman asks to wait for {seconds} s: its limit of requests is reached."
            ),
            None => "Postman asks to wait: its limit of requests a minute is reached.".to_owned(),
        },
        ErrorKind::QuotaExhausted => "The team's monthly quota of Postman API requests is used up: \
             wait until the month ends, or ask a Team Admin to raise it."
            .to_owned(),
        ErrorKind::Unavailable if reply.status < 300 && !reply.problem.is_json => format!(
            "The answer to the request for {what} is not Postman's ({}, and no JSON), such as a maintenance page \
             or one that was cut off: try again later.",
            shown(reply)
        ),
        ErrorKind::Unavailable => format!("Postman could not answer just now, asked for {what}: try again later."),
        ErrorKind::InvalidArgument | ErrorKind::UnexpectedResponse | ErrorKind::Other => format!(
            "Postman answered something that this connector cannot read, asked for {what}: \
             check the base URL, and report it if it lasts."
        ),
    }
}

fn shown(reply: Reply<'_>) -> String {
    let media_type = reply.media_type.unwrap_or("no content type");
    format!("status {}, {media_type}", reply.status)
}

/// Returns the message where there was no answer.
pub fn for_failure(endpoint: &PostmanRequest<'_>, failure: &TransportError) -> String {
    match failure {
        TransportError::Denied(why) => format!(
            "The host refuses to ask Postman for {}: {why}. Check the base URL and the host's settings.",
            endpoint.template().what
        ),
        TransportError::NoCredential if endpoint.template().credential == SCIM => {
            "There is no SCIM key: without one, accounts under SCIM are not read. \
             A Team Admin makes one in Postman under Team Settings > Authentication."
                .to_owned()
        }
        TransportError::NoCredential => {
            "There is no Postman API key: make one in Postman under Settings > API keys \
             (its owner should be a Team Admin) and hand it to the host."
                .to_owned()
        }
        TransportError::Timeout => "Postman did not answer in time: try again later.".to_owned(),
        TransportError::HeldBack(seconds) => {
            format!("Postman's limit is used up: the host sends nothing for {seconds} s.")
        }
        TransportError::Connection(why) => {
            format!(
                "No connection to Postman, or one that broke ({why}): check the network, and try again."
            )
        }
        TransportError::BodyTooLarge(limit) => format!(
            "Postman's answer to a request for {} is larger than the {limit} bytes that this host takes in one answer.",
            endpoint.template().what
        ),
        TransportError::Other(why) => format!("The host could not ask Postman: {why}."),
    }
}

/// Keys of one region are unknown in the other, and which of them is asked is for the host to know.
const REGIONS: &str = "A key of a team whose data is stored in the EU is accepted at the base URL \
     https://api.eu.postman.com alone, any other key at https://api.getpostman.com (or https://api.postman.com) alone.";

fn key_refused(endpoint: &PostmanRequest<'_>) -> String {
    if endpoint.template().credential == SCIM {
        return format!(
            "Postman refuses the SCIM key: it is wrong, or its maker is no longer a Team Admin. \
             Make a new one under Team Settings > Authentication. {REGIONS}"
        );
    }
    format!(
        "Postman refuses the API key: it is wrong, expired, disabled or revoked. \
         Make a new one in Postman under Settings > API keys and hand it to the host. {REGIONS}"
    )
}

fn not_allowed(endpoint: &PostmanRequest<'_>, problem: &ProviderProblem) -> String {
    let what = endpoint.template().what;
    match endpoint {
        _ if problem.says("no longer on your team") => format!(
            "The key with which {what} were to be read was made by a Team Admin who is no longer on the team: \
             use a key made by a present Team Admin."
        ),
        PostmanRequest::Users => "A Team plan or higher is needed to read the user list, \
             and a key whose owner may see the team: \
             check the team's plan and the role of the key's owner."
            .to_owned(),
        PostmanRequest::Groups | PostmanRequest::Group(_) => format!(
            "An Enterprise plan is needed to read {what}, and a key whose owner may see them: \
             access that people have through groups is missing without it."
        ),
        PostmanRequest::ScimUsers { .. } => {
            "An Enterprise plan with single sign-on is needed to read the SCIM accounts, \
             and a SCIM key made by a Team Admin."
                .to_owned()
        }
        PostmanRequest::Analytics { .. } | PostmanRequest::Accounts => format!(
            "An Enterprise plan is needed to read {what}, and a key whose owner may see them: \
             a sync leaves them out."
        ),
        PostmanRequest::Validate | PostmanRequest::Me => {
            "Postman takes the key, and does not say whose it is: \
             use another key."
                .to_owned()
        }
        PostmanRequest::Teams { .. }
        | PostmanRequest::Team(_)
        | PostmanRequest::Workspaces { .. }
        | PostmanRequest::WorkspaceRoles(_)
        | PostmanRequest::RoleCatalogue
        | PostmanRequest::Collections { .. }
        | PostmanRequest::CollectionRoles(_)
        | PostmanRequest::AccessKeys { .. }
        | PostmanRequest::ScimGroups { .. }
        | PostmanRequest::AuditLogs { .. } => {
            format!("The credential's owner may not read {what}: use a key of an account that may.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResourceKind;
    use connector_sdk::model::ResourceId;

    const SCIM_USERS: PostmanRequest<'static> = PostmanRequest::ScimUsers { before: 0 };

    #[test]
    fn each_refusal_says_what_would_help_there() {
        let id = ResourceId::fixed(ResourceKind::Workspace, "1");
        let group = || PostmanRequest::Group(&id);
        let roles = || PostmanRequest::WorkspaceRoles(&id);
        for (endpoint, kind, words) in [
            (
                PostmanRequest::Users,
                ErrorKind::Forbidden,
                "A Team plan or higher",
            ),
            (
                PostmanRequest::Groups,
                ErrorKind::Forbidden,
                "An Enterprise plan is needed to read the groups",
            ),
            (
                group(),
                ErrorKind::Forbidden,
                "An Enterprise plan is needed to read the group's managers",
            ),
            (SCIM_USERS, ErrorKind::Forbidden, "single sign-on"),
            (
                roles(),
                ErrorKind::Forbidden,
                "may not read the workspace's roles",
            ),
            (
                PostmanRequest::Users,
                ErrorKind::NotOffered,
                "A Team plan or higher",
            ),
            (
                PostmanRequest::Groups,
                ErrorKind::NotOffered,
                "does not offer the groups",
            ),
            (
                PostmanRequest::Users,
                ErrorKind::Unauthenticated,
                "refuses the API key",
            ),
            (
                SCIM_USERS,
                ErrorKind::Unauthenticated,
                "refuses the SCIM key",
            ),
            (
                PostmanRequest::Me,
                ErrorKind::Misconfigured,
                "check the base URL",
            ),
            (roles(), ErrorKind::NotFound, "nothing under this id"),
            (PostmanRequest::Me, ErrorKind::Expired, "from its start"),
            (PostmanRequest::Me, ErrorKind::RateLimited, "a minute"),
            (
                PostmanRequest::Me,
                ErrorKind::QuotaExhausted,
                "monthly quota",
            ),
            (
                PostmanRequest::Me,
                ErrorKind::Unavailable,
                "try again later",
            ),
            (
                PostmanRequest::Me,
                ErrorKind::UnexpectedResponse,
                "cannot read",
            ),
        ] {
            let message = for_answer(&endpoint, kind, reply(500, "{}"));
            assert!(message.contains(words), "{kind:?}: {message}");
        }
    }

    /// An answer of this status with a body of HTML or JSON.
    fn reply(status: u16, body: &str) -> Reply<'static> {
        Reply {
            status,
            media_type: Some("text/html").filter(|_| !body.starts_with('{')),
            problem: Box::leak(Box::new(ProviderProblem::read(body.as_bytes()))),
            wait: None,
        }
    }

    #[test]
    fn what_stands_between_is_named_with_its_status() {
        for (status, body, shown) in [
            (403, "<html>", "(status 403, text/html)"),
            (401, "<html>", "(status 401, text/html)"),
            (407, "{}", "(status 407, no content type)"),
            (451, "{}", "(status 451, no content type)"),
        ] {
            for kind in [ErrorKind::Misconfigured, ErrorKind::Unavailable] {
                let message = for_answer(&PostmanRequest::Users, kind, reply(status, body));
                assert!(message.contains("proxy or a firewall"), "{message}");
                assert!(message.contains(shown), "{message}");
                for blamed in ["plan", "key", "owner may", "base URL"] {
                    assert!(!message.contains(blamed), "{message}");
                }
            }
        }
    }

    #[test]
    fn an_odd_200_is_not_blamed_on_the_base_url() {
        let message = for_answer(
            &PostmanRequest::Users,
            ErrorKind::Unavailable,
            reply(200, "<html>"),
        );
        assert!(message.contains("status 200, text/html"), "{message}");
        assert!(!message.contains("base URL"), "{message}");
    }

    #[test]
    fn a_refused_key_may_be_of_the_other_region() {
        for endpoint in [PostmanRequest::Validate, SCIM_USERS] {
            let message = for_answer(&endpoint, ErrorKind::Unauthenticated, reply(401, "{}"));
            for place in ["https://api.eu.postman.com", "https://api.postman.com"] {
                assert!(message.contains(place), "{message}");
            }
        }
    }

    #[test]
    fn a_departed_key_owner_is_not_a_plan_error() {
        let body = r#"{"schemas":["urn"],"detail":"Your API key was generated by a Team Admin who is no longer on your team. Use an API key generated by a Team Admin.","status":"403"}"#;
        let message = for_answer(&SCIM_USERS, ErrorKind::Forbidden, reply(403, body));
        assert!(message.contains("no longer on the team"), "{message}");
        assert!(!message.contains("plan"), "{message}");
    }

    #[test]
    fn a_stated_wait_is_in_the_message() {
        let waiting = Reply {
            wait: Some(3600),
            ..reply(429, "{}")
        };
        let message = for_answer(&PostmanRequest::Users, ErrorKind::RateLimited, waiting);
        assert!(message.contains("3600 s"), "{message}");
    }

    #[test]
    fn each_failure_says_what_would_help() {
        for (endpoint, failure, words) in [
            (
                PostmanRequest::Me,
                TransportError::Denied("why".into()),
                "why. Check the base URL",
            ),
            (
                PostmanRequest::Me,
                TransportError::NoCredential,
                "no Postman API key",
            ),
            (SCIM_USERS, TransportError::NoCredential, "no SCIM key"),
            (PostmanRequest::Me, TransportError::Timeout, "in time"),
            (
                PostmanRequest::Me,
                TransportError::Connection("reset".into()),
                "(reset)",
            ),
            (
                PostmanRequest::Users,
                TransportError::BodyTooLarge(7),
                "larger than the 7 bytes",
            ),
            (
                PostmanRequest::Me,
                TransportError::Other("why".into()),
                "why",
            ),
        ] {
            let message = for_failure(&endpoint, &failure);
            assert!(message.contains(words), "{failure:?}: {message}");
        }
    }
}
