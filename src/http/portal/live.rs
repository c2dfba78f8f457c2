//! Tells an open page what to read anew, as server-sent events: the kind of thing, and where it is
//! one call its name. No money, no number, no word: what it says now the page asks for itself, under
//! the rights of then.
//!
//! Invariant: of what somebody may not see nothing is told, not even that it happened. Only `all`
//! says less: something was missed, or another server has written, and it is not known what.
//!
//! A stream looks at each beat whether its session stands with the rights it began with, and ends
//! where it does not. Streams hear what their own server commits. Requests of one tenant reach one
//! server as a rule; where they do not, what another one has written is noticed after at most two
//! beats by the tenant's clock in the database. Calls under way are known to the server that was
//! told of them, and shown by that one alone.

use std::sync::Arc;
use std::time::Duration;

use actors::error::Error;
use actors::news::{Committed, Listener, News};
use actors::store::calls::{Told, concern};
use actors::store::progress::progress;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::calls::LiveCall;
use domain::ids::{CustomerId, Token};
use domain::users::Action;
use futures_util::stream;
use jiff::SignedDuration;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::http::Edge;
use crate::http::api::calls::scope;
use crate::http::listeners::{Full, Place};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::session::{SignedIn, session_token};

/// The rest of a burst is told in one.
const SPACING: Duration = Duration::from_millis(200);
/// Who takes nothing for so long has gone.
const IDLE: Duration = Duration::from_secs(60);
/// How much earlier than a page was asked for something may have been decided that it does not show:
/// the commit and the clocks of two machines.
const MARGIN: SignedDuration = SignedDuration::from_secs(3);
/// Beats in a row at which nothing can be found out, until the stream ends.
const MISSED_MAX: u32 = 3;
/// A page that is older is told to read everything at once.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(1);

/// What is known of the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Milliseconds since it was asked for: what has become true meanwhile it does not show.
    age: Option<u32>,
}

/// Hears what changes, until the page is left.
pub async fn hear(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if who.session.is_none() {
        return Err(Problem::session_needed());
    }
    let customer = who.member(Action::ViewOwnCalls)?;
    let token = session_token(&edge, &headers).ok_or_else(Problem::not_signed_in)?;
    let place = edge.listeners.take(customer, &who.person.user).map_err(|full| {
        edge.metrics.live_refused.inc();
        match full {
            Full::User => Problem::too_many_for(60),
            Full::Everybody => Problem::overloaded(),
        }
    })?;
    // Listens first, then looks where things stand: nothing is in between.
    let listener = edge.tenants.listen(customer);
    let stands = progress(&edge.store, customer).await?.ok_or_else(Problem::not_allowed)?;
    let may = |action| who.viewer.may(action);
    let is_stale = match asked.age {
        // Whoever may not see everything is not told by this that something happened.
        Some(_) if !may(Action::ViewAllCalls) || !may(Action::ViewBilling) => true,
        Some(age) => {
            let age = SignedDuration::from_millis(age.into());
            let since = edge.clock.now() - age.min(AGE_MAX) - MARGIN;
            let has_begun = |call: &Arc<LiveCall>| call.noted_at >= since;
            age > AGE_MAX
                || stands.moved_at >= since
                || edge.tenants.live_calls(customer).await.iter().any(has_begun)
        }
        None => false,
    };
    let hearing = Hearing {
        edge,
        who,
        token,
        customer,
        listener,
        heard: stands.seq,
        read: stands.seq,
        is_unsure: false,
        missed: 0,
        _place: place,
    };
    let (hand, mut taken) = mpsc::channel(1);
    tokio::spawn(hearing.on(hand, is_stale));
    let pieces =
        stream::poll_fn(move |context| taken.poll_recv(context).map(|piece| piece.map(Ok::<_, Error>)));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // Else nginx would gather events until they are worth sending.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// One page that is being told.
struct Hearing {
    edge: Arc<Edge>,
    who: SignedIn,
    token: Token,
    customer: CustomerId,
    listener: Listener,
    /// The tenant's clock, as far as news have told.
    heard: i64,
    /// The same as the database said at the last beat.
    read: i64,
    /// News were missed while the database was busy.
    is_unsure: bool,
    /// Beats at which nothing could be found out.
    missed: u32,
    _place: Place,
}

/// A stream ends: its session does, or nothing can be found out.
struct Ended;

impl Hearing {
    /// Tells until the page is left, the server stops or the session ends.
    async fn on(mut self, hand: mpsc::Sender<Bytes>, is_stale: bool) {
        let closing = {
            let listeners = self.edge.listeners.clone();
            async move { listeners.closing().await }
        };
        tokio::select! {
            () = closing => {}
            () = hand.closed() => {}
            Err(Ended) = self.tell(&hand, is_stale) => {}
        }
    }

    async fn tell(&mut self, hand: &mpsc::Sender<Bytes>, is_stale: bool) -> Result<(), Ended> {
        // Not all at once when a server comes back.
        let [jitter] = actors::secrets::random::<1>();
        let mut head = format!("retry: {}\n\n", 2000 + u32::from(jitter) * 10);
        if is_stale {
            head.push_str(&Topics::everything().events());
        }
        send(hand, head).await?;
        let beat = self.edge.live_beat;
        let mut beats = interval_at(Instant::now() + beat, beat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                news = self.listener.next() => {
                    // Where it cannot be found out just now, everything is to be read a little later.
                    let Ok(topics) = self.topics(news).await else {
                        self.is_unsure = true;
                        continue;
                    };
                    let events = topics.events();
                    if !events.is_empty() {
                        send(hand, events).await?;
                        tokio::time::sleep(SPACING).await;
                    }
                }
                _ = beats.tick() => send(hand, self.beat().await?).await?,
            }
        }
    }

    /// What of these news, and of those that wait behind them, this page is told.
    async fn topics(&mut self, first: News) -> Result<Topics, Error> {
        let may = |action| self.who.viewer.may(action);
        let (sees_calendar, sees_money) = (may(Action::ViewCalendar), may(Action::ViewBilling));
        let (mut topics, mut told) = (Topics::default(), Told::default());
        let mut next = Some(first);
        while let Some(news) = next {
            match news {
                News::Committed(Committed { seq, call, appointments, messages, balance, hours, profile }) => {
                    self.heard = self.heard.max(seq);
                    told.recorded.extend(call);
                    topics.appointments |= appointments && sees_calendar;
                    topics.messages |= messages && sees_money;
                    topics.hours |= hours && sees_calendar;
                    topics.balance |= balance && sees_money;
                    topics.everything |= profile;
                }
                News::Live(call) => told.live.push(call),
                News::Given(handover) => told.given.push(handover),
                News::Everything => topics.everything = true,
            }
            next = self.listener.waiting();
        }
        if topics.everything || !concern(&self.edge.store, self.customer, &scope(&self.who), &told).await? {
            return Ok(topics);
        }
        topics.calls = Some(match (told.recorded.as_slice(), told.live.as_slice(), told.given.as_slice()) {
            ([call], [], []) => call.to_string(),
            ([], [], [given]) => given.call.to_string(),
            _ => "*".to_owned(),
        });
        Ok(topics)
    }

    /// A sign of life, as long as the session stands; where something was missed, `all`. What cannot be
    /// found out, because the database is busy, is looked for again at the next beats.
    async fn beat(&mut self) -> Result<String, Ended> {
        let is_behind = match self.look().await {
            Ok(Some(is_behind)) => is_behind,
            Err(_) if self.missed < MISSED_MAX => {
                self.missed += 1;
                return Ok(":\n\n".to_owned());
            }
            Ok(None) | Err(_) => return Err(Ended),
        };
        self.missed = 0;
        let is_told = is_behind || std::mem::take(&mut self.is_unsure);
        Ok(if is_told { Topics::everything().events() } else { ":\n\n".to_owned() })
    }

    /// Whether another server has written; `None` where the session has ended.
    async fn look(&mut self) -> Result<Option<bool>, Error> {
        if !self.who.still_stands(&self.edge, &self.token).await? {
            return Ok(None);
        }
        let Some(stands) = progress(&self.edge.store, self.customer).await? else { return Ok(None) };
        // What was there a beat ago would have been heard of by now, had this server written it.
        let is_behind = self.read > self.heard;
        if is_behind {
            self.heard = stands.seq;
        }
        self.read = stands.seq;
        Ok(Some(is_behind))
    }
}

async fn send(hand: &mpsc::Sender<Bytes>, events: String) -> Result<(), Ended> {
    match timeout(IDLE, hand.send(events.into())).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Ended),
    }
}

/// What a page reads anew.
#[derive(Debug, Default)]
struct Topics {
    everything: bool,
    /// The one call, or a star.
    calls: Option<String>,
    appointments: bool,
    messages: bool,
    balance: bool,
    hours: bool,
}

impl Topics {
    fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }

    /// As they go over the line. Without data a browser would drop them.
    fn events(&self) -> String {
        if self.everything {
            return "event: all\ndata: *\n\n".to_owned();
        }
        let star = |is_told: bool| is_told.then_some("*");
        let told = [
            ("calls", self.calls.as_deref()),
            ("appointments", star(self.appointments)),
            ("messages", star(self.messages)),
            ("balance", star(self.balance)),
            ("hours", star(self.hours)),
        ];
        let told = told.into_iter().filter_map(|(topic, data)| Some((topic, data?)));
        told.map(|(topic, data)| format!("event: {topic}\ndata: {data}\n\n")).collect()
    }
}
