//! What a call costs, and the ledger that remembers it.
//!
//! Invariants: a charge is computed once, from whole seconds, and is then a fact that nothing
//! multiplies again; the ledger is gap-free, its balance is the sum of its entries, and each
//! entry's hash covers the one before it, so that no line can be changed unseen.

use jiff::Timestamp;
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{CustomerId, Digest32};
use crate::money::Money;

/// What things cost a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// For sixty seconds of a call.
    pub per_minute: Money,
    /// For one text message to a guest.
    pub per_sms: Money,
    /// For one mail to a guest.
    pub per_email: Money,
    /// Debited on the first of the month.
    pub monthly_fee: Money,
    /// A call's seconds are rounded up to a multiple of this, 1 to 3600.
    pub increment_seconds: u32,
    /// A call that lasted at all counts as at least this many seconds.
    pub minimum_seconds: u32,
    /// What `per_sms` is for.
    pub sms_charged_per: SmsUnit,
}

/// What one price of a text message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsUnit {
    /// The whole message, however long it is.
    #[default]
    Message,
    /// Each of the parts in which carriers send it.
    Part,
}

impl SmsUnit {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            SmsUnit::Message => "message",
            SmsUnit::Part => "part",
        }
    }

    /// Reads [`SmsUnit::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Message, Self::Part].into_iter().find(|unit| unit.as_str() == text)
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            per_minute: Money::rounded(dec!(1.00)),
            per_sms: Money::rounded(dec!(0.05)),
            per_email: Money::rounded(dec!(0.01)),
            monthly_fee: Money::ZERO,
            increment_seconds: 1,
            minimum_seconds: 0,
            sms_charged_per: SmsUnit::Message,
        }
    }
}

impl Rates {
    /// The seconds a call of `duration_seconds` is charged for: none for a call that did not last.
    pub fn billable_seconds(&self, duration_seconds: u32) -> u32 {
        if duration_seconds == 0 {
            return 0;
        }
        let increment = self.increment_seconds.max(1);
        duration_seconds.max(self.minimum_seconds).div_ceil(increment).saturating_mul(increment)
    }

    /// What a text message of so many parts costs.
    pub fn cost_of_sms(&self, parts: u32) -> Money {
        match self.sms_charged_per {
            SmsUnit::Message => self.per_sms,
            SmsUnit::Part => Money::rounded(self.per_sms.amount() * Decimal::from(parts.max(1))),
        }
    }
}

/// `rate × seconds / 60`, rounded half up to four decimals. The only place that prices a call.
pub fn cost_of_call(rate_per_minute: Money, billable_seconds: u32) -> Money {
    Money::rounded(rate_per_minute.amount() * Decimal::from(billable_seconds) / dec!(60))
}

/// Which way an entry of the ledger moves the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryType {
    /// Up.
    Credit,
    /// Down.
    Debit,
}

impl EntryType {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            EntryType::Credit => "credit",
            EntryType::Debit => "debit",
        }
    }

    /// Reads [`EntryType::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Credit, Self::Debit].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What an entry of the ledger is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// A telephone call.
    Call,
    /// A text message to a guest.
    Sms,
    /// A mail to a guest.
    Email,
    /// The monthly fee.
    Subscription,
    /// A payment received.
    TopUp,
    /// Tax on an invoice.
    Tax,
    /// A mistake mended by hand, either way.
    Adjustment,
    /// A charge given back.
    Refund,
}

impl Category {
    /// All there are.
    pub const ALL: [Category; 8] = [
        Category::Call,
        Category::Sms,
        Category::Email,
        Category::Subscription,
        Category::TopUp,
        Category::Tax,
        Category::Adjustment,
        Category::Refund,
    ];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Call => "call",
            Category::Sms => "sms",
            Category::Email => "email",
            Category::Subscription => "subscription",
            Category::TopUp => "top_up",
            Category::Tax => "tax",
            Category::Adjustment => "adjustment",
            Category::Refund => "refund",
        }
    }

    /// Reads [`Category::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == text)
    }
}

/// A change of the balance before it has a place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// What it is about.
    pub category: Category,
    /// Positive for a credit, negative for a debit.
    pub amount: Money,
    /// Its source, once per tenant: `call:<retell id>`, `topup:<key>`.
    pub reference: String,
    /// The public id of what it is for, `call_12`.
    pub reference_id: Option<String>,
    /// For people.
    pub description: String,
    /// Who made it, where a person did.
    pub author: Option<String>,
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 1, 2, 3 … without gaps.
    pub seq: i64,
    /// What was posted.
    pub posting: Posting,
    /// The balance once it is counted.
    pub balance_after: Money,
    /// Cut to microseconds, as the database keeps it.
    pub created_at: Timestamp,
    /// Covers this line and the hash before it, see [`entry_hash`].
    pub hash: Digest32,
}

/// Why a posting is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerRefusal {
    /// An entry of nothing.
    #[error("an amount of zero changes nothing")]
    Zero,
    /// The balance would not fit the ledger's columns.
    #[error("the balance would leave the range the ledger can hold")]
    TooLarge,
}

/// Where a tenant's ledger ends.
///
/// Invariant: `balance` is the sum of the `seq` entries before here, `hash` covers them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    customer: CustomerId,
    seq: i64,
    balance: Money,
    hash: Vec<u8>,
}

impl Ledger {
    /// Takes the ledger up where it was left: all zero and an empty hash for a new tenant.
    pub fn resume(customer: CustomerId, seq: i64, balance: Money, hash: Vec<u8>) -> Self {
        Self { customer, seq, balance, hash }
    }

    /// Writes one line.
    pub fn post(&mut self, posting: Posting, now: Timestamp) -> Result<Entry, LedgerRefusal> {
        if posting.amount == Money::ZERO {
            return Err(LedgerRefusal::Zero);
        }
        let balance_after = self.balance + posting.amount;
        if !balance_after.is_storable() || !posting.amount.is_storable() {
            return Err(LedgerRefusal::TooLarge);
        }
        let seq = self.seq + 1;
        let hash = entry_hash(
            &self.hash,
            &HashedFields {
                customer: self.customer,
                seq,
                category: posting.category.as_str(),
                amount: posting.amount,
                balance_after,
                reference: &posting.reference,
                created_at: now,
            },
        );
        debug_assert_eq!(balance_after - posting.amount, self.balance);
        (self.seq, self.balance, self.hash) = (seq, balance_after, hash.to_vec());
        Ok(Entry { seq, posting, balance_after, created_at: now, hash })
    }

    /// The number of the last line.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// What the tenant has left.
    pub fn balance(&self) -> Money {
        self.balance
    }

    /// The hash of the last line, empty before the first.
    pub fn hash(&self) -> &[u8] {
        &self.hash
    }
}

/// What a ledger line's hash covers; no personal data, so that a person can be erased elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct HashedFields<'a> {
    /// Whose ledger.
    pub customer: CustomerId,
    /// Which line.
    pub seq: i64,
    /// As stored.
    pub category: &'a str,
    /// Signed.
    pub amount: Money,
    /// After this line.
    pub balance_after: Money,
    /// As stored.
    pub reference: &'a str,
    /// Whole microseconds count.
    pub created_at: Timestamp,
}

/// SHA-256 over the previous hash and this line. Texts carry their length, so that no two lines
/// run into the same bytes.
pub fn entry_hash(previous: &[u8], line: &HashedFields<'_>) -> Digest32 {
    let mut hash = Sha256::new();
    let mut text = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    text(previous);
    text(&line.customer.0.to_be_bytes());
    text(&line.seq.to_be_bytes());
    text(line.category.as_bytes());
    text(line.amount.canonical().as_bytes());
    text(line.balance_after.canonical().as_bytes());
    text(line.reference.as_bytes());
    text(&line.created_at.as_microsecond().to_be_bytes());
    hash.finalize().into()
}

/// How a tenant's balance stands to its alert threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BalanceState {
    /// At the threshold or above.
    Ok,
    /// Below the threshold.
    Low,
    /// Zero or less: new calls are declined.
    Depleted,
}

impl BalanceState {
    /// Where a balance stands. Depleted wins over low, also with a threshold of zero.
    pub fn of(balance: Money, low_balance_alert: Money) -> Self {
        if balance <= Money::ZERO {
            Self::Depleted
        } else if balance < low_balance_alert {
            Self::Low
        } else {
            Self::Ok
        }
    }

    /// The states entered on the way down to `next`, in order: low comes before depleted, each once
    /// per crossing. On the way up nobody needs to be told.
    pub fn crossed(self, next: Self) -> impl Iterator<Item = Self> {
        [Self::Low, Self::Depleted].into_iter().filter(move |state| *state > self && *state <= next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn posting(amount: &str) -> Posting {
        Posting {
            category: Category::Call,
            amount: money(amount),
            reference: "call:x".to_owned(),
            reference_id: None,
            description: String::new(),
            author: None,
        }
    }

    #[test]
    fn a_call_costs_its_seconds_rounded_once() {
        assert_eq!(cost_of_call(money("1.00"), 300), money("5.00"));
        assert_eq!(cost_of_call(money("1.00"), 155), money("2.5833"));
        assert_eq!(cost_of_call(money("0.0075"), 1), money("0.0001"));
        assert_eq!(cost_of_call(money("999999"), 86_400), money("1439998560"));
    }

    #[test]
    fn seconds_are_rounded_up_to_the_increment_and_lifted_to_the_minimum() {
        let rates = Rates { increment_seconds: 6, minimum_seconds: 30, ..Rates::default() };
        assert_eq!(rates.billable_seconds(0), 0);
        assert_eq!(rates.billable_seconds(1), 30);
        assert_eq!(rates.billable_seconds(31), 36);
        assert_eq!(Rates::default().billable_seconds(31), 31);
    }

    #[test]
    fn each_line_covers_the_one_before_it() {
        let mut ledger = Ledger::resume(CustomerId(1), 0, Money::ZERO, Vec::new());
        let first = ledger.post(posting("10"), Timestamp::UNIX_EPOCH).unwrap();
        let second = ledger.post(posting("-3"), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((second.seq, second.balance_after), (2, money("7")));

        let mut forged = Ledger::resume(CustomerId(1), 0, Money::ZERO, Vec::new());
        let other = forged.post(posting("11"), Timestamp::UNIX_EPOCH).unwrap();
        assert_ne!(first.hash, other.hash);
        assert_ne!(forged.post(posting("-4"), Timestamp::UNIX_EPOCH).unwrap().hash, second.hash);
    }

    #[test]
    fn a_refused_posting_leaves_the_ledger_as_it_was() {
        let mut ledger = Ledger::resume(CustomerId(1), 4, money("9999999999"), vec![1]);
        let before = ledger.clone();
        assert_eq!(ledger.post(posting("1"), Timestamp::UNIX_EPOCH), Err(LedgerRefusal::TooLarge));
        assert_eq!(ledger.post(posting("0"), Timestamp::UNIX_EPOCH), Err(LedgerRefusal::Zero));
        assert_eq!(ledger, before);
    }

    #[test]
    fn low_is_told_before_depleted_and_each_once_per_crossing() {
        use BalanceState::{Depleted, Low, Ok};
        let told = |from: BalanceState, to| from.crossed(to).collect::<Vec<_>>();
        assert_eq!(told(Ok, Depleted), [Low, Depleted]);
        assert_eq!(told(Ok, Low), [Low]);
        assert_eq!(told(Low, Depleted), [Depleted]);
        assert_eq!(told(Low, Low), []);
        assert_eq!(told(Depleted, Ok), []);
        assert_eq!(BalanceState::of(money("10"), money("10")), Ok);
        assert_eq!(BalanceState::of(money("0"), money("0")), Depleted);
    }
}
