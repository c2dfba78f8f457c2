//! Which host names can be names on the public internet. Pure; says nothing about where they lead.

/// Endings that belong to this machine or to private networks (RFC 6761, 6762 appendix G, 7686,
/// 8375, 9476 and ICANN's `internal`): no resolver needs to be asked about them.
const PRIVATE_ENDINGS: [&str; 14] = [
    "alt",
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "test",
];

/// Whether a name, in small letters and ASCII as [`url::Url`] has it, can be public. A single label
/// is completed by the search list of the machine, and a dot at the end makes another name of one
/// that is listed somewhere: neither is.
pub fn is_public(name: &str) -> bool {
    let is_private = PRIVATE_ENDINGS
        .iter()
        .any(|ending| name.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    is_well_formed(name) && name.contains('.') && !is_private
}

/// Whether a name consists of labels as they are in DNS.
pub fn is_well_formed(name: &str) -> bool {
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-' || letter == b'_';
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_letter);
    name.len() <= 253 && name.split('.').all(is_label)
}
