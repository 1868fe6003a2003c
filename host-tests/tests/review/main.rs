//! Queries of stored syncs and their answers: who can do what, what changed, what looks
//! wrong, why, and the whole in the shapes that others import. An answer names what it lacks.

mod access;
mod alerts;
mod commands;
use host_tests::compared;
mod diff;
mod diff_edits;
mod effective;
mod explain;
mod export;
mod export_rules;
mod findings;
mod findings_keys;
mod findings_seeds;
mod findings_use;
mod forged;
mod formats;
mod former_names;
use host_tests::harness;
mod input;
mod nested;
mod overseers;
use host_tests::handmade as made;
mod sarif;
mod scale;
mod slow;
