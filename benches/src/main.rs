//! `make bench`: what the connector and its host cost, against what they may cost.
//!
//! Each part measures over the built component and prints rows of one table; all of them, with
//! every sample behind them, go to `target/bench/results.json`. Parts can be named as arguments.

mod engine;
mod flat;
mod handover;
mod measure;
mod native;
mod pages;
mod process;
mod review;
mod rivals;
mod scale;
mod table;

use host_tests::bodies;

use table::Table;

/// Measures something and writes it down.
type Part = fn(&mut Table);

fn main() {
    if let Some(out) = std::env::var_os(rivals::NATIVE) {
        native::read(&out.to_string_lossy());
        return;
    }
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let mut table = Table::new();
    let parts: [(&str, Part); 7] = [
        ("engine", engine::run),
        ("pages", pages::run),
        ("flat", flat::run),
        ("sync", scale::one_large_team),
        ("tenants", scale::a_thousand_tenants),
        ("review", review::run),
        ("rivals", rivals::run),
    ];
    for (name, run) in parts {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            eprintln!("{name} …");
            run(&mut table);
        }
    }
    print!("{table}");
    table.save();
}
