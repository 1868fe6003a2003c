//! Postman promises no field of any answer, so each field of each recorded answer is distorted in
//! turn, and what becomes of the page is a line that people have read. `BLESS=1` writes the lines
//! again; whatever they say, no call may trap, and nothing may be lost without a notice.

// Helpers outside of test functions may fail the test like these do.
mod calls;
mod distort;
mod loss;
use host_tests::postman;
mod result;
mod table;
