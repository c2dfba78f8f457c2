//! `POST /api/v1/webhook/retell/{api_key}`: events of calls, and calls that ring.

use std::sync::Arc;

use actors::store::arrivals::Kind;
use actors::tenant::Answered;
use axum::Json;
use axum::extract::State;
use domain::ids::CallId;
use domain::money::Money;
use domain::retell::{InboundCall, Notice, read_notice};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::edge::Edge;
use super::super::problem::Problem;
use super::phrases;
use super::received::Received;

/// The answer to an event: never the balance.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The call is stored and charged.
    Recorded {
        /// Always true: what is not recorded is not answered 2xx.
        success: bool,
        /// Ours.
        call_id: CallId,
        /// What it has cost in all.
        charged: Money,
    },
    /// Noted, or of no use to us.
    Noted {
        /// Always true.
        success: bool,
    },
    /// Whether a ringing call is taken.
    Inbound {
        /// Retell's own envelope.
        call_inbound: Value,
    },
}

/// Receives an event of a call.
pub async fn webhook(State(edge): State<Arc<Edge>>, received: Received) -> Result<Json<Answer>, Problem> {
    let body = received.body.as_ref().map_err(Problem::bad_body)?;
    match read_notice(body).map_err(|malformed| Problem::bad_body(malformed.to_string()))? {
        Notice::Ignored => Ok(Json(Answer::Noted { success: true })),
        Notice::Inbound(call) => ring(&edge, &received, call).await,
        Notice::Live(report) => {
            received.check_agent(&edge, report.details.agent_id.as_deref()).await?;
            received.note(&edge, Kind::Event);
            received.tenant.note_live(*report).await?;
            Ok(Json(Answer::Noted { success: true }))
        }
        Notice::Finished(report) => {
            received.check_agent(&edge, report.details.agent_id.as_deref()).await?;
            received.note(&edge, Kind::Event);
            let recorded = received.tenant.record_call(*report).await?;
            let (call_id, charged) = (recorded.call_id, recorded.charged);
            Ok(Json(Answer::Recorded { success: true, call_id, charged }))
        }
    }
}

/// Answers a ringing call, for numbers whose inbound webhook has an address of its own.
pub async fn inbound(State(edge): State<Arc<Edge>>, received: Received) -> Result<Json<Answer>, Problem> {
    let body = received.body.as_ref().map_err(Problem::bad_body)?;
    let call = domain::retell::read_inbound(body).map_err(|m| Problem::bad_body(m.to_string()))?;
    ring(&edge, &received, call).await
}

async fn ring(edge: &Edge, received: &Received, call: InboundCall) -> Result<Json<Answer>, Problem> {
    received.check_agent(edge, call.agent_id.as_deref()).await?;
    let call_inbound = match received.tenant.answer_call(call.from_number).await? {
        // Nothing beside it: Retell drops a rejection that comes with anything else.
        Answered::Declined => json!({"reject": true}),
        Answered::Accepted(greeting) => {
            let variables = phrases::variables(&greeting);
            json!({"dynamic_variables": variables})
        }
    };
    Ok(Json(Answer::Inbound { call_inbound }))
}
