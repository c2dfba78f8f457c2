//! What we sign is known as ours by the documented snippets and by the official package, and a changed byte
//! is not.

use std::path::{Path, PathBuf};
use std::process::Command;

use domain::ids::EventId;
use jiff::{SignedDuration, Timestamp};
use voice_server::delivery::webhooks::signature::standard;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBAUGByAhIiM=";
const NEXT: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDBAUGByAhIiM=";
const EVENT: EventId = EventId(12);

/// Those that verify: how each is begun.
fn verifiers() -> Vec<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sdk = folder.join("tests/webhook-sdk");
    let is_installed = sdk.join("node_modules/standardwebhooks").exists();
    assert!(
        is_installed,
        "standardwebhooks is not installed in tests/webhook-sdk; run ops/test, which does it."
    );
    let docs = folder.join("docs/webhooks");
    [
        ("node", docs.join("verify.mjs")),
        ("python3", docs.join("verify.py")),
        ("sh", docs.join("verify.sh")),
        ("node", sdk.join("verify.mjs")),
    ]
    .map(|(program, file)| vec![PathBuf::from(program), file])
    .into()
}

/// Whether each of them knows this as ours, by its file.
fn known(body: &[u8], event: EventId, at: Timestamp, signature: &str) -> Vec<(String, bool)> {
    let file = std::env::temp_dir().join(format!("webhook-body-{}", std::process::id()));
    std::fs::write(&file, body).expect("a file");
    let ask = |verifier: Vec<PathBuf>| {
        let asked = Command::new(&verifier[0])
            .args(&verifier[1..])
            .arg(&file)
            .args([&event.to_string(), &at.as_second().to_string(), signature])
            .env("WEBHOOK_SECRET", SECRET)
            .output()
            .unwrap_or_else(|error| panic!("{verifier:?}: {error}"));
        let says =
            String::from_utf8_lossy(&asked.stdout).into_owned() + &String::from_utf8_lossy(&asked.stderr);
        // Saying no is no accident.
        assert!(asked.status.success() || says.contains("not ours"), "{verifier:?}: {says}");
        (verifier[1].display().to_string(), asked.status.success())
    };
    let known = verifiers().into_iter().map(ask).collect();
    std::fs::remove_file(&file).expect("it was there");
    known
}

#[track_caller]
fn assert_all(known: &[(String, bool)], expected: bool, what: &str) {
    assert!(known.iter().all(|(_, is_ours)| *is_ours == expected), "{what}: {known:?}");
}

#[test]
fn the_snippets_and_the_official_package_know_what_we_sign_and_no_changed_byte() {
    let now = Timestamp::now();
    let body = "{\"cost\":5.00,\"said\":\"Zoë: 10 € 🦷\\n\"}".as_bytes();
    let one = standard([SECRET], EVENT, now, body);
    assert_all(&known(body, EVENT, now, &one), true, "as it was sent");
    let both = standard([NEXT, SECRET], EVENT, now, body);
    assert_all(&known(body, EVENT, now, &both), true, "while the secret is replaced");
    let mut touched = body.to_vec();
    touched[9] ^= 1;
    assert_all(&known(&touched, EVENT, now, &one), false, "a changed byte");
    assert_all(&known(body, EventId(13), now, &one), false, "another id");
    let other = standard([NEXT], EVENT, now, body);
    assert_all(&known(body, EVENT, now, &other), false, "another secret");
    let later = now + SignedDuration::from_secs(1);
    assert_all(&known(body, EVENT, later, &one), false, "another time");
    let old = now - SignedDuration::from_mins(6);
    assert_all(&known(body, EVENT, old, &standard([SECRET], EVENT, old, body)), false, "a recording");
}
