//! The addresses of Postman, and the credentials for them.

use connector_sdk::manifest::{Credential, CredentialScheme};

use crate::api::endpoints::{POSTMAN, SCIM};

/// The credentials that Postman knows.
pub const CREDENTIALS: [Credential; 2] = [
    Credential {
        name: POSTMAN,
        description: "Opens what its owner can see in Postman; a Team Admin's sees most, a Super Admin's all.",
        required: true,
        schemes: &[
            CredentialScheme {
                name: "api-key",
                header: "X-API-Key",
                prefix: "",
                description: "A Postman API key (PMAK-…). Make one in Postman under Settings > API keys.",
            },
            CredentialScheme {
                name: "access-token",
                header: "Authorization",
                prefix: "Bearer ",
                description: "An OAuth access token. Unconfirmed: Postman's own description names API keys alone.",
            },
        ],
    },
    Credential {
        name: SCIM,
        description: "Opens Postman's SCIM interface (Enterprise, with single sign-on); without it disabled accounts are missing.",
        required: false,
        schemes: &[CredentialScheme {
            name: "scim-key",
            header: "Authorization",
            prefix: "",
            description: "A SCIM API key. A Team Admin makes one in Postman under Team Settings > Authentication.",
        }],
    },
];

/// Scheme and authority of Postman's API, the usual one first, and the tenants that are served
/// there.
pub const BASE_URLS: [(&str, &str); 3] = [
    (
        "https://api.getpostman.com",
        "All teams; the address that Postman's reference pages print.",
    ),
    (
        "https://api.postman.com",
        "All teams; the address in Postman's published description.",
    ),
    (
        "https://api.eu.postman.com",
        "Enterprise teams whose data is stored in the EU.",
    ),
];
