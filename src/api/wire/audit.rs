//! The audit log as Postman sends it.

use crate::api::tree::JsonNode;
use connector_sdk::lenient::{LenientList, LenientObject, Scalar};
use connector_sdk::record;

record! {
    /// `GET /audit/logs`, newest first.
    AuditTrails {
        /// The events.
        trails: LenientList<LenientObject<AuditTrail<'a>>> = "trails",
    }
}

record! {
    /// One event of the audit log.
    AuditTrail {
        /// A number.
        id: Scalar<'a> = "id",
        /// The kind of event, such as `team.add_member`.
        action: Scalar<'a> = "action",
        /// The time of the event.
        timestamp: Scalar<'a> = "timestamp",
        /// The subject of the event: an object of a form that depends on the kind.
        data: JsonNode<'a> = "data",
    }
}
