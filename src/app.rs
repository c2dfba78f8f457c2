//! The composition root: what is started, in which order, and stopped in reverse.

use std::net::SocketAddr;
use std::sync::Arc;

use actors::auditor::Auditor;
use actors::invoicer::Invoicer;
use actors::tenants::Tenants;
use anyhow::{Context, bail};
use tokio::net::TcpListener;

use crate::backend::{Backend, Seams};
use crate::config::Config;
use crate::delivery::Delivery;
use crate::delivery::background::Background;
use crate::delivery::webhooks;
use crate::egress::Egress;
use crate::http::listeners::Listeners;
use crate::http::server::Server;
use crate::http::{self, Edge};
use crate::retell::Retell;
use crate::retell::lost_calls::{Finder, LostCalls};

/// The running platform.
pub struct App {
    backend: Backend,
    background: Background,
    delivery: Delivery,
    webhooks: Arc<webhooks::Desk>,
    lost_calls: LostCalls,
    listeners: Listeners,
    public: Server,
    operators: Server,
}

impl App {
    /// Database, actors, then the two listeners: nobody is let in before there is somebody to answer.
    pub async fn start(config: Config, seams: Seams) -> anyhow::Result<Self> {
        // Taken first, because a port in use is the commonest mistake and the cheapest to find.
        let public = listen(config.listen, "LISTEN").await?;
        let operators = listen(config.metrics_listen, "METRICS_LISTEN").await?;
        if config.is_public() && config.smtp_host.is_none() {
            bail!("SMTP_HOST is needed with an https PLATFORM_URL: people sign in by mail");
        }
        let address = public.local_addr().context("read the address listened on")?;
        let backend = Backend::start(&config, &seams).await?;
        let egress = Egress::perhaps(&config.egress_allow)?.map(Arc::new);
        let retell = Retell::new(egress.clone(), &config.retell_api_base);
        let webhooks = webhooks::Desk::new(&config, &backend, address, egress.clone())
            .context("prepare to deliver events")?;
        let webhooks = Arc::new(webhooks);
        let edge =
            Edge::new(&config, &backend, address, &seams, Arc::clone(&webhooks), egress, retell.clone());
        let edge = Arc::new(edge.context("prepare the edge")?);
        let (background, listeners) = (edge.background.clone(), edge.listeners.clone());
        let delivery = Delivery::prepare(&config, &backend, address, Arc::clone(&webhooks));
        let delivery = delivery.context("prepare to send messages")?;
        if seams.delivers {
            delivery.start(&backend).await.context("start to send messages")?;
        }
        if seams.invoices {
            let books = backend.invoicing(&config);
            let employed = backend.platform().employ("what closes months", || Invoicer, books).await;
            employed.context("start to close months")?;
        }
        if seams.audits {
            let watch = backend.watch();
            let employed = backend.platform().employ("who checks the records", || Auditor, watch).await;
            employed.context("start to check the records")?;
        }
        let lost_calls =
            LostCalls::new(&config, &backend, retell).context("prepare to look for lost calls")?;
        if seams.finds {
            let employed =
                backend.platform().employ("who finds lost calls", || Finder, lost_calls.clone()).await;
            employed.context("start to look for lost calls")?;
        }
        let operators = Server::start(operators, http::operators_router(Arc::clone(&edge)), 64)?;
        let public = Server::start(public, http::router(edge), config.connections_max)?;
        Ok(Self { backend, background, delivery, webhooks, lost_calls, listeners, public, operators })
    }

    /// The public address.
    pub fn address(&self) -> SocketAddr {
        self.public.address()
    }

    /// The operators' address.
    pub fn operators_address(&self) -> SocketAddr {
        self.operators.address()
    }

    /// The directory of tenants.
    pub fn tenants(&self) -> &Tenants {
        self.backend.tenants()
    }

    /// Who delivers events.
    pub fn webhooks(&self) -> &Arc<webhooks::Desk> {
        &self.webhooks
    }

    /// Who finds calls whose events were lost.
    pub fn lost_calls(&self) -> &LostCalls {
        &self.lost_calls
    }

    /// What the commands use.
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// Finishes what was admitted, in reverse.
    pub async fn stop(self) {
        // Else the listener would wait for answers that never end.
        self.listeners.close();
        self.public.stop().await;
        self.background.stop().await;
        self.delivery.stop().await;
        self.backend.stop().await;
        self.operators.stop().await;
    }
}

async fn listen(address: SocketAddr, variable: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("listen on {address}: is another server running there? Set {variable} to another address")
    })
}
