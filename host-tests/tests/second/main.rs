//! A contract with one connector is that connector's interface. Here another one, for PagerDuty, is read by
//! the same library, command, adapters and kit: what is read equals what its simulated provider has, and
//! real faults in a copy of it are found. `make components` comes first.

mod account;
mod command;
use host_tests::engine;
mod faults;
mod kit;
use host_tests::handmade as made;
mod read;
mod server;
use host_tests::stock;
mod expected;
mod trouble;
