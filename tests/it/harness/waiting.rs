//! Waits for a condition, and says which one never came.

use std::time::Duration;

/// Looks again and again until it is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let looked = tokio::time::timeout(Duration::from_secs(60), async {
        let mut looks = tokio::time::interval(Duration::from_millis(10));
        while !is_so().await {
            looks.tick().await;
        }
    });
    looked.await.unwrap_or_else(|_| panic!("it never is so: {what}"));
}
