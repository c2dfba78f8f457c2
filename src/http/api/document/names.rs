//! Names of operations: generated clients call their functions so.
//!
//! A handler may give a name of its own, with a capital letter in it; without one it follows from
//! the method and the path, and so stays as long as they do. What utoipa takes for a name, that of
//! the function, is the same for many.

use utoipa::openapi::path::Operation;

/// Segments that say nothing about what is done.
const GROUPS: [&str; 3] = ["", "api", "auth"];

/// Names an operation that has no name of its own.
pub fn give(operation: &mut Operation, method: &str, path: &str) {
    let own = operation.operation_id.take().filter(|name| name.contains(char::is_uppercase));
    operation.operation_id = Some(own.unwrap_or_else(|| follow(method, path)));
}

/// `listCalls`, `getCall`, `createAppointment`, `suspendCustomer`.
fn follow(method: &str, path: &str) -> String {
    let segments: Vec<&str> = path.split('/').filter(|segment| !GROUPS.contains(segment)).collect();
    let is_parameter = |segment: &&str| segment.starts_with('{');
    let mut words = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        if !is_parameter(segment) {
            let is_of_one = segments.get(index + 1).is_some_and(is_parameter);
            words.push(if is_of_one { one_of(segment) } else { (*segment).to_owned() });
        }
    }
    let is_one = segments.last().is_some_and(is_parameter);
    let is_list = !is_one && words.last().is_some_and(|word| word.ends_with('s'));
    let verb = match method {
        "get" if is_list => "list".to_owned(),
        "put" | "patch" => "update".to_owned(),
        "post" if is_list => {
            if let Some(last) = words.last_mut() {
                *last = one_of(last);
            }
            "create".to_owned()
        }
        // What is posted to no list is done: the last word is the deed.
        "post" if !is_one => words.pop().unwrap_or_default(),
        "post" => "create".to_owned(),
        method => method.to_owned(),
    };
    let mut name = String::new();
    for word in std::iter::once(verb).chain(words) {
        for part in word.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
            let (first, rest) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
            match name.is_empty() {
                true => name.push_str(first),
                false => name.push_str(&first.to_uppercase()),
            }
            name.push_str(rest);
        }
    }
    name
}

fn one_of(plural: &str) -> String {
    let one = plural.strip_suffix("ies").map(|stem| format!("{stem}y"));
    one.unwrap_or_else(|| plural.strip_suffix('s').unwrap_or(plural).to_owned())
}

#[cfg(test)]
mod tests {
    use super::follow;

    #[test]
    fn names_follow_from_what_is_done_to_what() {
        for (method, path, name) in [
            ("get", "/api/calls", "listCalls"),
            ("get", "/api/calls/{id}", "getCall"),
            ("put", "/api/appointments/{id}", "updateAppointment"),
            ("post", "/api/blocked-dates", "createBlockedDate"),
            ("delete", "/api/auth/tokens/{id}", "deleteToken"),
            ("post", "/api/admin/customers/{id}/suspend", "suspendAdminCustomer"),
            ("get", "/api/billing/transactions/export.csv", "getBillingTransactionsExportCsv"),
            ("get", "/api/calls/{id}/recording", "getCallRecording"),
            ("get", "/api/categories/{id}", "getCategory"),
        ] {
            assert_eq!(follow(method, path), name);
        }
    }
}
