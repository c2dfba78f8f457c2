//! The dice that histories are thrown with: few names, times and amounts, so that they meet.

use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::dec;

use actors::journal::{Point, Verdict};

use super::history::{
    Amount, CALLERS, CALLS, Close, Command, Ending, Form, Hours, Report, Rules, Step, When, Wish,
};

/// Histories; with `faults` also of what goes wrong in the journal.
pub fn histories(faults: bool) -> impl Strategy<Value = Vec<Step>> {
    let fault = match faults {
        true => prop::collection::vec((point(), verdict()), 1..4).prop_map(Step::Fail).boxed(),
        false => Just(Step::Restart).boxed(),
    };
    let money = money().boxed();
    let step = prop_oneof![
        60 => (0..2_usize, command(money.clone())).prop_map(|(tenant, command)| Step::To(tenant, command)),
        6 => rush().prop_map(Step::Rush),
        5 => minutes_passing().prop_map(Step::Pass),
        2 => turn_of_the_month().prop_map(Step::Turn),
        4 => Just(Step::Books),
        1 => Just(Step::Restart),
        1 => (0..2_usize).prop_map(Step::Rest),
        if faults { 12 } else { 1 } => fault.clone(),
    ];
    // The years of a business that is nothing but billed.
    let billed = prop_oneof![
        60 => (0..2_usize, money).prop_map(|(tenant, command)| Step::To(tenant, command)),
        12 => turn_of_the_month().prop_map(Step::Turn),
        12 => Just(Step::Books),
        4 => (1..20_i64).prop_map(|days| Step::Pass(days * 24 * 60)),
        1 => Just(Step::Restart),
        if faults { 8 } else { 1 } => fault,
    ];
    prop_oneof![
        2 => prop::collection::vec(step, 1..60),
        3 => prop::collection::vec(billed, 1..80),
    ]
}

/// What is charged, paid, given back and set.
fn money() -> impl Strategy<Value = Command> {
    prop_oneof![
        8 => (0..CALLS, select(vec![60, 600, 1000, 3000])).prop_map(|(call, seconds)| {
            Command::Report(Report { call, form: Form::Flat, seconds })
        }),
        4 => (0..9_u8, amount()).prop_map(|(key, amount)| Command::Credit(key, amount)),
        3 => (0..9_u8, amount()).prop_map(|(key, amount)| Command::Adjust(key, amount)),
        8 => (0..9_u8, any::<prop::sample::Index>(), amount())
            .prop_map(|(key, which, amount)| Command::Refund(key, which.index(1000), amount)),
        4 => any::<prop::sample::Index>().prop_map(|which| Command::Void(which.index(1000))),
        4 => rules().prop_map(Command::Rules),
        2 => Just(Command::Suspend),
        3 => Just(Command::Activate),
    ]
}

fn command(money: BoxedStrategy<Command>) -> impl Strategy<Value = Command> {
    prop_oneof![
        18 => money,
        16 => report().prop_map(Command::Report),
        10 => wish().prop_map(Command::Book),
        3 => (prop::sample::subsequence((0..CALLERS).collect::<Vec<_>>(), 2..=CALLERS), wish())
            .prop_map(|(callers, wish)| Command::Compete(callers, Wish { call: None, ..wish })),
        6 => (any::<prop::sample::Index>(), when(), minutes(), any::<bool>()).prop_map(
            |(which, to, minutes, is_confirmed)| {
                Command::Move { which: which.index(1000), to, minutes, is_confirmed }
            }
        ),
        5 => (any::<prop::sample::Index>(), select(vec![Close::Cancel, Close::Complete, Close::Miss]))
            .prop_map(|(which, how)| Command::Close(which.index(1000), how)),
        1 => week().prop_map(Command::Hours),
        2 => (0..5_i64).prop_map(Command::Block),
        2 => (0..5_i64).prop_map(Command::Unblock),
        3 => (0..5_i64, minutes()).prop_map(|(days, minutes)| Command::Availability(days, minutes)),
        4 => (0..CALLERS).prop_map(Command::Lookup),
        1 => (0..CALLERS).prop_map(Command::Ring),
    ]
}

fn report() -> impl Strategy<Value = Report> {
    let form = prop_oneof![
        4 => Just(Form::Flat),
        1 => Just(Form::Absurd),
        1 => Just(Form::Started),
        4 => Just(Form::Ended),
        1 => Just(Form::EndedUnknown),
        4 => Just(Form::Analyzed),
        1 => Just(Form::AnalyzedUnknown),
        1 => Just(Form::NotConnected),
    ];
    (0..CALLS, form, seconds()).prop_map(|(call, form, seconds)| Report { call, form, seconds })
}

/// Few lengths, so that reports of one call agree as often as not.
fn seconds() -> impl Strategy<Value = u32> {
    select(vec![0, 1, 59, 60, 61, 60, 155, 155, 1000, 3000])
}

fn rush() -> impl Strategy<Value = Vec<Ending>> {
    let ending = (0..2_usize, 0..CALLS, seconds(), any::<bool>());
    prop::collection::vec(ending, 2..8).prop_map(|endings| {
        let mut rush: Vec<Ending> = Vec::new();
        for (tenant, call, seconds, is_in_events) in endings {
            if !rush.iter().any(|other| (other.tenant, other.call) == (tenant, call)) {
                rush.push(Ending { tenant, call, seconds, is_in_events });
            }
        }
        rush
    })
}

fn wish() -> impl Strategy<Value = Wish> {
    let call = prop_oneof![2 => Just(None), 1 => (0..CALLS).prop_map(Some)];
    (0..CALLERS, when(), minutes(), call).prop_map(|(caller, when, minutes, call)| Wish {
        caller,
        when,
        minutes,
        call,
    })
}

/// On few days and at few times, so that wishes meet; sometimes off the grid or long ahead.
fn when() -> impl Strategy<Value = When> {
    let days = prop_oneof![20 => 0..4_i64, 1 => Just(-1_i64), 1 => Just(366_i64)];
    let minute = prop_oneof![20 => (18..34_i64).prop_map(|half| half * 30), 1 => 0..1440_i64];
    (days, minute).prop_map(|(days, minute)| When { days, minute })
}

fn minutes() -> impl Strategy<Value = Option<i64>> {
    select(vec![None, None, Some(30), Some(60), Some(45)])
}

fn amount() -> impl Strategy<Value = Amount> {
    select(vec![dec!(25), dec!(25), dec!(100), dec!(1), dec!(0.0001), dec!(-30), dec!(0)]).prop_map(Amount)
}

fn rules() -> impl Strategy<Value = Rules> {
    let prices = (
        select(vec![dec!(1), dec!(0), dec!(0.0075), dec!(3.3333)]),
        select(vec![dec!(0), dec!(29), dec!(0.01), dec!(100)]),
        select(vec![None, Some(dec!(10)), Some(dec!(7.7)), Some(dec!(0))]),
        select(vec![dec!(10), dec!(0), dec!(49.5)]),
    );
    let times = (
        select(vec![1, 1, 6, 60]),
        select(vec![0, 0, 30, 90]),
        select(vec![0, 0, 15]),
        select(vec![0, 0, 30]),
        select(vec![5, 5, 1, 2]),
    );
    (prices, times).prop_map(|((rate, monthly_fee, tax, threshold), times)| {
        let (increment, minimum, buffer_before, buffer_after, upcoming_max) = times;
        Rules {
            rate,
            monthly_fee,
            tax,
            increment,
            minimum,
            threshold,
            buffer_before,
            buffer_after,
            upcoming_max,
        }
    })
}

fn week() -> impl Strategy<Value = Vec<Hours>> {
    let day = (16..22_i64, 26..40_i64, any::<bool>(), prop::bool::weighted(0.8));
    prop::collection::vec(day, 7).prop_map(|week| {
        (0..7)
            .zip(week)
            .filter(|(_, (.., is_open))| *is_open)
            .map(|(day, (opens, closes, has_lunch, _))| Hours {
                day,
                opens: opens * 30,
                closes: closes * 30,
                has_lunch,
            })
            .collect()
    })
}

/// Mostly within a day; sometimes past what is loaded, or past what can be corrected.
fn minutes_passing() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 1..300_i64, 3 => Just(24 * 60), 2 => Just(3 * 24 * 60), 1 => Just(31 * 24 * 60)]
}

/// Minutes before or after the first of the next month in UTC: it begins earlier and later elsewhere.
fn turn_of_the_month() -> impl Strategy<Value = i64> {
    select(vec![-6, -5, -1, 0, 1, 6, 7, 12]).prop_map(|hours| hours * 60)
}

fn point() -> impl Strategy<Value = Point> {
    select(vec![Point::BeforeCommit, Point::AfterCommit])
}

fn verdict() -> impl Strategy<Value = Verdict> {
    select(vec![Verdict::LoseConnection, Verdict::Panic])
}
