//! The accept loop: `axum::serve` has no header-read time-out and no cap on connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// A client that sends its head slower than this is sent away.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Requests under way when the server stops may take this long to end.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// One listener that is being served.
pub struct Server {
    address: SocketAddr,
    closing: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Serves `router`, at most `connections_max` connections at once; more wait to be accepted.
    pub fn start(listener: TcpListener, router: Router, connections_max: usize) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (closing, closed) = watch::channel(false);
        let connections = Arc::new(Semaphore::new(connections_max));
        let accepting = tokio::spawn(accept(listener, router, connections, closed));
        Ok(Self { address, closing, accepting })
    }

    /// Where.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts nobody more and lets those under way end.
    pub async fn stop(self) {
        self.closing.send_replace(true);
        if let Err(error) = self.accepting.await {
            tracing::error!(%error, "the accept loop fell");
        }
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    connections: Arc<Semaphore>,
    mut closed: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = async {
            let permit = Arc::clone(&connections).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            _ = closed.wait_for(|closed| *closed) => break,
            accepted = accepted => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, as a rule: the loop must neither end nor spin.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let connection = graceful.watch(serve(stream, peer, router.clone()));
        tokio::spawn(async move {
            let _permit = permit;
            // The peer broke off or sent no HTTP: nothing of ours.
            let _ = connection.await;
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were cut that did not end in time");
    }
}

/// One connection.
fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> {
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut router = router.clone();
        tower_service::Service::call(&mut router, request)
    });
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
}
