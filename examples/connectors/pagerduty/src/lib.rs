//! Reads who has access to what in a PagerDuty account, as a component of the `governance:connector`
//! contract: the second connector, which shows that contract, host and kit belong to no provider.
//!
//! It reads REST v2 as PagerDuty publishes it: <https://developer.pagerduty.com/api-reference>. What
//! that does not say, and nobody here has seen live, is marked *unconfirmed* where it counts.
//!
//! In reading order: [`wire`] is what PagerDuty sends, [`client`] asks for it, [`cursor`] says where a
//! list goes on, [`roles`] are the rights, [`draft`] is a page being made, [`lists`] makes them, and
//! [`exports`] is the door.

pub mod bindings;
pub mod client;
pub mod cursor;
pub mod draft;
pub mod exports;
pub mod lists;
pub mod roles;
pub mod wire;
