//! `convene simulate FILE`: a story of a meeting, played by the scheduling engine alone.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use scheduling::simulator;

use super::output::Output;

#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// File with the story; crates/scheduling/stories has examples, and a README that says what can stand in one
    file: PathBuf,
}

impl Simulate {
    pub(super) fn run(self, mut out: Output) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("`{}` cannot be read", self.file.display()))?;
        let told = simulator::play(&text)
            .with_context(|| format!("`{}` does not go as it says", self.file.display()))?;
        told.iter().try_for_each(|line| out.line(line))
    }
}
