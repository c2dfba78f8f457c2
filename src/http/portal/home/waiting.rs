//! What waits for somebody, as far as they may do something about it.

use actors::store::appointments::{self, Order};
use actors::store::arrivals::{Arrival, Kind};
use actors::store::{calls, notifications};
use domain::appointments::{Appointment, Status};
use domain::ids::CustomerId;
use domain::page::PageRequest;
use domain::users::Action;
use jiff::{SignedDuration, Timestamp};
use views::calls::Line;
use views::home::{Attention, Balance};

use crate::http::Edge;
use crate::http::api::calls::scope;
use crate::http::portal::calls::lines;
use crate::http::portal::hours::outside;
use crate::http::problem::Problem;
use crate::http::session::SignedIn;

/// So long a call that did not go well waits, and a message that reached nobody.
const CALLS_WAIT: SignedDuration = SignedDuration::from_hours(48);
/// Of them so many are shown: the list has the others.
const CALLS_SHOWN: usize = 3;
/// Of the appointments that are over, how many there are is all that is shown.
const ONE: PageRequest = PageRequest::first(1);

/// What waits.
#[derive(Default)]
pub struct Waiting {
    refused: Option<(Timestamp, String)>,
    calls: Vec<Line>,
    lost: i64,
    outside_hours: Vec<Appointment>,
    unmarked: i64,
}

impl Waiting {
    /// Reads it. `arrivals` is empty for those who do not set the business up.
    pub async fn read(
        edge: &Edge,
        who: &SignedIn,
        customer: CustomerId,
        arrivals: &[Arrival],
    ) -> Result<Self, Problem> {
        let now = edge.clock.now();
        let may = |action| who.viewer.may(action);
        let since = now.checked_sub(CALLS_WAIT).unwrap_or(Timestamp::MIN);
        let found = calls::to_look_at(&edge.store, customer, &scope(who), since, CALLS_SHOWN).await?;
        let mut waiting = Self {
            refused: refused(arrivals),
            calls: lines(edge, customer, found, may(Action::ViewBilling)).await?,
            ..Self::default()
        };
        if may(Action::ViewBilling) {
            waiting.lost = notifications::health(&edge.store, customer, since, now).await?.lost;
        }
        if may(Action::ManageCalendar) {
            waiting.outside_hours = outside::now(edge, customer).await?;
            let over = appointments::Filter {
                ended_by: Some(now),
                status: Some(Status::Scheduled),
                ..appointments::Filter::default()
            };
            let over = appointments::page(&edge.store, customer, &over, Order::Descending, ONE).await?;
            waiting.unmarked = over.total;
        }
        Ok(waiting)
    }

    /// The same as the page shows it, the most urgent first.
    pub fn shown<'a>(&'a self, balance: Option<&Balance>) -> Vec<Attention<'a>> {
        let balance = balance.filter(|balance| balance.state != domain::billing::BalanceState::Ok);
        let balance =
            balance.map(|balance| Attention::Balance { state: balance.state, runs_out: balance.runs_out() });
        let refused = self.refused.as_ref().map(|(at, detail)| Attention::Refused { at: *at, detail });
        let outside = self
            .outside_hours
            .first()
            .map(|next| Attention::OutsideHours { many: self.outside_hours.len(), next });
        let lost = (self.lost > 0).then_some(Attention::Lost(self.lost));
        let unmarked = (self.unmarked > 0).then_some(Attention::Unmarked(self.unmarked));
        balance
            .into_iter()
            .chain(refused)
            .chain(self.calls.iter().map(Attention::Call))
            .chain(lost)
            .chain(outside)
            .chain(unmarked)
            .collect()
    }
}

/// Something was turned away after the last one that was not.
fn refused(arrivals: &[Arrival]) -> Option<(Timestamp, String)> {
    let last = |kind| arrivals.iter().find(|arrival| arrival.kind == kind);
    let refused = last(Kind::Refused)?;
    let accepted = [Kind::Signed, Kind::Event, Kind::Function].into_iter().filter_map(last);
    let is_mended = accepted.into_iter().any(|accepted| accepted.at > refused.at);
    (!is_mended).then(|| (refused.at, refused.detail.clone().unwrap_or_default()))
}
