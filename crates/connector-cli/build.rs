//! Builds the default connector into the command, where `make components` has made it.

use std::path::Path;
use std::{env, fs, io};

const COMPONENT: &str = "../../target/components/postman-connector.wasm";

fn main() -> io::Result<()> {
    println!("cargo::rustc-check-cfg=cfg(embedded_component)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={COMPONENT}");
    println!("cargo::rerun-if-changed=../../wit");
    if let Some(out) = env::var_os("OUT_DIR")
        && Path::new(COMPONENT).is_file()
    {
        fs::copy(COMPONENT, Path::new(&out).join("component.wasm"))?;
        println!("cargo::rustc-cfg=embedded_component");
    }
    Ok(())
}
