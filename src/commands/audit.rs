//! `audit`: proves that what is recorded agrees with itself, and memory with what is recorded.

use std::process::ExitCode;
use std::time::Duration;

use actors::auditor;
use actors::tenant::Snapshot;
use anyhow::Context;
use domain::ids::CustomerId;

use super::say;
use crate::backend::Backend;
use crate::config::Config;
use crate::egress::plain_client;

/// A server that serves answers within this.
const ASK_TIMEOUT: Duration = Duration::from_secs(10);

pub async fn run(backend: &Backend, config: &Config) -> anyhow::Result<ExitCode> {
    let mut report = auditor::audit(&backend.store).await?;
    let memory = Memory::of(config)?;
    let snapshots = memory.ask("").await?;
    let mut skipped = 0;
    for snapshot in snapshots.iter().flatten() {
        let again = async |customer: CustomerId| memory.again(customer).await;
        let compared = auditor::compare(&backend.store, snapshot.clone(), backend.clock.now(), again).await?;
        report.findings.extend(compared.findings);
        skipped += usize::from(!compared.is_complete);
        report.compared += 1;
    }
    for finding in &report.findings {
        say(format_args!("customer {}: {}", finding.customer, finding.what));
    }
    let compared = match &snapshots {
        Some(_) if skipped > 0 => {
            format!("{} in memory compared, {skipped} of them too busy for their calendar", report.compared)
        }
        Some(_) => format!("{} in memory compared", report.compared),
        None => format!("no server at {}, so no memory compared", config.metrics_listen),
    };
    let findings = report.findings.len();
    say(format_args!("{} customers, {compared}, {findings} findings", report.customers));
    Ok(if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The memory of a running server, asked over its operators' address.
struct Memory {
    client: reqwest::Client,
    url: String,
}

impl Memory {
    fn of(config: &Config) -> anyhow::Result<Self> {
        let client = plain_client().timeout(ASK_TIMEOUT).build()?;
        Ok(Self { client, url: format!("http://{}/audit/memory", config.metrics_listen) })
    }

    /// `None` when no server is there. A server that cannot say what it holds is no good sign.
    async fn ask(&self, of: &str) -> anyhow::Result<Option<Vec<Snapshot>>> {
        match self.client.get(format!("{}{of}", self.url)).send().await {
            Err(error) if error.is_connect() => Ok(None),
            answer => {
                let answer = answer.and_then(reqwest::Response::error_for_status);
                let answer = answer.context("ask the running server what its memory holds")?;
                Ok(Some(answer.json().await.context("read what the server's memory holds")?))
            }
        }
    }

    async fn again(&self, customer: CustomerId) -> Option<Snapshot> {
        self.ask(&format!("/{customer}")).await.ok()??.pop()
    }
}
