//! The command as its users meet it, with the built connector and a simulated team. `make components`
//! comes first.

mod answers;
use host_tests::bombs;
mod cli;
mod demo;
mod dry_run;
mod hostile;
use host_tests::handmade as made;
mod operator;
mod outputs;
mod recording;
mod sanitized;
mod settings;
mod since_last;
mod spelled;
mod streams;
use host_tests::support;
