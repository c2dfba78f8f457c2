//! Closes months: debits fees in advance, states a month on an invoice once it is over where the customer is,
//! says what is overdue.
//!
//! What is due and not done is decided from the database at each look, and by each tenant for itself. So a
//! look that was missed, a restart, two servers and a clock that is put back are all harmless.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::audit::Author;
use domain::ids::CustomerId;
use domain::invoices::{Invoice, Terms};
use domain::month::Month;
use futures_util::{StreamExt, stream};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::clock::Clock;
use crate::error::Error;
use crate::store::invoices::{Due, due};
use crate::store::{Store, platform};
use crate::tenant::Closed;
use crate::tenants::Tenants;

/// Each minute, on the minute: months end on one.
const EVERY_MINUTE: &str = "0 * * * * *";
/// Customers at a time: callers have the rest of the machine.
const AT_ONCE: usize = 8;
/// Months of one customer closed in one look.
const MONTHS_AT_ONCE: usize = 24;

/// What a look at everybody did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// Fees debited.
    pub fees: usize,
    /// Invoices that got their number, with whose they are.
    pub invoices: Vec<(CustomerId, Invoice)>,
    /// Invoices that are overdue now.
    pub overdue: usize,
    /// Customers for whom it could not be done now.
    pub failed: Vec<CustomerId>,
}

/// What closing months needs.
#[derive(Clone)]
pub struct Invoicing {
    /// The database.
    pub store: Store,
    /// The time of day.
    pub clock: Clock,
    /// The directory of tenants.
    pub tenants: Tenants,
    /// Who sends invoices where no company is set.
    pub platform_name: String,
    /// ISO 4217.
    pub currency: String,
}

impl Invoicing {
    /// What an invoice that is written now is written with.
    pub async fn terms(&self) -> Result<Terms, Error> {
        Ok(platform::invoice_settings(&self.store).await?.terms(&self.platform_name, &self.currency))
    }

    /// Does what is due for everybody; with `through`, closes no month after that one. Who cannot now is in
    /// `failed`, and is looked at again next time.
    pub async fn round(&self, through: Option<Month>) -> Result<Round, Error> {
        let terms = Arc::new(self.terms().await?);
        let due = due(&self.store, self.clock.now()).await?;
        let served = stream::iter(due).map(|due| self.serve(due, &terms, through)).buffer_unordered(AT_ONCE);
        let round = served.fold(Round::default(), async |mut round, served| {
            round.fees += served.fees;
            round.overdue += served.overdue;
            round.invoices.extend(served.invoices);
            round.failed.extend(served.failed);
            round
        });
        Ok(round.await)
    }

    async fn serve(&self, due: Due, terms: &Arc<Terms>, through: Option<Month>) -> Round {
        let mut done = Round::default();
        if let Err(error) = self.keep_books(due, terms, through, &mut done).await {
            tracing::warn!(customer.id = due.customer.0, %error, "a customer's books could not be kept");
            done.failed.push(due.customer);
        }
        done
    }

    /// Months first: a fee in advance is on the next invoice.
    async fn keep_books(
        &self,
        due: Due,
        terms: &Arc<Terms>,
        through: Option<Month>,
        done: &mut Round,
    ) -> Result<(), Error> {
        let tenant = self.tenants.get(due.customer).await?.by(Author::system("invoicer"));
        let mut next = due.month;
        for _ in 0..MONTHS_AT_ONCE {
            if next.is_none_or(|month| through.is_some_and(|last| month > last)) {
                break;
            }
            next = match tenant.close_month(terms).await? {
                Closed::Nothing => None,
                Closed::Empty(month) => Some(month.next()),
                Closed::Invoiced(invoice) => {
                    let month = invoice.month;
                    done.invoices.push((due.customer, *invoice));
                    Some(month.next())
                }
            };
        }
        if due.fee {
            done.fees += tenant.debit_fees().await?;
        }
        if due.overdue {
            done.overdue += tenant.mark_overdue().await?;
        }
        Ok(())
    }
}

/// The actor that looks each minute.
pub struct Invoicer;

/// What it is told.
#[derive(Debug)]
pub enum Look {
    /// Time to look.
    Now,
}

/// What it works with.
pub struct Office {
    invoicing: Invoicing,
    clockwork: JobScheduler,
    /// A look waits already: another one would find nothing.
    is_asked: Arc<AtomicBool>,
}

impl Actor for Invoicer {
    type Msg = Look;
    type State = Office;
    type Arguments = Invoicing;

    async fn pre_start(
        &self,
        myself: ActorRef<Look>,
        invoicing: Invoicing,
    ) -> Result<Office, ActorProcessingErr> {
        let clockwork = JobScheduler::new().await?;
        let is_asked = Arc::new(AtomicBool::new(true));
        let (asked, invoicer) = (Arc::clone(&is_asked), myself.clone());
        let look = Job::new(EVERY_MINUTE, move |_, _| {
            if !asked.swap(true, Ordering::AcqRel) {
                let _ = invoicer.send_message(Look::Now);
            }
        })?;
        clockwork.add(look).await?;
        clockwork.start().await?;
        // What was missed while nobody was there.
        let _ = myself.send_message(Look::Now);
        Ok(Office { invoicing, clockwork, is_asked })
    }

    async fn handle(
        &self,
        _: ActorRef<Look>,
        Look::Now: Look,
        office: &mut Office,
    ) -> Result<(), ActorProcessingErr> {
        office.is_asked.store(false, Ordering::Release);
        match office.invoicing.round(None).await {
            Ok(Round { fees: 0, overdue: 0, invoices, failed })
                if invoices.is_empty() && failed.is_empty() => {}
            Ok(Round { fees, invoices, overdue, failed }) => tracing::info!(
                fees,
                invoices = invoices.len(),
                overdue,
                failed = failed.len(),
                "the books were kept"
            ),
            Err(error) => tracing::warn!(%error, "the books could not be kept, and will be later"),
        }
        Ok(())
    }

    async fn post_stop(&self, _: ActorRef<Look>, office: &mut Office) -> Result<(), ActorProcessingErr> {
        Ok(office.clockwork.shutdown().await?)
    }
}
