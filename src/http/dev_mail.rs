//! The mails of a platform without a mail server: shown on this machine, to this machine.

use std::net::{IpAddr, SocketAddr};
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use mail_parser::MessageParser;
use views::dev_mail::Line;

use super::Edge;
use super::pages::html;
use super::path::Path;
use super::problem::Problem;

/// Mails in the list.
const SHOWN_MAX: usize = 100;

/// The newest mails.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let folder = folder(&edge, peer, &headers)?.to_owned();
    let lines = tokio::task::spawn_blocking(move || read_all(&folder)).await;
    Ok(html(views::dev_mail::list(&edge.platform_name, &lines.map_err(|_| Problem::internal())?)))
}

/// One mail.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let folder = folder(&edge, peer, &headers)?;
    let is_ours = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let bytes = match is_ours {
        true => tokio::fs::read(folder.join(format!("{name}.eml"))).await.ok(),
        false => None,
    };
    let mail = bytes.ok_or_else(Problem::nothing_here)?;
    let mail = MessageParser::new().parse(&mail).ok_or_else(Problem::nothing_here)?;
    let text = mail.body_text(0).unwrap_or_default();
    Ok(html(views::dev_mail::show(&edge.platform_name, &to(&mail), subject(&mail), &text)))
}

/// A page elsewhere can lead a browser here under a name of its own: the name must be this machine's.
fn folder<'a>(edge: &'a Edge, peer: SocketAddr, headers: &HeaderMap) -> Result<&'a FilePath, Problem> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    let is_here = name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    // Whatever a proxy on this machine passes on comes from elsewhere.
    let is_passed_on = ["x-forwarded-for", "x-forwarded-proto", "x-real-ip", "forwarded", "via"]
        .iter()
        .any(|name| headers.contains_key(*name));
    match &edge.mail_folder {
        Some(folder) if is_here && !is_passed_on && peer.ip().to_canonical().is_loopback() => Ok(folder),
        _ => Err(Problem::nothing_here()),
    }
}

fn read_all(folder: &FilePath) -> Vec<Line> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = files
        .filter_map(|file| file.ok()?.file_name().to_str()?.strip_suffix(".eml").map(str::to_owned))
        .collect();
    // They begin with the time.
    names.sort_unstable_by(|one, other| other.cmp(one));
    names.truncate(SHOWN_MAX);
    names.into_iter().filter_map(|name| line(folder, name)).collect()
}

fn line(folder: &FilePath, name: String) -> Option<Line> {
    let bytes = std::fs::read(folder.join(format!("{name}.eml"))).ok()?;
    let mail = MessageParser::new().parse_headers(&bytes)?;
    Some(Line { to: to(&mail), subject: subject(&mail).to_owned(), name })
}

/// Text messages have none, and yet a name to click on.
fn subject<'a>(mail: &'a mail_parser::Message<'_>) -> &'a str {
    mail.subject().filter(|subject| !subject.trim().is_empty()).unwrap_or("(no subject)")
}

fn to(mail: &mail_parser::Message<'_>) -> String {
    let first = mail.to().and_then(|to| to.first()).and_then(|address| address.address());
    first.unwrap_or_default().to_owned()
}
