//! What the edge may know of a tenant without asking its actor: who may come in, and how many.

use std::sync::Arc;

use domain::ids::Digest32;
use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};

/// Requests under way at one tenant; beyond it the edge answers at once.
const PLACES: usize = 1024;

/// The keys of a tenant, as its actor last published them.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// Digests of the keys in its Retell URLs.
    pub(crate) api_keys: Vec<(Digest32, Option<Timestamp>)>,
    /// The keys with which its own Retell workspace signs; none means the platform's key counts.
    pub retell_keys: Vec<RetellKey>,
    /// Closed customers' keys are dead.
    pub(crate) is_closed: bool,
}

/// A key with which Retell signs.
#[derive(Clone)]
pub struct RetellKey {
    /// The key itself.
    pub secret: String,
    /// Until when it counts; `None` for the current one.
    pub expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for RetellKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RetellKey").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Whether a key with this digest opens the tenant's URLs at `now`.
    pub(crate) fn admit(&self, digest: &Digest32, now: Timestamp) -> bool {
        let counts = |expires_at: &Option<Timestamp>| expires_at.is_none_or(|end| now < end);
        !self.is_closed && self.api_keys.iter().any(|(known, end)| known == digest && counts(end))
    }
}

/// Whether the tenant can be asked.
#[derive(Debug, Clone)]
pub(crate) enum Admission {
    /// It is being loaded.
    Loading,
    /// Yes.
    Open(Arc<Credentials>),
    /// There is no such customer.
    Absent,
    /// It could not be loaded; the next request tries again.
    Failed,
}

/// Stands between the edge and the actor.
pub(crate) struct Door {
    admission: watch::Sender<Admission>,
    pub places: Arc<Semaphore>,
}

impl Default for Door {
    fn default() -> Self {
        let (admission, _) = watch::channel(Admission::Loading);
        Self { admission, places: Arc::new(Semaphore::new(PLACES)) }
    }
}

impl Door {
    /// Publishes the keys.
    pub fn open(&self, credentials: Arc<Credentials>) {
        self.admit(Admission::Open(credentials));
    }

    pub fn admit(&self, admission: Admission) {
        self.admission.send_replace(admission);
    }

    /// The verdict, once there is one.
    pub async fn verdict(&self) -> Admission {
        if let open @ Admission::Open(_) = &*self.admission.borrow() {
            return open.clone();
        }
        let mut watch = self.admission.subscribe();
        let verdict = watch.wait_for(|admission| !matches!(admission, Admission::Loading)).await;
        verdict.map_or(Admission::Failed, |admission| admission.clone())
    }
}
