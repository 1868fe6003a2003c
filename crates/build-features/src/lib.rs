//! No code: a package that macros are a large part of names this one among its build dependencies, and
//! has no build script, so that nothing is compiled for it. `Cargo.toml` says what for.
