//! `audit`: proves that what is recorded agrees with itself, and memory with what is recorded.

use std::process::ExitCode;
use std::time::Duration;

use actors::auditor;
use actors::tenant::Snapshot;
use domain::ids::CustomerId;

use super::say;
use crate::backend::Backend;
use crate::config::Config;

/// A server that serves answers within this.
const ASK_TIMEOUT: Duration = Duration::from_secs(10);

pub async fn run(backend: &Backend, config: &Config) -> anyhow::Result<ExitCode> {
    let mut report = auditor::audit(&backend.store).await?;
    let memory = Memory::of(config)?;
    let snapshots = memory.ask("").await;
    for snapshot in snapshots.iter().flatten() {
        let again = async |customer| memory.again(customer).await;
        let now = backend.clock.now();
        report.findings.extend(auditor::compare(&backend.store, snapshot.clone(), now, again).await?);
        report.compared += 1;
    }
    for finding in &report.findings {
        say(format_args!("customer {}: {}", finding.customer, finding.what));
    }
    let compared = match &snapshots {
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
        let client = reqwest::Client::builder().timeout(ASK_TIMEOUT).no_proxy().build()?;
        Ok(Self { client, url: format!("http://{}/audit/memory", config.metrics_listen) })
    }

    /// `None` when no server is there.
    async fn ask(&self, of: &str) -> Option<Vec<Snapshot>> {
        let answer = self.client.get(format!("{}{of}", self.url)).send().await.ok()?.error_for_status();
        match answer {
            Ok(answer) => answer.json().await.ok(),
            Err(error) => {
                tracing::error!(%error, "the server could not say what its memory holds");
                None
            }
        }
    }

    async fn again(&self, customer: CustomerId) -> Option<Snapshot> {
        self.ask(&format!("/{customer}")).await?.pop()
    }
}
