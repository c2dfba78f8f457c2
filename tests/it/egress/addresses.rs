//! The rule about IP addresses against the registries, at the ends of each network and anywhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use proptest::prelude::*;
use voice_server::egress::address::is_global;

/// The same rule once more, as the registries write it.
const SPECIAL_V4: &str = "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 \
    172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 \
    203.0.113.0/24 224.0.0.0/4 240.0.0.0/4";
const SPECIAL_V6: &str = "::/3 2001::/23 2001:db8::/32 2002::/16 3fff::/20 4000::/2 8000::/1";

fn networks<A: FromStr>(list: &str) -> Vec<(A, u32)> {
    let network = |text: &str| {
        let (start, bits) = text.split_once('/')?;
        Some((start.parse().ok()?, bits.parse().ok()?))
    };
    list.split_whitespace().map(|text| network(text).expect("a network")).collect()
}

fn networks_v4() -> Vec<(u32, u32)> {
    networks::<Ipv4Addr>(SPECIAL_V4).into_iter().map(|(start, bits)| (start.to_bits(), bits)).collect()
}

fn networks_v6() -> Vec<(u128, u32)> {
    networks::<Ipv6Addr>(SPECIAL_V6).into_iter().map(|(start, bits)| (start.to_bits(), bits)).collect()
}

fn is_special_v4(address: u32) -> bool {
    networks_v4().into_iter().any(|(start, bits)| (start..=start | last_v4(bits)).contains(&address))
}

fn is_special_v6(address: u128) -> bool {
    networks_v6().into_iter().any(|(start, bits)| (start..=start | last_v6(bits)).contains(&address))
}

/// The part of an address that varies within a network.
fn last_v4(bits: u32) -> u32 {
    u32::MAX.checked_shr(bits).unwrap_or(0)
}

fn last_v6(bits: u32) -> u128 {
    u128::MAX.checked_shr(bits).unwrap_or(0)
}

#[test]
fn each_network_that_is_not_public_ends_where_it_ends() {
    for (start, bits) in networks_v4() {
        let last = start | last_v4(bits);
        for address in [start, last, start.wrapping_sub(1), last.wrapping_add(1)] {
            let shown = Ipv4Addr::from_bits(address);
            assert_eq!(is_global(shown.into()), !is_special_v4(address), "{shown}");
        }
    }
    for (start, bits) in networks_v6() {
        let last = start | last_v6(bits);
        for address in [start, last, start.wrapping_sub(1), last.wrapping_add(1)] {
            let shown = Ipv6Addr::from_bits(address);
            assert_eq!(is_global(shown.into()), !is_special_v6(address), "{shown}");
        }
    }
}

/// An address anywhere in one of the networks that are not public.
fn any_special() -> impl Strategy<Value = IpAddr> {
    let v4 = (proptest::sample::select(networks_v4()), any::<u32>())
        .prop_map(|((start, bits), within)| Ipv4Addr::from_bits(start | within & last_v4(bits)).into());
    let v6 = (proptest::sample::select(networks_v6()), any::<u128>())
        .prop_map(|((start, bits), within)| Ipv6Addr::from_bits(start | within & last_v6(bits)).into());
    prop_oneof![v4, v6]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_address_of_a_special_network_is_public(address in any_special()) {
        prop_assert!(!is_global(address));
        // Nor is it when it is written in IPv6.
        let IpAddr::V4(address) = address else { return Ok(()) };
        prop_assert!(!is_global(address.to_ipv6_mapped().into()));
        prop_assert!(!is_global(address.to_ipv6_compatible().into()));
    }

    #[test]
    fn an_address_is_public_or_of_a_special_network(v4 in any::<u32>(), v6 in any::<u128>()) {
        prop_assert_eq!(is_global(Ipv4Addr::from_bits(v4).into()), !is_special_v4(v4));
        let unicast = v6 >> 3 | 1 << 125;
        for v6 in [v6, unicast] {
            prop_assert_eq!(is_global(Ipv6Addr::from_bits(v6).into()), !is_special_v6(v6));
        }
    }

    #[test]
    fn what_the_standard_library_knows_to_be_special_is_not_public(v4 in any::<u32>(), v6 in any::<u128>()) {
        let (v4, v6) = (Ipv4Addr::from_bits(v4), Ipv6Addr::from_bits(v6));
        let is_special = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
            || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified();
        prop_assert!(!(is_special && is_global(v4.into())));
        let is_special = v6.is_unique_local() || v6.is_multicast() || v6.is_unicast_link_local();
        prop_assert!(!(is_special && is_global(v6.into())));
    }
}
