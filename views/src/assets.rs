//! What pages load: style sheets, scripts, fonts and icons, made by `ops/assets` and kept in the program.
//!
//! An address has the hash of its content in it, so that a browser may keep a file for ever.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "dist/files"]
struct Files;

/// The address of each name, from the list that is made with the files.
static ADDRESSES: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
    let names = include_str!("../dist/names.tsv").lines().filter_map(|line| line.split_once('\t'));
    names.map(|(name, hashed)| (name, format!("{FOLDER}{hashed}"))).collect()
});

/// Where files are reached.
pub const FOLDER: &str = "/assets/";

/// The address of a file.
///
/// # Panics
///
/// Where there is none of that name; names are constants, and every page is shown in a test.
pub(crate) fn address(name: &str) -> &'static str {
    ADDRESSES.get(name).unwrap_or_else(|| panic!("there is no file {name}"))
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Brotli.
    Brotli,
    /// gzip.
    Gzip,
    /// As it is.
    Plain,
}

/// A file as it is sent.
pub struct File {
    /// What it holds.
    pub bytes: Cow<'static, [u8]>,
    /// How they are packed.
    pub packing: Packing,
    /// Its media type.
    pub media_type: &'static str,
}

/// The file of this name, hash included, in the first of these packings that it has.
pub fn find(hashed: &str, packings: &[Packing]) -> Option<File> {
    let (_, extension) = hashed.rsplit_once('.')?;
    let media_type = match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => return None,
    };
    packings.iter().chain([&Packing::Plain]).find_map(|&packing| {
        let suffix = match packing {
            Packing::Brotli => ".br",
            Packing::Gzip => ".gz",
            Packing::Plain => "",
        };
        let bytes = Files::get(&format!("{hashed}{suffix}"))?.data;
        Some(File { bytes, packing, media_type })
    })
}
