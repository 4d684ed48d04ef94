//! Tables of requests that must be refused: every row is tried, and all that failed are told at once.

use super::client::{Response, says_something};

#[derive(Debug, Default)]
pub(crate) struct Table {
    problems: Vec<String>,
}

impl Table {
    /// The answer has one of these statuses, names one of these preconditions in a D:error (RFC 4918 16) if there
    /// are any, and says in a sentence what is wrong.
    pub(crate) fn refused(
        &mut self,
        row: &str,
        answer: &Response,
        statuses: &[u16],
        preconditions: &[&str],
    ) {
        if let Some(problem) = problem(answer, statuses, preconditions) {
            self.problems.push(format!("{row}: {problem}\n{answer}"));
        }
    }

    /// The answer has one of these statuses.
    pub(crate) fn status(&mut self, row: &str, answer: &Response, statuses: &[u16]) {
        if !statuses.contains(&answer.status()) {
            self.problems
                .push(format!("{row}: expected one of the statuses {statuses:?}\n{answer}"));
        }
    }

    #[track_caller]
    pub(crate) fn end(self) {
        assert!(
            self.problems.is_empty(),
            "{} rows failed\n\n{}",
            self.problems.len(),
            self.problems.join("\n")
        );
    }
}

fn problem(answer: &Response, statuses: &[u16], preconditions: &[&str]) -> Option<String> {
    if !statuses.contains(&answer.status()) {
        return Some(format!("expected one of the statuses {statuses:?}"));
    }
    if preconditions.is_empty() {
        let text = String::from_utf8_lossy(answer.body());
        return (!says_something(&text)).then(|| "expected a sentence".to_owned());
    }
    let error = match crate::harness::xml::Element::parse(answer.body()) {
        Ok(error) if error.name == "D:error" => error,
        Ok(_) | Err(_) => return Some(format!("expected a D:error with one of {preconditions:?}")),
    };
    if !preconditions.iter().any(|precondition| error.child(precondition).is_some()) {
        return Some(format!("expected one of the preconditions {preconditions:?}"));
    }
    (!says_something(&error.all_text())).then(|| "expected a sentence".to_owned())
}
