//! How to pay: online, by a transfer, or by asking.

use domain::billing::BalanceState;
use domain::money::Money;
use domain::top_ups::TopUps;
use maud::{Markup, html};

use crate::billing::state;
use crate::layout::{Frame, Place};
use crate::parts::{Field, Head, Icon, Input, cents, money, panel};

/// What the page shows.
pub struct TopUp<'a> {
    /// What is left.
    pub balance: Money,
    /// Whether something should be done.
    pub state: BalanceState,
    /// ISO 4217.
    pub currency: &'a str,
    /// How much may be paid in at a time; `None` where nothing can be paid online.
    pub online: Option<&'a TopUps>,
    /// What was typed as another amount.
    pub typed: &'a str,
    /// What is wrong with it.
    pub error: Option<&'a str>,
    /// Why there is no page to pay on, where it is not for what was typed.
    pub failed: Option<&'a str>,
    /// To whom a transfer goes.
    pub payee: &'a str,
    /// How to pay otherwise.
    pub instructions: Option<&'a str>,
    /// What to write on a transfer.
    pub reference: &'a str,
}

/// The page.
pub fn page(frame: &Frame, shown: &TopUp<'_>) -> String {
    let sentence = html! { "Calls and messages are paid from your balance, as they happen." };
    let body = html! {
        (Head { title: "Top up", sentence: Some(sentence), actions: Some(back()) })
        @if let Some(failed) = shown.failed {
            div.note role="alert" { (Icon("exclamation-triangle-fill")) span.t { b { "Nothing was paid." } " " (failed) } }
        }
        div.grid-2 {
            div.stack {
                @if let Some(top_ups) = shown.online { (panel("h-online", "Pay online", None, &online(shown, top_ups))) }
                @if let Some(instructions) = shown.instructions {
                    @let title = if shown.online.is_some() { "Or by bank transfer" } else { "How to pay" };
                    (panel("h-transfer", title, None, &transfer(shown, instructions)))
                } @else if shown.online.is_none() {
                    (panel("h-transfer", "How to pay", None, &by_asking(shown)))
                }
            }
            div.stack {
                (panel("h-balance", "Balance", state(shown.state), &balance(shown)))
            }
        }
    };
    frame.page(Place::Billing, "Top up", &body)
}

fn online(shown: &TopUp<'_>, top_ups: &TopUps) -> Markup {
    let range =
        format!("From {} to {}.", cents(top_ups.least, shown.currency), cents(top_ups.most, shown.currency));
    html! {
        p.t-sm.t-2 { "You pay on a page of Stripe, by card or another way it offers. We never see your card." }
        form.amounts method="post" action="/billing/top-up" {
            @for amount in top_ups.offered {
                button.btn.btn-soft.num name="amount" value=(amount) { (cents(amount, shown.currency)) }
            }
        }
        form.other-amount method="post" action="/billing/top-up" {
            (Field {
                name: "amount",
                label: &format!("Another amount in {}", shown.currency),
                input: Input::Line { kind: "text", autocomplete: Some("off") },
                value: shown.typed,
                is_required: true,
                hint: Some(&range),
                error: shown.error,
            })
            button.btn.btn-cta { "Continue" }
        }
    }
}

fn transfer(shown: &TopUp<'_>, instructions: &str) -> Markup {
    html! {
        dl.kv {
            dt { "To" } dd { (shown.payee) }
            dt { "Reference" } dd.strong { (shown.reference) }
        }
        p.written.mt-2 { (instructions) }
        p.t-sm.t-3.mb-0 { "Write the reference on it, so that it is yours when it arrives. Your balance is raised once it is booked." }
    }
}

fn by_asking(shown: &TopUp<'_>) -> Markup {
    html! {
        p { "Please ask " b.strong { (shown.payee) } " how to pay, and name this reference: " b.strong { (shown.reference) } "." }
        p.t-sm.t-3.mb-0 { "Your balance is raised once the payment is booked." }
    }
}

fn balance(shown: &TopUp<'_>) -> Markup {
    html! {
        div id="live-paid-in" data-live="balance" {
            div.bal.num { (money(shown.balance, shown.currency)) }
        }
        p.t-sm.t-3.mb-0.mt-2 { "Every payment is an entry of " a href="/billing/transactions?category=top_up" { "your transactions" } ", with a receipt." }
    }
}

/// An amount on its way to where it is paid.
pub struct Leaving<'a> {
    /// How much.
    pub amount: Money,
    /// ISO 4217.
    pub currency: &'a str,
    /// Where.
    pub url: &'a str,
    /// The host in that, by which a payer knows the place again.
    pub host: &'a str,
    /// Until when the place is there.
    pub until: &'a str,
}

/// The page that leads to where this amount is paid: a form may not lead there by itself, because no page of
/// ours may send what is typed to another site.
pub fn leave(frame: &Frame, leaving: &Leaving<'_>) -> String {
    let &Leaving { amount, currency, url, host, until } = leaving;
    let amount = cents(amount, currency);
    let body = html! {
        (Head { title: "Top up", sentence: None, actions: Some(back()) })
        div.lone-form {
            (panel("h-pay", &format!("Pay {amount}"), None, &html! {
                p { "Your payment page is ready, on " b.strong { (host) } ". It is good until " (until) "." }
                p.t-sm.t-2 { "Your balance is raised by " (amount) " as soon as Stripe tells us that it was paid: usually within seconds, with some ways of paying within days." }
                a.btn.btn-cta href=(url) rel="noreferrer" { "Pay " (amount) " at Stripe" (Icon("box-arrow-up-right")) }
                p.t-sm.mb-0.mt-3 { a href="/billing/top-up" { "Another amount" } }
            }))
        }
    };
    frame.page(Place::Billing, "Top up", &body)
}

/// After paying.
pub fn done(frame: &Frame, balance: Money, currency: &str) -> String {
    let body = html! {
        (Head { title: "Thank you", sentence: None, actions: Some(back()) })
        div.lone-form {
            (panel("h-done", "Your payment is on its way", None, &html! {
                p { "Your balance is raised as soon as Stripe tells us that it was paid: usually within seconds, with some ways of paying within days. This page follows by itself." }
                p.t-sm.t-3.mb-1 { "Balance now" }
                div id="live-paid-in" data-live="balance" { div.bal.num { (money(balance, currency)) } }
                p.t-sm.mb-0.mt-3 { a href="/billing/transactions?category=top_up" { "Your payments" } }
            }))
        }
    };
    frame.page(Place::Billing, "Thank you", &body)
}

fn back() -> Markup {
    html! { a.btn.btn-soft href="/billing" { (Icon("arrow-left")) "Billing" } }
}
