//! `clicksend`: what ClickSend's automations need, so that replies and receipts come here.

use std::process::ExitCode;

use super::say;
use crate::backend::Backend;
use crate::config::Config;
use crate::http::clicksend::urls::ClicksendUrls;

pub fn run(backend: &Backend, config: &Config) -> ExitCode {
    let token = backend.vault.clicksend_token();
    let urls = ClicksendUrls::new(&config.public_url(config.listen), &token);
    say("For ClickSend's SMS automations, each with the action URL; the token in them is a secret:");
    say(format_args!("token         {token}"));
    say(format_args!("inbound       {}", urls.inbound));
    say(format_args!("receipt       {}", urls.receipt));
    ExitCode::SUCCESS
}
