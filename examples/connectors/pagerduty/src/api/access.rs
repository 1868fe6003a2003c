//! The base URLs of PagerDuty's API and the credential for it.

use connector_sdk::manifest::{Credential, CredentialScheme};

/// Name of the one credential.
pub const CREDENTIAL: &str = "pagerduty";

/// The credentials that PagerDuty knows.
pub const CREDENTIALS: [Credential; 1] = [Credential {
    name: CREDENTIAL,
    description: "Opens the account. A read-only key is enough.",
    required: true,
    schemes: &[
        CredentialScheme {
            name: "api-key",
            header: "Authorization",
            prefix: "Token token=",
            description: "An API key. PagerDuty: Integrations > API Access Keys, or My Profile > User Settings.",
        },
        CredentialScheme {
            name: "access-token",
            header: "Authorization",
            prefix: "Bearer ",
            description: "An OAuth token of an app with users.read and teams.read.",
        },
    ],
}];

/// Scheme and authority of PagerDuty's API, the usual one first, and the accounts that it serves.
pub const BASE_URLS: [(&str, &str); 2] = [
    (
        "https://api.pagerduty.com",
        "Accounts of the US service region",
    ),
    (
        "https://api.eu.pagerduty.com",
        "Accounts of the EU service region",
    ),
];
