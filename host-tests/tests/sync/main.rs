//! A sync is whole or says what is missing. The provider is a script, and time is tokio's and stands
//! still, so that waits are exact.

mod asked;
mod conflict;
mod endless;
mod ends;
mod forecast;
mod moved;
mod paced;
mod pacing;
mod result;
mod stops;
use host_tests::support;
mod things;
mod work;
