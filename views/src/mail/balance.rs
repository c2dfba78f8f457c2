//! Mails to a business's admins about its balance.

use domain::billing::BalanceState;
use domain::money::Money;
use maud::html;

use super::{Content, button, page};
use crate::parts::money;

/// The balance has fallen below the threshold, or is used up.
pub fn alert(
    state: BalanceState,
    balance: Money,
    threshold: Money,
    currency: &str,
    platform_name: &str,
    top_up_url: &str,
) -> Content {
    let (balance, threshold) = (money(balance, currency), money(threshold, currency));
    let (subject, what, so) = match state {
        BalanceState::Depleted => (
            "Your balance is used up".to_owned(),
            format!("Your balance is {balance}."),
            "New calls are declined, and guests get no text messages and no reminders until you top up.",
        ),
        BalanceState::Low | BalanceState::Ok => (
            format!("Your balance is below {threshold}"),
            format!("Your balance is {balance}, below the {threshold} at which you want to be told."),
            "Top up in time: at zero, new calls are declined.",
        ),
    };
    let text = format!("{what}\n{so}\n\n{top_up_url}\n");
    let content = html! {
        p { (what) }
        p { (so) }
        (button(top_up_url, "Top up"))
    };
    let html = page(&subject, platform_name, &content);
    Content { subject, text, html }
}
