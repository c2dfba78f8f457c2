//! Does to the server and to the model what a history says, and compares each answer.

use actors::error::Refusal;
use actors::tenant::{Answered, Booking, Declined, TenantHandle};
use domain::calendar::OutsideHours;
use domain::calls::CallReport;
use domain::ids::{AppointmentId, CustomerId, InvoiceId, TransactionId};
use domain::retell::functions::{AvailabilityArgs, Invocation, LookupArgs};
use domain::retell::{Notice, read_notice};
use futures_util::future::join_all;
use jiff::ToSpan;
use jiff::civil::DateTime;

use super::business::{Business, Objection};
use super::history::{Amount, Close, Command, Ending, Form, Report, Wish, phone};
use super::words::{line, named, posting, seen, settings, shape, slot_objection, weekly};
use super::world::World;

/// A customer, and what is expected of it.
pub struct Pair {
    pub customer: CustomerId,
    pub model: Business,
}

impl Pair {
    /// Reads the clock on the customer's wall.
    pub fn look_at_clock(&mut self, world: &World) {
        self.model.now = world.now(&self.model.zone);
    }

    /// Asks both, and fails where they differ.
    pub async fn play(&mut self, world: &World, command: &Command) {
        self.look_at_clock(world);
        match command {
            Command::Report(report) if report.form == Form::Started => self.goes_live(world, report).await,
            Command::Report(report) => self.reports(world, report).await,
            Command::Book(wish) => self.books(world, wish).await,
            Command::Compete(callers, wish) => self.compete(world, callers, wish).await,
            Command::Move { which, to, minutes, is_confirmed } => {
                let (id, start) = (self.appointment(*which), to.at(self.model.now));
                self.moves(world, id, start, *minutes, *is_confirmed).await;
            }
            Command::Close(which, how) => self.closes(world, self.appointment(*which), *how).await,
            Command::Credit(key, amount) => {
                let payment = posting(*key, amount.0);
                let got = world.ask(self.customer, async |tenant| tenant.credit(payment.clone()).await).await;
                assert_eq!(line(got), self.model.post("topup", *key, *amount));
            }
            Command::Adjust(key, amount) => {
                let mending = posting(*key, amount.0);
                let got = world.ask(self.customer, async |tenant| tenant.adjust(mending.clone()).await).await;
                assert_eq!(line(got), self.model.post("adjustment", *key, *amount));
            }
            Command::Refund(key, which, amount) => self.refunds(world, *key, *which, *amount).await,
            Command::Void(which) => self.voids(world, *which).await,
            Command::Rules(rules) => {
                let settings = settings(rules);
                let change = async |tenant: TenantHandle| tenant.change_settings(settings.clone()).await;
                assert_eq!(world.ask(self.customer, change).await.answer, Ok(()));
                self.model.change_rules(rules.clone());
            }
            Command::Hours(week) => {
                let hours = weekly(week);
                let set = async |tenant: TenantHandle| tenant.set_hours(hours.clone()).await;
                assert_eq!(world.ask(self.customer, set).await.answer, Ok(()));
                self.model.hours.clone_from(week);
            }
            Command::Block(days) => {
                let date = self.model.now.date() + days.days();
                let block = async |tenant: TenantHandle| tenant.block_date(date, None).await;
                assert_eq!(world.ask(self.customer, block).await.answer, Ok(()));
                self.model.blocked.insert(date);
            }
            Command::Unblock(days) => self.unblocks(world, *days).await,
            Command::Suspend => {
                let suspend = async |tenant: TenantHandle| tenant.suspend().await;
                assert_eq!(world.ask(self.customer, suspend).await.answer, Ok(()));
                self.model.suspends();
            }
            Command::Activate => {
                let activate = async |tenant: TenantHandle| tenant.activate().await;
                assert_eq!(world.ask(self.customer, activate).await.answer, Ok(()));
                self.model.activates();
            }
            Command::Availability(days, minutes) => self.shows_free_slots(world, *days, *minutes).await,
            Command::Lookup(caller) => self.knows(world, *caller).await,
            Command::Ring(caller) => {
                let ring = async |tenant: TenantHandle| tenant.answer_call(Some(phone(*caller))).await;
                let answered = world.ask(self.customer, ring).await.answer.expect("ringing is never refused");
                let is_declined = self.model.is_suspended || self.model.need() == 2;
                assert_eq!(answered == Answered::Declined, is_declined);
            }
        }
    }

    async fn goes_live(&mut self, world: &World, report: &Report) {
        let Ok(Notice::Live(live)) = read_notice(&report.body()) else { panic!("{report:?} is a live call") };
        let note = async |tenant: TenantHandle| tenant.note_live((*live).clone()).await;
        assert_eq!(world.ask(self.customer, note).await.answer, Ok(()));
        // Nobody waits for a note; whoever asks afterwards knows that it was taken, and at which time.
        let _ = world.ask(self.customer, async |tenant: TenantHandle| tenant.snapshot().await).await;
        self.model.goes_live(report);
    }

    async fn reports(&mut self, world: &World, report: &Report) {
        let (id, charged) = recorded(world, self.customer, report).await;
        assert_eq!(charged, self.model.hears(report, id));
    }

    async fn books(&mut self, world: &World, wish: &Wish) {
        let got = booked(world, self.customer, wish, self.model.now).await;
        if let Some(known) = self.model.already_booked(wish).filter(|_| !self.model.is_suspended) {
            assert_eq!(got, Ok(known.id));
            return;
        }
        let objections = self.model.objections_to_booking(wish);
        match got {
            Ok(id) => {
                assert_eq!(objections, [], "against apt_{id}");
                let call = self.call_booked_in(world, wish).await;
                self.model.books(wish, id, call);
            }
            Err(objection) => {
                assert!(objections.contains(&objection), "{objection:?}, not of {objections:?}")
            }
        }
    }

    /// The id of the call in which a slot was booked: nobody is told, so it is read.
    async fn call_booked_in(&self, world: &World, wish: &Wish) -> Option<i64> {
        let name = wish.call_name()?;
        let sql = "select id from calls where customer_id = $1 and retell_call_id = $2";
        let id = sqlx::query_scalar(sql)
            .bind(self.customer.0)
            .bind(&name)
            .fetch_one(&mut *world.records.lock().await)
            .await;
        Some(id.unwrap_or_else(|error| panic!("a slot was booked in {name}: {error}")))
    }

    /// Exactly one of them gets a slot that was free, and nobody one that was not.
    async fn compete(&mut self, world: &World, callers: &[usize], wish: &Wish) {
        let (customer, now) = (self.customer, self.model.now);
        let wishes: Vec<Wish> =
            callers.iter().map(|caller| Wish { caller: *caller, ..wish.clone() }).collect();
        let got = join_all(wishes.iter().map(|wish| booked(world, customer, wish, now))).await;
        let objections: Vec<_> = wishes.iter().map(|wish| self.model.objections_to_booking(wish)).collect();
        let holder = wishes
            .iter()
            .position(|wish| self.model.already_booked(wish).is_some() && !self.model.is_suspended);
        let is_free_for = |index: usize| objections[index].is_empty();
        let winners: Vec<usize> = (0..wishes.len()).filter(|index| got[*index].is_ok()).collect();
        match winners[..] {
            [] => assert!(!(0..wishes.len()).any(is_free_for) && holder.is_none(), "nobody got it: {got:?}"),
            [winner] if holder == Some(winner) => {
                assert_eq!(got[winner], Ok(self.model.already_booked(&wishes[winner]).expect("theirs").id));
            }
            [winner] => {
                assert!(is_free_for(winner) && holder.is_none(), "{got:?} against {objections:?}");
                let id = *got[winner].as_ref().expect("the winner's id");
                self.model.books(&wishes[winner], id, None);
            }
            _ => panic!("{got:?} have one slot"),
        }
        for (index, got) in got.iter().enumerate() {
            let Err(objection) = got else { continue };
            let is_lost = !winners.is_empty() && *objection == Objection::Taken;
            assert!(is_lost || objections[index].contains(objection), "{objection:?}, not of {objections:?}");
        }
    }

    async fn moves(
        &mut self,
        world: &World,
        id: i64,
        start: DateTime,
        minutes: Option<i64>,
        confirmed: bool,
    ) {
        let outside = if confirmed { OutsideHours::Confirmed } else { OutsideHours::Refuse };
        let length = minutes.map(|minutes| minutes as u32);
        let (appointment, to) = (AppointmentId(id), self.model.instant(start));
        let got = world
            .ask(self.customer, async |tenant| tenant.reschedule(appointment, to, length, outside).await)
            .await;
        match (got.answer, self.model.moves(id, start, minutes, confirmed)) {
            (Ok(moved), Ok(expected)) => assert_eq!(seen(&moved), shape(&self.model, &expected)),
            (Err(refusal), Err(objections)) => {
                assert!(objections.contains(&named(&refusal)), "{refusal:?}, not of {objections:?}");
            }
            (got, expected) => panic!("moved {got:?}, expected {expected:?}"),
        }
    }

    async fn closes(&mut self, world: &World, id: i64, how: Close) {
        let appointment = AppointmentId(id);
        let close = async |tenant: TenantHandle| match how {
            Close::Cancel => tenant.cancel(appointment, None).await,
            Close::Complete => tenant.complete(appointment).await,
            Close::Miss => tenant.no_show(appointment).await,
        };
        let got = world.ask(self.customer, close).await.answer;
        let expected = self.model.closes(id, how);
        let expected = expected.map(|appointment| shape(&self.model, &appointment));
        assert_eq!(got.as_ref().map(seen).map_err(named), expected);
    }

    async fn refunds(&mut self, world: &World, key: u8, which: usize, amount: Amount) {
        let entries = &self.model.books.entries;
        // One of those there are, else one that nobody has heard of.
        let of = entries.get(which % entries.len().max(1)).map(|entry| entry.reference.clone());
        let of = of.unwrap_or_default();
        let id = TransactionId(world.entry(self.customer, &of).await.unwrap_or(1_000_000));
        let mending = posting(key, amount.0);
        let got = world.ask(self.customer, async |tenant| tenant.refund(id, mending.clone()).await).await;
        assert_eq!(line(got), self.model.refunds(key, &of, amount), "{of} given back");
    }

    async fn voids(&mut self, world: &World, which: usize) {
        let invoices = &self.model.books.invoices;
        let index = which % invoices.len().max(1);
        let id = InvoiceId(invoices.get(index).map_or(1_000_000, |invoice| invoice.id.expect("was read")));
        let void = async |tenant: TenantHandle| tenant.void_invoice(id, "wrong").await;
        let got = world.ask(self.customer, void).await;
        let expected = self.model.voids(index);
        // Carried out by a try whose answer was lost: then it is void already.
        let was_done_before = got.is_repeated && got.answer == Err(Refusal::InvoiceVoid);
        if !was_done_before {
            let credited = got.answer.map(|entry| entry.map(|entry| entry.0)).map_err(|why| named(&why));
            let number =
                self.model.books.invoices.get(index).map(|invoice| format!("void:{}", invoice.number));
            let entry = world.entry(self.customer, &number.unwrap_or_default()).await;
            assert_eq!(credited, expected.map(|()| entry), "invoice {index} taken back");
        }
    }

    /// After the books were kept; nobody is told the ids of invoices, so they are read.
    pub async fn keeps_books(&mut self, world: &World) {
        self.look_at_clock(world);
        self.model.keeps_books();
        let sql = "select id from invoices where customer_id = $1 order by invoice_number";
        let ids =
            sqlx::query_scalar(sql).bind(self.customer.0).fetch_all(&mut *world.records.lock().await).await;
        let ids: Vec<i64> = ids.expect("the invoices");
        assert_eq!(ids.len(), self.model.books.invoices.len(), "invoices");
        for (index, id) in ids.into_iter().enumerate() {
            if self.model.books.invoices[index].id.replace(id).is_none() {
                self.model.hands_out(id);
                self.model.events.push((format!("inv_{id}"), "invoice.finalized"));
            }
        }
    }

    async fn unblocks(&mut self, world: &World, days: i64) {
        let date = self.model.now.date() + days.days();
        let got = world.ask(self.customer, async |tenant| tenant.unblock_date(date).await).await;
        let expected = self.model.unblocks(date);
        // Carried out by a try whose answer was lost: then it is not blocked any more.
        let was_done_before = got.is_repeated && got.answer == Err(Refusal::NotBlocked);
        if !was_done_before {
            assert_eq!(
                got.answer.as_ref().copied().map_err(named),
                expected.as_ref().copied().map_err(|w| *w)
            );
        }
    }

    async fn shows_free_slots(&mut self, world: &World, days: i64, minutes: Option<i64>) {
        let date = self.model.now.date() + days.days();
        let duration_minutes = minutes.map(|minutes| minutes as u32);
        let args = AvailabilityArgs { date: Some(date.to_string()), duration_minutes };
        let got = world.ask(self.customer, async |tenant| tenant.availability(args.clone()).await).await;
        let got = got.answer.expect("asking is never refused");
        let starts: Vec<DateTime> = got.slots.iter().map(|slot| slot.local_start).collect();
        assert_eq!(starts, self.model.free_slots(date, minutes), "free on {date} for {minutes:?} minutes");
    }

    async fn knows(&mut self, world: &World, caller: usize) {
        let args = LookupArgs { phone: Some(phone(caller)), email: None };
        let got = world.ask(self.customer, async |tenant| tenant.lookup(args.clone()).await).await;
        let got = got.answer.expect("asking is never refused").map(|found| {
            let last = found.last_call.map(|call| (call.id.0, call.duration_seconds));
            let upcoming: Vec<i64> = found.upcoming.iter().map(|(id, _)| id.0).collect();
            (found.calls_total, last, upcoming)
        });
        let theirs: Vec<_> = self.model.calls.iter().filter(|call| call.caller == caller).collect();
        let last = theirs.iter().max_by_key(|call| call.id).map(|call| (call.id, call.seconds as i32));
        let has_booked = self.model.appointments.iter().any(|one| one.caller == caller);
        let is_known = !theirs.is_empty() || has_booked;
        let expected = is_known.then(|| (theirs.len() as i64, last, self.model.upcoming(caller)));
        assert_eq!(got, expected, "what is known of caller {caller}");
    }

    /// One of those there are, else one that nobody has heard of.
    fn appointment(&self, which: usize) -> i64 {
        let all = &self.model.appointments;
        if all.is_empty() { 1_000_000 } else { all[which % all.len()].id }
    }
}

/// Calls that end at the same time, reported twice or in two events: whatever the order, each is
/// charged once.
pub async fn rush(world: &World, pairs: &mut [Pair; 2], endings: &[Ending]) {
    let reports: Vec<(usize, Report)> =
        endings.iter().flat_map(|ending| ending.reports().map(|report| (ending.tenant, report))).collect();
    let customers = pairs.each_ref().map(|pair| pair.customer);
    let asked = reports.iter().map(|(tenant, report)| recorded(world, customers[*tenant], report));
    let got = join_all(asked).await;
    let mut told: Vec<_> = reports.into_iter().zip(got).collect();
    // In which order they were decided only their ids tell.
    told.sort_by_key(|(_, (id, _))| *id);
    for ((tenant, report), (id, _)) in &told {
        let model = &mut pairs[*tenant].model;
        model.now = world.now(&model.zone);
        model.hears(report, *id);
    }
    for ((tenant, report), (_, charged)) in &told {
        let calls = &pairs[*tenant].model.calls;
        let call = calls.iter().find(|call| call.name == report.name()).expect("just heard of");
        assert_eq!(*charged, call.cost, "{}", call.name);
    }
}

/// The id and the charge that a report is answered with.
async fn recorded(world: &World, customer: CustomerId, report: &Report) -> (i64, rust_decimal::Decimal) {
    let Ok(Notice::Finished(finished)) = read_notice(&report.body()) else {
        panic!("{report:?} is a call that ended")
    };
    let record = async |tenant: TenantHandle| tenant.record_call(CallReport::clone(&finished)).await;
    let recorded = world.ask(customer, record).await.answer.expect("a call that took place is never refused");
    (recorded.call_id.0, recorded.charged.amount())
}

/// The id of the appointment, or why there is none.
async fn booked(world: &World, customer: CustomerId, wish: &Wish, now: DateTime) -> Result<i64, Objection> {
    let said = Invocation::read(&wish.body(now));
    assert_eq!(said.call.is_some(), wish.call.is_some());
    let book = async |tenant: TenantHandle| tenant.book(said.book(), said.call.clone()).await;
    match world.ask(customer, book).await.answer.expect("a booking is declined, never refused") {
        Booking::Booked(booked) => {
            assert_eq!(booked.local_start, wish.start(now));
            Ok(booked.id.0)
        }
        Booking::Declined { reason: Declined::Suspended, .. } => Err(Objection::Suspended),
        Booking::Declined { reason: Declined::TooManyUpcoming(_), .. } => Err(Objection::TooManyUpcoming),
        Booking::Declined { reason: Declined::Slot(refusal), .. } => Err(slot_objection(&refusal)),
        Booking::Declined { reason, .. } => panic!("{reason:?} to {wish:?}"),
    }
}
