//! Proxies in front of us: what they say of a request is believed, of nobody else.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use crate::network::Network;

/// Those whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
pub struct Proxies(Vec<Network>);

impl Proxies {
    /// The ones that the operator has named.
    pub fn new(named: &[Network]) -> Self {
        Self(named.to_vec())
    }

    fn are_at(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// Whether a request came over plain http, as far as can be told. We speak nothing else: what
    /// came to a proxy of ours over TLS, it says. Whoever is no proxy and comes from elsewhere had
    /// none; on this machine it may be a proxy that nobody has named.
    pub fn came_in_the_clear(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        if !self.are_at(peer) {
            return !peer.to_canonical().is_loopback();
        }
        let scheme = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
        scheme.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("http"))
    }

    /// Who is at the other end: the peer, or, behind a proxy of ours, the last hop that is not ours.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        // A listener on [::] sees 127.0.0.1 as ::ffff:127.0.0.1.
        let peer = peer.to_canonical();
        if !self.are_at(peer) {
            return peer;
        }
        let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
        for hop in hops.into_iter().rev() {
            match hop_address(hop.trim()) {
                Some(address) if self.are_at(address) => {}
                Some(address) => return address,
                // What stands before it was written by who knows whom.
                None => break,
            }
        }
        peer
    }
}

/// An address as proxies write it: bare, or with the port beside it.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.parse::<IpAddr>().ok();
    let address = bare.or_else(|| hop.parse().ok().map(|address: SocketAddr| address.ip()));
    address.map(|address| address.to_canonical())
}
