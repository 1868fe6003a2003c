//! The laboratory's interface: what can be asked, and the form of its answers.

use connector_sdk::error::{Error, ErrorKind};
use connector_sdk::json::JsonText;
use connector_sdk::lenient::{LenientList, LenientObject, Scalar};
use connector_sdk::manifest::{Credential, CredentialScheme, EndpointTemplate};
use connector_sdk::rate_limit::wait;
use connector_sdk::record;
use connector_sdk::transport::{self, Transport};

use crate::LabKind;

/// Name of the provider in messages.
pub const PROVIDER: &str = "The laboratory";
/// Name of the one credential.
pub const CREDENTIAL: &str = "passkey";

/// The credential of the laboratory.
pub const CREDENTIALS: [Credential; 1] = [Credential {
    name: CREDENTIAL,
    description: "Opens the laboratory.",
    required: true,
    schemes: &[CredentialScheme {
        name: "passkey",
        header: "X-Lab-Passkey",
        prefix: "",
        description: "The passkey on the back of the door.",
    }],
}];

/// The address of the laboratory.
pub const BASE_URLS: [(&str, &str); 1] = [("https://laboratory.example", "The laboratory")];

const fn template(path: &'static str) -> EndpointTemplate {
    EndpointTemplate {
        path,
        query: &[],
        credential: CREDENTIAL,
        rate: None,
        purpose: "One list of the laboratory.",
        what: "the list",
    }
}

/// The duties at one bench.
pub const DUTIES: EndpointTemplate = template("/benches/{bench}/duties");
const INSTITUTE: EndpointTemplate = template("/institute");
const SCIENTISTS: EndpointTemplate = template("/scientists");
const CREWS: EndpointTemplate = template("/crews");
const BENCHES: EndpointTemplate = template("/benches");
const BADGES: EndpointTemplate = template("/badges");
const SUMMONSES: EndpointTemplate = template("/summonses");
const LOGBOOK: EndpointTemplate = template("/logbook");
const LEASES: EndpointTemplate = template("/leases");

/// Every request that can be made.
pub const TEMPLATES: [&EndpointTemplate; 9] = [
    &DUTIES,
    &INSTITUTE,
    &SCIENTISTS,
    &CREWS,
    &BENCHES,
    &BADGES,
    &SUMMONSES,
    &LOGBOOK,
    &LEASES,
];

/// Returns the request for the list of one kind.
pub fn list_template(kind: LabKind) -> &'static EndpointTemplate {
    match kind {
        // Nothing lists the last two.
        LabKind::Institute | LabKind::Visitor | LabKind::Passerby => &INSTITUTE,
        LabKind::Scientist => &SCIENTISTS,
        LabKind::Crew => &CREWS,
        LabKind::Bench => &BENCHES,
        LabKind::Badge => &BADGES,
        LabKind::Summons => &SUMMONSES,
        LabKind::Logbook => &LOGBOOK,
        LabKind::Lease => &LEASES,
    }
}

record! {
    /// Every answer.
    Answer {
        /// The items.
        items: LenientList<LenientObject<Item<'a>>> = "items",
    }
}

record! {
    /// Any item; each list has some of the fields.
    Item {
        /// Identifier.
        code: Scalar<'a> = "code",
        /// Name for people to read.
        title: Scalar<'a> = "title",
        /// Address.
        mail: Scalar<'a> = "mail",
        /// True if it is locked out.
        locked: Scalar<'a> = "locked",
        /// Time of creation.
        issued: Scalar<'a> = "issued",
        /// Time of the last use.
        seen: Scalar<'a> = "seen",
        /// Time of its end.
        until: Scalar<'a> = "until",
        /// Its sender.
        sender: Scalar<'a> = "sender",
        /// Rented desks, and occupied ones.
        desks: Scalar<'a> = "desks",
        /// Occupied desks.
        taken: Scalar<'a> = "taken",
        /// The duties on it by person.
        duties: LenientList<LenientObject<Duty<'a>>> = "duties",
    }
}

record! {
    /// A duty.
    Duty {
        /// Its name.
        duty: Scalar<'a> = "duty",
        /// The kind of who has it.
        kind: Scalar<'a> = "kind",
        /// The code of who has it.
        code: Scalar<'a> = "code",
    }
}

/// Asks for a path and returns the body of a good answer.
///
/// # Errors
/// Returns an error if the answer is no 200, or there is none.
pub fn get(
    transport: &impl Transport,
    endpoint: &'static EndpointTemplate,
    path: String,
) -> Result<JsonText<'static>, Error> {
    let response = transport::get(transport, endpoint, path, "application/json")
        .map_err(|failure| Error::of_failure(endpoint, &failure, "The laboratory is shut."))?;
    let status = response.status().as_u16();
    let (kind, message) = match status {
        200 => return Ok(JsonText::new(response.into_body())),
        401 => (ErrorKind::Unauthenticated, "The passkey opens nothing."),
        403 => (ErrorKind::Forbidden, "The passkey does not open this door."),
        429 => (ErrorKind::RateLimited, "The laboratory asks to wait."),
        500..=599 => (ErrorKind::Unavailable, "The laboratory is shut."),
        _ => (
            ErrorKind::UnexpectedResponse,
            "The laboratory makes no sense.",
        ),
    };
    let mut error = Error::of_request(endpoint, kind, message, status);
    error.problem.status = Some(status);
    error.problem.retry_after = wait(kind, response.headers());
    Err(error)
}

/// Returns the items of an answer.
///
/// # Errors
/// Returns an error if it has none.
pub fn items<'b>(
    endpoint: &EndpointTemplate,
    body: &'b JsonText<'_>,
) -> Result<Vec<LenientObject<Item<'b>>>, Error> {
    let read = body.record::<Answer<'b>>().ok();
    match read.map(|answer| answer.items) {
        Some(LenientList::Items(items)) => Ok(items),
        _ => {
            let kind = ErrorKind::UnexpectedResponse;
            let message = "The laboratory makes no sense.";
            Err(Error::of_request(endpoint, kind, message, "no `items`"))
        }
    }
}
