//! History at the price of change: what did not change between two syncs is stored once, and every
//! run reads back as it was written.

mod every_run;
mod simulated;
mod year;
