//! Whose calls somebody sees.

use domain::ids::{CustomerId, UserId};
use domain::search::Mark;
use sqlx::{PgConnection, Postgres, QueryBuilder};

/// Which calls somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of the customer.
    All,
    /// Those of the agents and called numbers of this user, and those given to them by hand; not
    /// those given to somebody else.
    Of(UserId),
}

/// Why somebody owns a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It was spoken by an agent of theirs.
    Agent,
    /// It came in on a number of theirs.
    CalledNumber,
    /// It was given to them by hand.
    Assigned,
}

/// A user with what is theirs.
pub(super) struct Owner {
    user: UserId,
    agents: Vec<String>,
    numbers: Vec<String>,
}

impl Scope {
    /// Who has to own a call; `None` where all are seen.
    pub(super) async fn owner(
        &self,
        connection: &mut PgConnection,
        customer: CustomerId,
    ) -> Result<Option<Owner>, sqlx::Error> {
        const OWNED: &str = "
select array(select agent_id from user_agents where customer_id = $1 and user_id = $2),
       array(select number from user_numbers where customer_id = $1 and user_id = $2)";
        let Self::Of(user) = self else { return Ok(None) };
        let owned = sqlx::query_as(OWNED).bind(customer.0).bind(&user.0);
        let (agents, numbers) = owned.fetch_one(&mut *connection).await?;
        Ok(Some(Owner { user: user.clone(), agents, numbers }))
    }
}

impl Owner {
    /// Whose calls are theirs in this way: agents, numbers, or the user.
    pub(super) fn names(&self, kind: Kind) -> &[String] {
        match kind {
            Kind::Agent => &self.agents,
            Kind::CalledNumber => &self.numbers,
            Kind::Assigned => std::slice::from_ref(&self.user.0),
        }
    }

    /// What the search knows their calls by.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let agents = self.agents.iter().cloned().map(Mark::Agent);
        let numbers = self.numbers.iter().cloned().map(Mark::CalledNumber);
        [Mark::Assignee(self.user.0.clone())].into_iter().chain(agents).chain(numbers).collect()
    }

    /// Whether they are this user.
    pub(super) fn is(&self, user: &str) -> bool {
        self.user.0 == user
    }

    /// Whether an agent is theirs, or a number that was called.
    pub(super) fn has_agent_or_number(&self, agent: Option<&str>, called_number: Option<&str>) -> bool {
        let has = |theirs: &[String], name: Option<&str>| {
            name.is_some_and(|name| theirs.iter().any(|one| one == name))
        };
        has(&self.agents, agent) || has(&self.numbers, called_number)
    }

    /// Of calls that are found anyhow, only theirs.
    pub(super) fn push_is_theirs(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" and coalesce((select a.user_id = ")
            .push_bind(self.user.0.clone())
            .push(" from call_assignees a where a.customer_id = c.customer_id and a.call_id = c.id), ");
        self.push_agent_or_number(sql);
        sql.push(")");
    }

    /// Of calls that are found anyhow, only those of their agents and numbers, whoever has them.
    pub(super) fn push_has_agent_or_number(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" and (");
        self.push_agent_or_number(sql);
        sql.push(")");
    }

    fn push_agent_or_number(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("c.agent_id = any(")
            .push_bind(self.agents.clone())
            .push(") or c.direction = 'inbound' and c.to_number = any(")
            .push_bind(self.numbers.clone())
            .push(")");
    }
}
