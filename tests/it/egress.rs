//! No address from outside leads inside: not by its form, its name, a redirect or a change of mind;
//! and no answer costs more time or memory than it may.

mod addresses;
mod forms;
mod stage;

use std::env;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use futures_util::{StreamExt, TryStreamExt};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::dns::Resolve;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};
use tokio::net::TcpSocket;
use voice_server::egress::resolver::{Guarded, System};
use voice_server::egress::{Answer, Blocked, Egress, Failed, Limits};

use self::stage::{Canary, Names, Server, guard};
use crate::harness::program::PATIENCE;

/// In the public part of IPv6, in a range that was given back and given to nobody since.
const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 1)), 0);
/// For tests that wait for the end of it; all others have as long as anybody.
const SHORT: Duration = Duration::from_secs(1);
const IMPATIENT: Limits = Limits { idle: SHORT, ..Limits::RECORDING };

/// Listed, because a server of a test's has neither port 443 nor a certificate.
fn guard_that_lists(server: &Server) -> Egress {
    guard(&[&server.address.to_string()], Arc::default())
}

async fn get(guard: &Egress, url: &str, limits: Limits) -> Result<Answer, Failed> {
    in_time(guard.get(url).expect("an address that passes").send(limits)).await
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it has a limit of its own")
}

async fn failure(guard: &Egress, url: &str, limits: Limits) -> Failed {
    let answer = get(guard, url, limits).await;
    answer.err().unwrap_or_else(|| panic!("{url} was answered"))
}

/// Zeros for as long as anybody listens, few enough that time is up before size.
fn endless() -> Server {
    Server::start(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(&[b'0'; 16])?;
        }
    })
}

/// Every sentence of an error and its causes.
fn told(failed: &Failed) -> String {
    let causes = std::iter::successors(failed.source(), |&cause| cause.source());
    let causes: String = causes.map(|cause| format!("{cause}; {cause:?}; ")).collect();
    format!("{failed}; {failed:?}; {causes}")
}

#[tokio::test]
async fn no_name_leads_inside_whatever_it_resolves_to() {
    let canary = Canary::on(Ipv4Addr::LOCALHOST).expect("loopback");
    let canary_v6 = Canary::on(Ipv6Addr::LOCALHOST);
    let mapped = SocketAddr::new(Ipv4Addr::LOCALHOST.to_ipv6_mapped().into(), canary.address().port());
    let v6 = canary_v6.as_ref().map_or(mapped, Canary::address);
    let metadata = SocketAddr::from(([169, 254, 169, 254], 80));
    let answers: [&[SocketAddr]; 6] =
        [&[canary.address()], &[v6], &[mapped], &[metadata], &[canary.address(), v6, mapped], &[]];
    let url = "https://inner.example.com/";
    for answer in answers {
        let names = || Names::of(&[("inner.example.com", &[answer])]);
        let failed = failure(&guard(&[], names()), url, Limits::RECORDING).await;
        assert!(matches!(failed, Failed::Blocked(Blocked::PrivateAddress)), "{answer:?}: {}", told(&failed));
        // Nor does a neighbour in the list change that: it is another port's.
        let listed = guard(&["inner.example.com:8443"], names());
        let failed = failure(&listed, url, Limits::RECORDING).await;
        assert!(matches!(failed, Failed::Blocked(Blocked::PrivateAddress)), "{answer:?}: {}", told(&failed));
    }
    assert!(!canary.is_disturbed());
    assert!(!canary_v6.as_ref().is_some_and(Canary::is_disturbed));

    // It would come there: where the name is listed, it does. What comes is no HTTP, so it is cut.
    let inner = Server::start(|_| Ok(()));
    let names = Names::of(&[("inner.example.com", &[&[inner.address]])]);
    failure(&guard(&["inner.example.com"], names), url, Limits::RECORDING).await;
    assert_eq!(inner.heads().len(), 1);
}

#[tokio::test]
async fn no_literal_address_leads_inside() {
    let canary = Canary::on(Ipv4Addr::LOCALHOST).expect("loopback");
    let port = canary.address().port();
    let guard = guard(&[&format!("127.0.0.2:{port}")], Arc::default());
    for host in ["127.0.0.1", "127.1", "2130706433", "0", "localhost", "[::ffff:127.0.0.1]", "[::]"] {
        for scheme in ["http", "https"] {
            assert!(guard.get(&format!("{scheme}://{host}:{port}/")).is_err(), "{scheme} {host}");
        }
    }
    assert!(!canary.is_disturbed());
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let canary = Canary::on(Ipv4Addr::LOCALHOST).expect("loopback");
    let (public, inner): (&[_], &[_]) = (&[NOBODY], &[canary.address()]);
    let guard = guard(&[], Names::of(&[("rebinding.example.com", &[public, inner])]));
    let url = "https://rebinding.example.com/";
    guard.check(url).unwrap();
    // Its first answer is taken as good, and is where the connection goes.
    let failed = failure(&guard, url, IMPATIENT).await;
    assert!(matches!(failed, Failed::Unreachable(_) | Failed::TooSlow), "{}", told(&failed));
    assert!(!canary.is_disturbed());
    for _ in 0..3 {
        let failed = failure(&guard, url, Limits::RECORDING).await;
        assert!(matches!(failed, Failed::Blocked(Blocked::PrivateAddress)), "{}", told(&failed));
    }
    assert!(!canary.is_disturbed());
}

#[tokio::test]
async fn of_several_addresses_an_inner_one_is_no_second_choice() {
    let inner = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let names = Names::of(&[("both.example.com", &[&[inner, NOBODY, inner]])]);
    let kept = Guarded(names).resolve("both.example.com".parse().unwrap()).await.ok().unwrap();
    assert_eq!(kept.collect::<Vec<_>>(), [NOBODY]);
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let canary = Canary::on(Ipv4Addr::LOCALHOST).expect("loopback");
    let names = Names::of(&[("inner.example.com", &[&[canary.address()]])]);
    for status in [301, 302, 303, 307, 308] {
        for target in [format!("http://{}/", canary.address()), "https://inner.example.com/".to_owned()] {
            let head = format!("HTTP/1.1 {status} Moved\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
            let server = Server::saying(head);
            let guard = guard(&[&server.address.to_string()], Arc::clone(&names));
            let answer = get(&guard, &server.url("/"), Limits::RECORDING).await.unwrap();
            assert_eq!(answer.status(), status);
            assert_eq!(answer.headers()["location"], target);
            assert_eq!(server.heads().len(), 1);
        }
    }
    assert!(!canary.is_disturbed());
}

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let canary = Canary::on(Ipv4Addr::LOCALHOST).expect("loopback");
    let proxy = format!("http://{}", canary.address());
    let proxies = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    // A process of its own, since the environment is everybody's.
    let mut test = Command::new(env::current_exe().unwrap());
    test.args(["--exact", "egress::a_redirect_is_an_answer"]).envs(proxies.map(|name| (name, &proxy)));
    let run = test.env_remove("no_proxy").env_remove("NO_PROXY").output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    assert!(!canary.is_disturbed());
}

#[tokio::test]
async fn a_request_carries_what_was_given_and_nothing_else() {
    let said = "HTTP/1.1 200 OK\r\nset-cookie: a=b; Path=/\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello";
    let server = Server::saying(said.to_owned());
    let guard = guard_that_lists(&server);
    let range = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static("bytes=0-4"))]);
    for _ in 0..2 {
        let request = guard.get(&server.url("/a?b#c")).unwrap().headers(range.clone());
        let answer = request.send(Limits::RECORDING).await.unwrap();
        assert_eq!(answer.headers()["set-cookie"], "a=b; Path=/");
        assert_eq!(answer.read().await.unwrap(), "hello", "what came, unpacked by nobody");
    }
    let post = guard.request(Method::POST, &server.url("/hook")).unwrap().body("{}");
    post.send(Limits::WEBHOOK).await.unwrap();
    let host = server.address;
    let wanted = format!("GET /a?b HTTP/1.1\nrange: bytes=0-4\naccept: */*\nhost: {host}");
    let posted = format!("POST /hook HTTP/1.1\naccept: */*\nhost: {host}\ncontent-length: 2");
    assert_eq!(server.heads(), [wanted.clone(), wanted, posted]);
}

#[tokio::test]
async fn the_systems_resolver_is_guarded_too() {
    let server = Server::saying("HTTP/1.1 204 No Content\r\n\r\n".to_owned());
    let port = server.address.port();
    let guard = Egress::new(&[format!("localhost:{port}")]).unwrap();
    let answer = get(&guard, &format!("http://localhost:{port}/"), Limits::WEBHOOK).await.unwrap();
    assert_eq!(answer.status(), 204);
    let guarded = Guarded(Arc::new(System::default()));
    let blocked = guarded.resolve("localhost".parse().unwrap()).await.err().unwrap();
    assert_eq!(blocked.downcast_ref(), Some(&Blocked::PrivateAddress));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_ends_the_connection() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["recordings.example.net".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config =
        Arc::new(config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap());
    let canary = Canary::on(Ipv4Addr::LOCALHOST).expect("loopback");
    let names = Names::of(&[("recordings.example.net", &[&[canary.address()]])]);
    let guard = guard(&["recordings.example.net"], names);
    let listener = canary.listener();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut connection = ServerConnection::new(config).unwrap();
        let mut request = String::new();
        let read = rustls::Stream::new(&mut connection, &mut stream).read_to_string(&mut request);
        (read.map_err(|error| error.to_string()), connection.server_name().map(str::to_owned), request)
    });
    let failed = failure(&guard, "https://recordings.example.net/", Limits::RECORDING).await;
    assert!(matches!(failed, Failed::Unreachable(_)), "{}", told(&failed));
    assert!(told(&failed).contains("UnknownIssuer"), "{}", told(&failed));
    let (read, name, request) = server.join().unwrap();
    assert_eq!((name.as_deref(), request.as_str()), (Some("recordings.example.net"), ""));
    assert!(read.unwrap_err().contains("UnknownCA"));
}

#[tokio::test]
async fn a_host_that_falls_silent_is_given_up() {
    let hang = |stream: &mut TcpStream| stream.read(&mut [0]).map(|_| ());
    let silent = Server::start(hang);
    let failed = failure(&guard_that_lists(&silent), &silent.url("/"), IMPATIENT).await;
    assert!(matches!(failed, Failed::TooSlow), "{}", told(&failed));

    let half = Server::start(move |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello")?;
        hang(stream)
    });
    let answer = get(&guard_that_lists(&half), &half.url("/"), IMPATIENT).await.unwrap();
    let pieces: Vec<_> = in_time(answer.stream().unwrap().collect()).await;
    assert!(matches!(&pieces[..], [Ok(piece), Err(Failed::TooSlow)] if piece == "hello"), "{pieces:?}");
    let answer = get(&guard_that_lists(&half), &half.url("/"), IMPATIENT).await.unwrap();
    assert!(matches!(in_time(answer.read()).await, Err(Failed::TooSlow)));
}

#[tokio::test]
async fn an_answer_that_takes_too_long_as_a_whole_ends() {
    let endless = endless();
    let limits = Limits { total: SHORT, ..Limits::RECORDING };
    let answer = get(&guard_that_lists(&endless), &endless.url("/"), limits).await.unwrap();
    let ended = in_time(answer.stream().unwrap().try_for_each(async |_| Ok(()))).await;
    assert!(matches!(ended, Err(Failed::TooSlow)), "{ended:?}");
    // Nor does the next piece, though it is there, wait for a listener who pauses for too long.
    let answer = get(&guard_that_lists(&endless), &endless.url("/"), limits).await.unwrap();
    let mut stream = Box::pin(answer.stream().unwrap());
    assert!(stream.next().await.unwrap().is_ok());
    tokio::time::sleep(SHORT).await;
    assert!(matches!(stream.next().await, Some(Err(Failed::TooSlow))));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit_and_no_further() {
    let limits = |bytes| Limits { bytes, ..Limits::WEBHOOK };
    let five = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello".to_owned());
    let guard = guard_that_lists(&five);
    assert_eq!(get(&guard, &five.url("/"), limits(5)).await.unwrap().read().await.unwrap(), "hello");
    let answer = get(&guard, &five.url("/"), limits(4)).await.unwrap();
    assert!(matches!(answer.read().await, Err(Failed::TooLarge(4))));
    let answer = get(&guard, &five.url("/"), limits(4)).await.unwrap();
    assert!(matches!(answer.stream().err(), Some(Failed::TooLarge(4))), "announced, so refused at once");
    // Of a head there is nothing to read, whatever it announces.
    let request = guard.request(Method::HEAD, &five.url("/")).unwrap();
    assert_eq!(request.send(limits(4)).await.unwrap().read().await.unwrap(), "");

    let endless = endless();
    let guard = guard_that_lists(&endless);
    let answer = get(&guard, &endless.url("/"), limits(100_000)).await.unwrap();
    assert!(matches!(answer.read().await, Err(Failed::TooLarge(100_000))));
    let answer = get(&guard, &endless.url("/"), limits(100_000)).await.unwrap();
    let pieces: Vec<_> = answer.stream().unwrap().collect().await;
    assert!(matches!(pieces.last(), Some(Err(Failed::TooLarge(100_000)))));
    let passed: usize = pieces.iter().flatten().map(|piece| piece.len()).sum();
    assert!(passed <= 100_000, "{passed}");
    // More than anybody may have is not to be had by asking.
    let greedy = Limits { bytes: u64::MAX, total: Duration::MAX, idle: Duration::MAX };
    let huge = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", Limits::RECORDING.bytes + 1);
    let huge = Server::saying(huge);
    let answer = get(&guard_that_lists(&huge), &huge.url("/"), greedy).await.unwrap();
    assert!(matches!(answer.read().await, Err(Failed::TooLarge(bytes)) if bytes == Limits::RECORDING.bytes));
}

#[tokio::test]
async fn a_stream_holds_nothing_that_was_not_asked_for() {
    let (sent, count) = std::sync::mpsc::channel();
    let server = Server::start(move |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        stream.set_write_timeout(Some(SHORT))?;
        let mut bytes = 0_usize;
        while stream.write_all(&[0; 65_536]).is_ok() && bytes < 512 * 1024 * 1024 {
            bytes += 65_536;
        }
        let _ = sent.send(bytes);
        Ok(())
    });
    let answer = get(&guard_that_lists(&server), &server.url("/"), Limits::RECORDING).await.unwrap();
    let mut stream = Box::pin(answer.stream().unwrap());
    assert!(stream.next().await.unwrap().is_ok());
    // Nobody asks further, so the other end cannot get rid of more than fits between the two.
    let bytes = tokio::task::spawn_blocking(move || count.recv_timeout(PATIENCE).unwrap()).await.unwrap();
    assert!(bytes < 64 * 1024 * 1024, "{bytes}");
}

#[tokio::test]
async fn no_error_repeats_the_path_or_the_query() {
    // A port that is taken, and on which nobody listens.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let closed = taken.local_addr().unwrap();
    let hang_up = Server::start(|_| Ok(()));
    let gibberish = Server::saying("SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned());
    let cut = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_owned());
    let addresses =
        [closed, hang_up.address, gibberish.address, cut.address].map(|address| address.to_string());
    let listed: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let names = Names::of(&[("inner.example.com", &[&[closed]])]);
    let guard = guard(&listed, names);
    let hosts = addresses.iter().map(|address| format!("http://{address}"));
    for host in hosts.chain(["https://inner.example.com".into(), "https://nowhere.example.com".into()]) {
        let url = format!("{host}/secret-path?secret=query");
        let failed = match get(&guard, &url, Limits::RECORDING).await {
            Ok(answer) => answer.read().await.unwrap_err(),
            Err(failed) => failed,
        };
        assert!(!told(&failed).contains("secret"), "{}", told(&failed));
        assert!(!failed.to_string().contains(&host), "{failed}");
    }
}
