//! What is left, how it came to this and how long it lasts.

use domain::billing::BalanceState;
use domain::money::Money;
use domain::outlook::{Burn, Outlook};
use jiff::civil::Date;
use maud::{Markup, html};

use crate::billing;
use crate::parts::{cents, count, panel};

/// The money of the first page.
pub struct Balance {
    /// What is left.
    pub left: Money,
    /// Whether something should be done.
    pub state: BalanceState,
    /// Below it the balance is low.
    pub alert: Money,
    /// How long it lasts.
    pub outlook: Outlook,
    /// Day by day; `None` where there is nothing to draw.
    pub burn: Option<Burn>,
    /// The first day drawn.
    pub from: Date,
    /// Today.
    pub today: Date,
}

impl Balance {
    /// `Sunday` within a week, else `Dec 12`; `None` where nothing is spent or it lasts for long.
    pub fn runs_out(&self) -> Option<String> {
        let days = self.outlook.days.filter(|days| *days <= 60)?;
        let day = self.today.checked_add(jiff::Span::new().days(days)).ok()?;
        Some(day.strftime(if days < 7 { "%A" } else { "%b %-d" }).to_string())
    }

    /// The panel.
    pub fn panel(&self, currency: &str) -> Markup {
        let lasts = [
            self.outlook.call_minutes.map(|minutes| format!("About {} of calls", count(minutes, "minute"))),
            self.outlook.days.map(|days| format!("{} at this pace", count(days, "day"))),
        ];
        let lasts: Vec<String> = lasts.into_iter().flatten().collect();
        panel(
            "h-balance",
            "Balance",
            billing::state(self.state),
            &html! {
                div.bal.num { (cents(self.left, currency)) }
                @if !lasts.is_empty() { p.t-sm.t-2.mb-0 { (lasts.join(" · ")) } }
                @if let Some(burn) = &self.burn { (self.chart(burn, currency)) }
                div.mt-3 {
                    a.btn.btn-soft href="/billing/top-up" { "Top up" }
                    a.btn.btn-quiet href="/billing/transactions" { "What it went on" }
                }
            },
        )
    }

    fn chart(&self, burn: &Burn, currency: &str) -> Markup {
        // As the style sheet has it.
        let at = |(x, y): (f64, f64)| format!("{:.1},{:.1}", x * 1000.0, 60.0 - y * 56.0);
        let line: Vec<String> = burn.past.iter().copied().map(at).collect();
        let line = line.join(" ");
        let now = burn.past.last().copied().unwrap_or_default();
        let end = burn.ends.and_then(|_| self.runs_out());
        let from = self.from.strftime("%b %-d").to_string();
        let sentence = format!(
            "The balance day by day since {from}; {} now{}",
            cents(self.left, currency),
            end.as_ref().map_or(".".to_owned(), |end| format!(", and nothing around {end}."))
        );
        html! {
            svg.burn.mt-2 viewBox="0 0 1000 64" preserveAspectRatio="none" role="img" aria-label=(sentence) {
                polygon.burn-f points={ "0,60 " (line) " " (at((now.0, 0.0))) } {}
                polyline.burn-l points=(line) {}
                @if let Some(ends) = burn.ends { polyline.burn-p points={ (at(now)) " " (at((ends, 0.0))) } {} }
                @if let Some(alert) = burn.alert {
                    @let y = format!("{:.1}", 60.0 - alert * 56.0);
                    line.burn-t x1="0" x2="1000" y1=(y) y2=(y) {}
                }
            }
            div.d-flex.justify-content-between.t-xs.t-3.mt-1 aria-hidden="true" {
                span { (from) }
                @if burn.alert.is_some() { span { "alert at " (cents(self.alert, currency)) } }
                span { (end.unwrap_or_else(|| "today".to_owned())) }
            }
        }
    }
}
