//! What to tell the administrator about each kind of error, with what to do about it.

use super::endpoints::{Endpoint, SCIM};
use crate::{error::Kind, transport::Failure};

/// The message for an answer of this kind.
pub fn for_answer(endpoint: &Endpoint<'_>, kind: Kind) -> String {
    let what = endpoint.template().what;
    match kind {
        Kind::Misconfigured => "What answers at the base URL is not Postman's API: \
             check the base URL (https://api.getpostman.com, or https://api.eu.postman.com for data in the EU)."
            .to_owned(),
        Kind::Unauthenticated => key_refused(endpoint),
        Kind::Forbidden => not_allowed(endpoint),
        Kind::NotOffered if *endpoint == Endpoint::Users => {
            "A Team plan or higher is needed to read the user list, in a region where Postman offers it: \
             a sync leaves the users out."
                .to_owned()
        }
        Kind::NotOffered => format!(
            "Postman does not offer {what} on this team's plan or in its region; a sync leaves it out."
        ),
        Kind::NotFound => format!(
            "Postman has nothing under this id now, asked for {what}: it may have been deleted, \
             or the credential's owner cannot see it."
        ),
        Kind::Expired => "Postman no longer knows its place in the list: read the list again from its beginning."
            .to_owned(),
        Kind::RateLimited => {
            "Postman asks to wait: its limit of requests a minute is reached.".to_owned()
        }
        Kind::QuotaExhausted => "The team's monthly quota of Postman API requests is used up: \
             wait until the month ends, or ask a Team Admin to raise it."
            .to_owned(),
        Kind::Unavailable => format!("Postman could not answer just now, asked for {what}: try again later."),
        Kind::InvalidArgument | Kind::UnexpectedResponse | Kind::Other => format!(
            "Postman answered something that this connector cannot read, asked for {what}: \
             check the base URL, and report it if it lasts."
        ),
    }
}

/// The message where there was no answer.
pub fn for_failure(endpoint: &Endpoint<'_>, failure: &Failure) -> String {
    match failure {
        Failure::Denied(why) => format!(
            "The host refuses to ask Postman for {}: {why}. Check the base URL and the host's settings.",
            endpoint.template().what
        ),
        Failure::NoCredential if endpoint.template().credential == SCIM => {
            "There is no SCIM key: without one, accounts under SCIM are not read. \
             A Team Admin makes one in Postman under Team Settings > Authentication."
                .to_owned()
        }
        Failure::NoCredential => {
            "There is no Postman API key: make one in Postman under Settings > API keys \
             (its owner should be a Team Admin) and hand it to the host."
                .to_owned()
        }
        Failure::Timeout => "Postman did not answer in time: try again later.".to_owned(),
        Failure::Connection(why) => {
            format!(
                "No connection to Postman, or one that broke ({why}): check the network, and try again."
            )
        }
        Failure::BodyTooLarge(limit) => format!(
            "Postman's answer to a request for {} is larger than the host's limit of {limit} bytes: raise the limit.",
            endpoint.template().what
        ),
        Failure::Other(why) => format!("The host could not ask Postman: {why}."),
    }
}

fn key_refused(endpoint: &Endpoint<'_>) -> String {
    if endpoint.template().credential == SCIM {
        return "Postman refuses the SCIM key: it is wrong, or its maker is no longer a Team Admin. \
                Make a new one under Team Settings > Authentication."
            .to_owned();
    }
    "Postman refuses the API key: it is wrong, expired, disabled or revoked. \
     Make a new one in Postman under Settings > API keys and hand it to the host."
        .to_owned()
}

fn not_allowed(endpoint: &Endpoint<'_>) -> String {
    let what = endpoint.template().what;
    match endpoint {
        Endpoint::Users => "A Team plan or higher is needed to read the user list, \
             and a key whose owner may see the team (best a Team Admin): \
             check the team's plan and the role of the key's owner."
            .to_owned(),
        Endpoint::Groups | Endpoint::Group(_) => format!(
            "An Enterprise plan is needed to read {what}, and a key whose owner may see them: \
             access that people have through groups is missing without it."
        ),
        Endpoint::ScimUsers { .. } => {
            "An Enterprise plan with single sign-on is needed to read the SCIM accounts, \
             and a SCIM key made by a Team Admin."
                .to_owned()
        }
        _ => format!(
            "The credential's owner may not read {what}: use a key of somebody who can, such as a Team Admin."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::endpoints::PathId;
    use super::*;

    const SCIM_USERS: Endpoint<'static> = Endpoint::ScimUsers { before: 0 };

    #[test]
    fn each_refusal_says_what_would_help_there() {
        let group = || Endpoint::Group(PathId::new("1").unwrap());
        let roles = || Endpoint::WorkspaceRoles(PathId::new("1").unwrap());
        for (endpoint, kind, words) in [
            (Endpoint::Users, Kind::Forbidden, "A Team plan or higher"),
            (
                Endpoint::Groups,
                Kind::Forbidden,
                "An Enterprise plan is needed to read the groups",
            ),
            (
                group(),
                Kind::Forbidden,
                "An Enterprise plan is needed to read the group's managers",
            ),
            (SCIM_USERS, Kind::Forbidden, "single sign-on"),
            (
                roles(),
                Kind::Forbidden,
                "may not read the workspace's roles",
            ),
            (Endpoint::Users, Kind::NotOffered, "A Team plan or higher"),
            (
                Endpoint::Groups,
                Kind::NotOffered,
                "does not offer the groups",
            ),
            (
                Endpoint::Users,
                Kind::Unauthenticated,
                "refuses the API key",
            ),
            (SCIM_USERS, Kind::Unauthenticated, "refuses the SCIM key"),
            (Endpoint::Me, Kind::Misconfigured, "check the base URL"),
            (roles(), Kind::NotFound, "nothing under this id"),
            (Endpoint::Me, Kind::Expired, "from its beginning"),
            (Endpoint::Me, Kind::RateLimited, "a minute"),
            (Endpoint::Me, Kind::QuotaExhausted, "monthly quota"),
            (Endpoint::Me, Kind::Unavailable, "try again later"),
            (Endpoint::Me, Kind::UnexpectedResponse, "cannot read"),
        ] {
            let message = for_answer(&endpoint, kind);
            assert!(message.contains(words), "{kind:?}: {message}");
        }
    }

    #[test]
    fn each_failure_says_what_would_help() {
        for (endpoint, failure, words) in [
            (
                Endpoint::Me,
                Failure::Denied("why".into()),
                "why. Check the base URL",
            ),
            (Endpoint::Me, Failure::NoCredential, "no Postman API key"),
            (SCIM_USERS, Failure::NoCredential, "no SCIM key"),
            (Endpoint::Me, Failure::Timeout, "in time"),
            (Endpoint::Me, Failure::Connection("reset".into()), "(reset)"),
            (
                Endpoint::Users,
                Failure::BodyTooLarge(7),
                "limit of 7 bytes",
            ),
            (Endpoint::Me, Failure::Other("why".into()), "why"),
        ] {
            let message = for_failure(&endpoint, &failure);
            assert!(message.contains(words), "{failure:?}: {message}");
        }
    }
}
