//! A fresh database for each test.

use std::path::Path;

use tempfile::TempDir;

use super::Engine;

#[derive(Debug)]
pub(crate) struct Database {
    url: String,
    folder: TempDir,
}

impl Database {
    pub(crate) fn create(engine: Engine) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let url = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.path().join("convene.db").display()),
            Engine::Postgres => testkit::postgres::fresh_database(),
        };
        Self { url, folder }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A place for files of the test.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}
