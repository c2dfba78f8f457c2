//! What was said in a call, piece by piece.

use domain::calls::{Conversation, Line, Speaker};
use serde::Serialize;
use utoipa::ToSchema;

/// Who spoke, or that something was looked up or done.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Role {
    /// The voice agent.
    Agent,
    /// The person at the other end.
    User,
    /// Somebody to whom the call was handed on.
    TransferTarget,
    /// A function that the agent called.
    Tool,
}

/// Something said, or a function that the agent called.
#[derive(Serialize, ToSchema)]
pub struct Turn {
    /// `null` where the transcript does not tell.
    #[schema(required, value_type = Option<Role>)]
    role: Option<Role>,
    /// What was said; of a tool, its name.
    #[schema(example = "Good morning.")]
    text: String,
    /// When it began, in seconds of the call; `null` where Retell did not tell.
    #[schema(required, minimum = 0, example = 0.5)]
    start: Option<f64>,
    /// When it ended, the same way.
    #[schema(required, minimum = 0, example = 1.25)]
    end: Option<f64>,
}

impl Turn {
    /// A transcript, and turns as they are stored, in order.
    pub fn all(transcript: Option<&str>, turns: Option<&str>) -> Vec<Self> {
        Conversation::read(transcript, turns).lines.into_iter().map(Self::of).collect()
    }

    fn of(line: Line) -> Self {
        match line {
            Line::Said { speaker, text, start, end } => {
                let role = speaker.map(|speaker| match speaker {
                    Speaker::Assistant => Role::Agent,
                    Speaker::Caller => Role::User,
                    Speaker::Other => Role::TransferTarget,
                });
                Self { role, text, start: start.map(seconds), end: end.map(seconds) }
            }
            Line::Tool(name) => Self { role: Some(Role::Tool), text: name, start: None, end: None },
        }
    }
}

/// Of milliseconds within a call: a day at most, which a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
