//! What Retell calls: events of calls, calls that ring, functions of an agent.
//!
//! The contract: the key in the URL names the tenant (404 otherwise); the signature over the raw
//! body says who sent it (401); events answer 2xx once what they tell is stored, or 503 so that
//! Retell asks again; functions answer 200 with a sentence also where there is nothing to act on, because an
//! agent can say a sentence and nothing else; only a bad key or signature and what could not be read
//! or comes too often are refused. Facts: docs.retellai.com "Secure the webhook", "Custom Function".

pub mod agents;
pub mod appointments;
pub mod calendar;
pub mod callers;
pub mod calls;
mod phrases;
mod received;
mod signature;
pub mod urls;
