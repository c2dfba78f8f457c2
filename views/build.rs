//! Says what to do where the pages' files have not been made.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=dist");
    if !Path::new("dist/names.tsv").exists() {
        println!(
            "cargo::error=the portal's style sheets, scripts and fonts are missing: make them with ops/assets"
        );
    }
}
