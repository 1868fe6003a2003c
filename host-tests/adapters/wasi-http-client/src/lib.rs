//! Serves http-client from wasi:http.
