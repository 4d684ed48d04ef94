//! A test over HTTP: a sentence, and what to do with a server on one of the databases.

use std::fmt;

use super::{Engine, World};

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) run: Box<dyn Fn(Engine) + Send + Sync>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A test in the usual household, on a server of its own.
pub(crate) fn case(name: &str, run: fn(&World)) -> Case {
    case_on(name, move |engine| run(&World::household(engine)))
}

/// A test that brings up its own server.
pub(crate) fn case_on(name: &str, run: impl Fn(Engine) + Send + Sync + 'static) -> Case {
    Case { name: name.to_owned(), run: Box::new(run) }
}
