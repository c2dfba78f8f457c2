//! What can be told from an address alone: every way to write one that must not pass, and some that
//! must.

use std::sync::LazyLock;

use proptest::prelude::*;
use voice_server::egress::Blocked::{
    Credentials, NotHttps, Port, PrivateAddress, PrivateName, TooLong, Unreadable,
};
use voice_server::egress::address::is_global;
use voice_server::egress::{Blocked, Egress};

/// Address, how it is refused, what it would reach.
const REFUSED: &[(&str, Blocked, &str)] = &[
    // Loopback, as browsers and C libraries read it.
    ("https://127.0.0.1/", PrivateAddress, "loopback"),
    ("https://127.0.0.1:443/", PrivateAddress, "loopback on the right port"),
    ("https://127.255.255.254/", PrivateAddress, "all of 127/8 is loopback"),
    ("https://127.1/", PrivateAddress, "the last part fills the rest"),
    ("https://127.0.1/", PrivateAddress, "three parts"),
    ("https://0x7f.1/", PrivateAddress, "hexadecimal"),
    ("https://0x7f000001/", PrivateAddress, "hexadecimal in one part"),
    ("https://0X7F.0X0.0X0.0X1/", PrivateAddress, "hexadecimal in capitals"),
    ("https://2130706433/", PrivateAddress, "decimal in one part"),
    ("https://017700000001/", PrivateAddress, "octal in one part"),
    ("https://0177.0.0.1/", PrivateAddress, "octal"),
    ("https://0177.0x0.0.1/", PrivateAddress, "octal and hexadecimal"),
    ("https://127.0.0.1./", PrivateAddress, "a dot at the end"),
    ("https://127.0.0.0x1/", PrivateAddress, "hexadecimal at the end"),
    ("https://%31%32%37.0.0.1/", PrivateAddress, "digits as percent escapes"),
    ("https://127%2e0%2e0%2e1/", PrivateAddress, "dots as percent escapes"),
    ("https://１２７.０.０.１/", PrivateAddress, "fullwidth digits"),
    ("https://①②⑦.⓪.⓪.①/", PrivateAddress, "circled digits"),
    ("https://127。0。0。1/", PrivateAddress, "ideographic full stops"),
    ("https://127.0.0.1\\@example.com/", PrivateAddress, "a backslash ends the host"),
    ("https:\\\\127.0.0.1/", PrivateAddress, "backslashes for slashes"),
    ("https:127.0.0.1", PrivateAddress, "no slashes at all"),
    ("https:////127.0.0.1/", PrivateAddress, "slashes to spare"),
    ("  https://127.0.0.1/\n", PrivateAddress, "white space around it"),
    ("https://127.0\t.0.1/", PrivateAddress, "a tab within, which is dropped"),
    ("https://0/", PrivateAddress, "this machine, in one digit"),
    ("https://0.0.0.0/", PrivateAddress, "unspecified: this machine"),
    ("https://0.1.2.3/", PrivateAddress, "this network"),
    // Other networks that are not public.
    ("https://10.0.0.1/", PrivateAddress, "private"),
    ("https://172.16.0.1/", PrivateAddress, "private"),
    ("https://172.31.255.255/", PrivateAddress, "the end of a private network"),
    ("https://192.168.1.1/", PrivateAddress, "private"),
    ("https://3232235777/", PrivateAddress, "192.168.1.1 in one part"),
    ("https://100.64.0.1/", PrivateAddress, "behind a provider's NAT"),
    ("https://100.127.255.255/", PrivateAddress, "the end of those"),
    ("https://192.0.0.1/", PrivateAddress, "protocol assignments"),
    ("https://192.0.2.1/", PrivateAddress, "documentation"),
    ("https://198.51.100.1/", PrivateAddress, "documentation"),
    ("https://203.0.113.1/", PrivateAddress, "documentation"),
    ("https://192.88.99.1/", PrivateAddress, "a relay into 6to4"),
    ("https://198.18.0.1/", PrivateAddress, "benchmarks"),
    ("https://198.19.255.255/", PrivateAddress, "benchmarks"),
    ("https://224.0.0.1/", PrivateAddress, "multicast"),
    ("https://239.255.255.250/", PrivateAddress, "multicast: UPnP"),
    ("https://240.0.0.1/", PrivateAddress, "reserved"),
    ("https://255.255.255.255/", PrivateAddress, "broadcast"),
    // Metadata of clouds.
    ("https://169.254.169.254/latest/meta-data/", PrivateAddress, "AWS, Google, Azure, DigitalOcean"),
    ("https://2852039166/", PrivateAddress, "the same in one part"),
    ("https://0xa9fea9fe/", PrivateAddress, "the same, hexadecimal"),
    ("https://169.254.170.2/v2/credentials", PrivateAddress, "AWS containers"),
    ("https://100.100.100.200/", PrivateAddress, "Alibaba"),
    ("https://168.63.129.16/", PrivateAddress, "Azure, on a number that looks public"),
    ("https://192.0.0.192/", PrivateAddress, "Oracle"),
    ("https://[fd00:ec2::254]/", PrivateAddress, "AWS"),
    ("https://[fd20:ce::254]/", PrivateAddress, "Google"),
    ("https://[::ffff:a9fe:a9fe]/", PrivateAddress, "AWS, mapped"),
    ("https://metadata.google.internal/", PrivateName, "Google"),
    // IPv6.
    ("https://[::1]/", PrivateAddress, "loopback"),
    ("https://[::1]:443/", PrivateAddress, "loopback on the right port"),
    ("https://[0:0:0:0:0:0:0:1]/", PrivateAddress, "loopback in full"),
    ("https://[::]/", PrivateAddress, "unspecified: this machine"),
    ("https://[::ffff:127.0.0.1]/", PrivateAddress, "mapped loopback"),
    ("https://[::ffff:7f00:1]/", PrivateAddress, "mapped loopback, hexadecimal"),
    ("https://[::ffff:8.8.8.8]/", PrivateAddress, "mapped: an IPv4 address is written as one"),
    ("https://[::127.0.0.1]/", PrivateAddress, "compatible loopback"),
    ("https://[::ffff:0:127.0.0.1]/", PrivateAddress, "translated loopback"),
    ("https://[64:ff9b::127.0.0.1]/", PrivateAddress, "loopback through NAT64"),
    ("https://[64:ff9b::8.8.8.8]/", PrivateAddress, "anything through NAT64"),
    ("https://[64:ff9b:1::a00:1]/", PrivateAddress, "local NAT64"),
    ("https://[2002:7f00:1::]/", PrivateAddress, "loopback through 6to4"),
    ("https://[2002:a00:1::1]/", PrivateAddress, "10.0.0.1 through 6to4"),
    ("https://[2001:0:53aa:64c:0:fbff:80ff:fffe]/", PrivateAddress, "127.0.0.1 through Teredo"),
    ("https://[2001:2::1]/", PrivateAddress, "benchmarks"),
    ("https://[2001:10::1]/", PrivateAddress, "ORCHID"),
    ("https://[2001:20::1]/", PrivateAddress, "ORCHID, second version"),
    ("https://[2001:db8::1]/", PrivateAddress, "documentation"),
    ("https://[3fff::1]/", PrivateAddress, "documentation"),
    ("https://[100::1]/", PrivateAddress, "discard"),
    ("https://[fc00::1]/", PrivateAddress, "unique local"),
    ("https://[fdff:ffff::1]/", PrivateAddress, "unique local"),
    ("https://[fe80::1]/", PrivateAddress, "link-local"),
    ("https://[fec0::1]/", PrivateAddress, "site-local"),
    ("https://[ff02::1]/", PrivateAddress, "multicast"),
    ("https://[4000::1]/", PrivateAddress, "given to nobody"),
    ("https://[fe80::1%25eth0]/", Unreadable, "a zone"),
    ("https://[::1/", Unreadable, "no closing bracket"),
    // Names of this machine and of private networks.
    ("https://localhost/", PrivateName, "this machine"),
    ("https://LOCALHOST/", PrivateName, "this machine, in capitals"),
    ("https://ｌｏｃａｌｈｏｓｔ/", PrivateName, "this machine, in fullwidth letters"),
    ("https://loc%61lhost/", PrivateName, "this machine, with a percent escape"),
    ("https://lo\u{ad}calhost/", PrivateName, "this machine, with a soft hyphen"),
    ("https://localhost./", PrivateName, "this machine, with a dot at the end"),
    ("https://tenant.localhost/", PrivateName, "this machine"),
    ("https://localhost.localdomain/", PrivateName, "this machine"),
    ("https://printer.local/", PrivateName, "multicast DNS"),
    ("https://db.internal/", PrivateName, "a private network"),
    ("https://db.INTERNAL./", PrivateName, "a private network"),
    ("https://host.docker.internal/", PrivateName, "the host of a container"),
    ("https://svc.cluster.local/", PrivateName, "Kubernetes"),
    ("https://router.home.arpa/", PrivateName, "a home"),
    ("https://router.lan/", PrivateName, "a home"),
    ("https://postgres/", PrivateName, "a container beside this one"),
    ("https://com/", PrivateName, "one label"),
    ("https://example.com./", PrivateName, "another name than the one that is listed somewhere"),
    ("https://example..com/", PrivateName, "an empty label"),
    ("https://.example.com/", PrivateName, "an empty label"),
    ("https://exa*mple.com/", PrivateName, "no letter of a name"),
    // Everything else about an address.
    ("http://example.com/", NotHttps, "readable on the way"),
    ("http://169.254.169.254/", NotHttps, "metadata speak plain HTTP"),
    ("HTTP://example.com:443/", NotHttps, "plain HTTP on the port of the other"),
    ("ftp://example.com/", NotHttps, "another protocol"),
    ("file:///etc/passwd", NotHttps, "a file"),
    ("file://example.com/etc/passwd", NotHttps, "a file"),
    ("gopher://example.com:6379/_FLUSHALL", NotHttps, "another protocol by way of any"),
    ("data:text/plain,hello", NotHttps, "no host"),
    ("javascript:alert(1)", NotHttps, "a script"),
    ("unix:/run/docker.sock", NotHttps, "a socket"),
    ("blob:https://example.com/1", NotHttps, "only looks like one"),
    ("https://example.com:80/", Port, "not the port of https"),
    ("https://example.com:8443/", Port, "another port"),
    ("https://example.com:22/", Port, "ssh"),
    ("https://example.com:0/", Port, "no port"),
    ("https://127.0.0.1:5432/", Port, "our database"),
    ("https://user@example.com/", Credentials, "a user"),
    ("https://user:password@example.com/", Credentials, "a password"),
    ("https://:password@example.com/", Credentials, "a password alone"),
    ("https://example.com@127.0.0.1/", Credentials, "what looks like the host is a user"),
    ("https://example.com:443@127.0.0.1/", Credentials, "what looks like the host is a user"),
    ("", Unreadable, "nothing"),
    ("example.com", Unreadable, "no scheme"),
    ("//example.com/", Unreadable, "no scheme"),
    ("/etc/passwd", Unreadable, "a path"),
    ("https://", Unreadable, "no host"),
    ("https:///", Unreadable, "no host"),
    ("https://exa mple.com/", Unreadable, "a space"),
    ("https://example.com:65536/", Unreadable, "no such port"),
    ("https://256.0.0.1/", Unreadable, "no such address"),
    ("https://1.2.3.4.5/", Unreadable, "no such address"),
    ("https://example.0x7f/", Unreadable, "ends in a number, so it is an address"),
    ("https://xn--/", Unreadable, "no such name"),
];

/// Each with what it is read as.
const GOOD: &[(&str, &str)] = &[
    ("https://example.com", "https://example.com/"),
    ("HTTPS://Example.COM/A?b#c", "https://example.com/A?b#c"),
    ("https://example.com:443/", "https://example.com/"),
    ("https://example.com:0443/", "https://example.com/"),
    ("https://@example.com/", "https://example.com/"),
    (" https://example.com/a\n", "https://example.com/a"),
    (
        "https://dxc03zgurdly9.cloudfront.net/1/recording.wav",
        "https://dxc03zgurdly9.cloudfront.net/1/recording.wav",
    ),
    (
        "https://retellai.s3.us-west-2.amazonaws.com/1/r.wav?X-Amz-Expires=86400&X-Amz-Signature=0a1b",
        "https://retellai.s3.us-west-2.amazonaws.com/1/r.wav?X-Amz-Expires=86400&X-Amz-Signature=0a1b",
    ),
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("https://a_b.example.com/", "https://a_b.example.com/"),
    ("https://1.example.com/", "https://1.example.com/"),
    ("https://127.0.0.1.nip.io/", "https://127.0.0.1.nip.io/"),
    ("https://localhost.example.com/", "https://localhost.example.com/"),
    ("https://notlocalhost.com/?u=http://127.0.0.1/", "https://notlocalhost.com/?u=http://127.0.0.1/"),
    ("https://thelocal.se/", "https://thelocal.se/"),
    ("https://example.cobalt/", "https://example.cobalt/"),
    ("https://nothome.arpa/", "https://nothome.arpa/"),
    // Literal addresses, also just outside of what is refused.
    ("https://1.1.1.1/", "https://1.1.1.1/"),
    ("https://8.8.8.8/", "https://8.8.8.8/"),
    ("https://134744072/", "https://8.8.8.8/"),
    ("https://9.255.255.255/", "https://9.255.255.255/"),
    ("https://11.0.0.0/", "https://11.0.0.0/"),
    ("https://100.63.255.255/", "https://100.63.255.255/"),
    ("https://100.128.0.0/", "https://100.128.0.0/"),
    ("https://172.15.255.255/", "https://172.15.255.255/"),
    ("https://172.32.0.0/", "https://172.32.0.0/"),
    ("https://168.63.129.17/", "https://168.63.129.17/"),
    ("https://223.255.255.255/", "https://223.255.255.255/"),
    ("https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/"),
    ("https://[2600:9000::1]:443/", "https://[2600:9000::1]/"),
    ("https://[2A00:1450::1]/", "https://[2a00:1450::1]/"),
];

/// One for all, since making one reads the system's certificates.
fn guard() -> &'static Egress {
    static GUARD: LazyLock<Egress> = LazyLock::new(|| Egress::new(&[]).expect("a guard"));
    &GUARD
}

#[test]
fn every_way_to_write_an_address_that_is_not_public_is_refused() {
    let guard = guard();
    for (url, wanted, why) in REFUSED {
        assert_eq!(guard.check(url), Err(*wanted), "{url:?}: {why}");
        assert_eq!(guard.get(url).err(), Some(*wanted), "{url:?}: {why}");
    }
    let long = format!("https://example.com/{}", "a".repeat(4096));
    assert_eq!(guard.check(&long), Err(TooLong));
    let deep = format!("https://{}com/", "a.".repeat(127));
    assert_eq!(guard.check(&deep), Err(PrivateName), "a name has 253 bytes at most");
    let wide = format!("https://{}.com/", "a".repeat(64));
    assert!(guard.check(&wide).is_err(), "a label has 63 bytes at most");
}

#[test]
fn public_names_and_addresses_pass() {
    let guard = guard();
    for (url, read) in GOOD {
        assert_eq!(guard.check(url).as_ref().map(url::Url::as_str), Ok(*read), "{url:?}");
        assert!(guard.get(url).is_ok(), "{url:?}");
    }
}

#[test]
fn a_refusal_repeats_nothing_of_the_address() {
    let guard = guard();
    for (url, _, _) in REFUSED.iter().filter(|(url, _, _)| url.len() > 12) {
        let sentence = guard.check(url).unwrap_err().to_string();
        assert!(
            !sentence.contains(url.trim_start_matches("https:").trim_matches('/')),
            "{url:?}: {sentence}"
        );
        assert!(sentence.starts_with(char::is_lowercase) && !sentence.ends_with('.'), "{sentence}");
    }
}

#[test]
fn a_listed_host_passes_on_its_port_and_on_no_other() {
    let listed = [
        "sink.example.net:9000",
        "127.0.0.1:9001",
        "[::1]:9002",
        " stub ",
        "LocalHost:9003",
        "",
        "0x7f.2",
        "eighty:80",
    ];
    let guard = Egress::new(&listed.map(str::to_owned)).unwrap();
    for url in [
        "http://sink.example.net:9000/a?b",
        "https://sink.example.net:9000/",
        "https://sink.example.net/",
        "http://127.0.0.1:9001/",
        "http://0x7f.1:9001/",
        "http://[::1]:9002/",
        "http://[0:0::1]:9002/",
        "http://stub/",
        "http://stub:80/",
        "https://stub/",
        "http://localhost:9003/",
        "https://127.0.0.2/",
        "http://eighty/",
        "https://eighty:80/",
        "https://example.com/",
    ] {
        assert!(guard.check(url).is_ok(), "{url}");
    }
    for (url, wanted) in [
        ("http://sink.example.net/", NotHttps),
        ("http://sink.example.net:9001/", NotHttps),
        ("https://sink.example.net:9001/", Port),
        ("http://sub.sink.example.net:9000/", NotHttps),
        ("https://sink.example.net.:9000/", Port),
        ("ftp://sink.example.net:9000/", NotHttps),
        ("http://user@sink.example.net:9000/", Credentials),
        ("https://127.0.0.1/", PrivateAddress),
        ("https://127.0.0.1:9002/", Port),
        ("http://[::ffff:127.0.0.1]:9001/", NotHttps),
        ("https://[::1]/", PrivateAddress),
        ("http://stub:8080/", NotHttps),
        ("https://stub:8443/", Port),
        ("http://stub:443/", NotHttps),
        ("https://localhost/", PrivateName),
        ("https://eighty/", PrivateName),
        ("https://127.0.0.3/", PrivateAddress),
    ] {
        assert_eq!(guard.check(url), Err(wanted), "{url}");
    }
}

#[test]
fn a_list_with_something_else_than_hosts_is_refused_by_name() {
    for entry in [
        "http://stub:9000",
        "stub:9000/",
        "stub/path",
        "stub:",
        "stub:port",
        "stub:70000",
        "user@stub",
        "*",
        "*.stub",
        "stub.",
        "::1",
        "[::1",
        "stub?",
        "stub#",
        "a b",
        "stub\\",
        ":9000",
        "10.0.0.0/8",
    ] {
        let refused =
            Egress::new(&["good".to_owned(), entry.to_owned()]).err().map(|error| error.to_string());
        let refused = refused.unwrap_or_else(|| panic!("{entry:?} is taken"));
        assert!(refused.contains("EGRESS_ALLOW") && refused.contains(&format!("{entry:?}")), "{refused}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_leads_to_an_address_that_is_not_public(text in "https?:[/\\\\]{0,3}[0-9a-fx.:@\\[\\]%]{0,20}/?") {
        if let Ok(url) = guard().check(&text) {
            prop_assert_eq!((url.scheme(), url.port_or_known_default()), ("https", Some(443)));
            match url.host() {
                Some(url::Host::Ipv4(address)) => prop_assert!(is_global(address.into())),
                Some(url::Host::Ipv6(address)) => prop_assert!(is_global(address.into())),
                host => prop_assert!(host.is_some()),
            }
        }
    }
}
