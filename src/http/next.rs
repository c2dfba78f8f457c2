//! Where somebody wanted to go who had to sign in first: kept in a cookie until they have.

use axum::http::{HeaderMap, HeaderValue, header};

use super::edge::Edge;
use super::session::{cookie_of, plain_cookie};

const NAME: &str = "next";
/// As long as a sign-in link lives.
const SECONDS: i64 = domain::auth::LINK_LIFE.as_secs();

/// Whether this is a page of ours, and not the address of somebody else in disguise (`//evil`,
/// `/\evil`), nor what only a program asks for.
pub fn is_ours(path: &str) -> bool {
    let rest = path.strip_prefix('/');
    let is_plain = path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b';' | b','));
    is_plain
        && path.len() <= 500
        && rest.is_some_and(|rest| !rest.starts_with('/') && !rest.starts_with("api/"))
}

/// Keeps it.
pub fn next_cookie(edge: &Edge, path: &str) -> HeaderValue {
    plain_cookie(edge, NAME, path, SECONDS)
}

/// The page of ours on which a form was sent; the first page where the browser does not say.
pub fn came_from(edge: &Edge, headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|referer| referer.to_str().ok());
    let path = referer.and_then(|referer| referer.strip_prefix(edge.public_url.as_str()));
    path.filter(|path| is_ours(path)).unwrap_or("/").to_owned()
}

/// Where to go now; the first page where nothing was kept.
pub fn wanted(headers: &HeaderMap) -> String {
    cookie_of(headers, NAME).filter(|path| is_ours(path)).unwrap_or_else(|| "/".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_are_gone_to_after_signing_in() {
        for ours in ["/", "/calls?status=failed&page=2", "/calls/call_12"] {
            assert!(is_ours(ours), "{ours}");
        }
        for not in [
            "",
            "calls",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/api/auth/logout",
            "/a;b",
            "/a b",
        ] {
            assert!(!is_ours(not), "{not}");
        }
    }
}
