//! Names that lead where a test says, canaries that nobody may disturb, and servers of others.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use voice_server::egress::Egress;

/// Answers what a test says, one answer a question; the last is repeated.
#[derive(Default)]
pub struct Names(Mutex<HashMap<&'static str, Vec<Vec<SocketAddr>>>>);

impl Names {
    pub fn of(names: &[(&'static str, &[&[SocketAddr]])]) -> Arc<Self> {
        let answers = |answers: &[&[SocketAddr]]| answers.iter().rev().map(|found| found.to_vec()).collect();
        let names = names.iter().map(|(name, found)| (*name, answers(found)));
        Arc::new(Self(Mutex::new(names.collect())))
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let mut names = self.0.lock().expect("no panic under the lock");
        let answers = names.get_mut(name.as_str());
        let found = answers.map(|left| if left.len() > 1 { left.pop() } else { left.last().cloned() });
        Box::pin(std::future::ready(match found.flatten() {
            Some(found) => Ok(Box::new(found.into_iter()) as Addrs),
            None => Err("no such name".into()),
        }))
    }
}

/// A guard whose names lead where the test says.
pub fn guard(allow: &[&str], names: Arc<Names>) -> Egress {
    let allow: Vec<String> = allow.iter().map(|entry| (*entry).to_owned()).collect();
    Egress::with_resolver(&allow, names).expect("a guard")
}

/// Listens where nobody may come. A connection to this machine is there, taken or not, as soon as
/// whoever made it knows.
pub struct Canary(TcpListener);

impl Canary {
    /// `None` where this machine has no such address.
    pub fn on(address: impl Into<IpAddr>) -> Option<Self> {
        let listener = TcpListener::bind((address.into(), 0)).ok()?;
        listener.set_nonblocking(true).expect("a listener that does not wait");
        Some(Self(listener))
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("an address")
    }

    /// A canary no more: what comes is taken, and waited for.
    pub fn listener(self) -> TcpListener {
        self.0.set_nonblocking(false).expect("a listener that waits");
        self.0
    }

    /// Whether anybody connected since this was asked last.
    pub fn is_disturbed(&self) -> bool {
        let mut is_disturbed = false;
        loop {
            match self.0.accept() {
                Ok(_) => is_disturbed = true,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return is_disturbed,
                Err(error) => panic!("the canary cannot listen: {error}"),
            }
        }
    }
}

/// A server of somebody else's, which does to each connection what the test says after it has read
/// the head of a request.
pub struct Server {
    pub address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let (written, answer) = (Arc::clone(&heads), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (written, answer) = (Arc::clone(&written), Arc::clone(&answer));
                thread::spawn(move || {
                    let mut stream = stream.expect("a connection");
                    let lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
                    let head = lines.map_while(Result::ok).take_while(|line| !line.is_empty());
                    let head = head.collect::<Vec<_>>().join("\n");
                    written.lock().expect("no panic under the lock").push(head);
                    // Whoever asked may have gone, which is what some tests are about.
                    let _ = answer(&mut stream);
                });
            }
        });
        Self { address, heads }
    }

    /// Says the same to everybody, and that it hangs up then: who kept the connection for the next
    /// request would find out too late.
    pub fn saying(answer: String) -> Self {
        let answer = answer.replacen("\r\n\r\n", "\r\nconnection: close\r\n\r\n", 1);
        Self::start(move |stream| stream.write_all(answer.as_bytes()))
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The heads of all requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no panic under the lock").clone()
    }
}
