//! `convene deliver`: a scheduling message that came another way, for somebody who has an account.

use std::io::Read as _;

use anyhow::Context;
use calendar::{CalendarAddress, Message};
use clap::Args;
use scheduling::intercept::Writing;

use super::{explain, output::Output, with_store};
use crate::{clock, config::Config, database};

#[derive(Debug, Args)]
pub(super) struct Deliver {
    /// Address of who sent it, as it was proved by whatever brought it
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    from: CalendarAddress,
    /// Address of who gets it; an account here
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    to: CalendarAddress,
    /// File with the iTIP message, or - for standard input
    file: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

fn address(written: &str) -> Result<CalendarAddress, String> {
    CalendarAddress::parse(written)
        .map_err(|_| format!("`{written}` is no address of anybody. Write it as NAME@DOMAIN."))
}

impl Deliver {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        let limits = config.limits.calendar();
        let octets = read(&self.file, limits.max_resource_size)?;
        let message = Message::parse(&octets, &limits)
            .with_context(|| format!("`{}` is not an iTIP message", self.file))?;
        with_store(config, async |store| {
            let from = self.from.as_str();
            let writing = Writing {
                principal: store::PrincipalId::new(0),
                caller: from,
                client: "convene deliver",
                request_id: "deliver",
                now: clock::now(),
            };
            let door = database::door(&store, config)?;
            let journal = door.deliver(&writing, &self.from, &self.to, &message).await?;
            if self.json {
                return out.json(&journal);
            }
            out.text(&explain::tell_journal(&journal))
        })
    }
}

/// The whole message, if it is not longer than an object may be.
fn read(file: &str, limit: usize) -> anyhow::Result<Vec<u8>> {
    let unreadable = || format!("`{file}` cannot be read");
    let mut octets = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    if file == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut octets).with_context(unreadable)?;
    } else {
        let open = std::fs::File::open(file).with_context(unreadable)?;
        open.take(most).read_to_end(&mut octets).with_context(unreadable)?;
    }
    Ok(octets)
}
