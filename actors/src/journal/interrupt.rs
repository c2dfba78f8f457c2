//! The seam at which tests stop the journal, lose its connection or make it fall.

use std::future::Future;
use std::pin::Pin;

/// Where a writer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// A batch is gathered, nothing is sent.
    BeforeCommit,
    /// The database has answered, nobody is told.
    AfterCommit,
}

/// What happens there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Continue,
    /// The connection is lost; the writer cannot know what became of the statement.
    LoseConnection,
    /// The writer falls.
    Panic,
}

/// Asked at every [`Point`]. Waiting inside holds the writer.
pub trait Interrupt: Send + Sync + 'static {
    /// What is to happen at `point`.
    fn at(&self, point: Point) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>>;
}

/// Nothing ever happens: production.
#[derive(Debug, Clone, Copy, Default)]
pub struct Never;

impl Interrupt for Never {
    fn at(&self, _: Point) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>> {
        Box::pin(std::future::ready(Verdict::Continue))
    }
}
