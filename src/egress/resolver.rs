//! Where names lead: asked once for each connection, and of the answer only public addresses are
//! kept. The connection goes to what was judged here, so a name that changes its mind gains nothing.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::Blocked;
use super::address::is_global;

/// Look-ups at once. The system's resolver blocks a thread until it gives up, and whoever runs a
/// name server decides how long: the threads that files are read on must not all wait for that.
const LOOKUPS_MAX: usize = 64;

/// Keeps the public addresses of what another resolver answers.
pub struct Guarded(pub Arc<dyn Resolve>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let resolving = self.0.resolve(name);
        Box::pin(async move {
            let public: Vec<SocketAddr> = resolving.await?.filter(|found| is_global(found.ip())).collect();
            if public.is_empty() {
                return Err(Blocked::PrivateAddress.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// The system's resolver.
pub struct System {
    lookups: Arc<Semaphore>,
}

impl Default for System {
    fn default() -> Self {
        Self { lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)) }
    }
}

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        let lookups = Arc::clone(&self.lookups);
        Box::pin(async move {
            let permit = lookups.acquire_owned().await?;
            // Not `tokio::net::lookup_host`: the place is taken until the thread is free again, also
            // when nobody waits for the answer any more. Port 0 becomes the scheme's.
            let look_up = move || {
                let found = (name.as_str(), 0).to_socket_addrs();
                drop(permit);
                found
            };
            Ok(Box::new(tokio::task::spawn_blocking(look_up).await??) as Addrs)
        })
    }
}
