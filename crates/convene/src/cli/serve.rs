//! `convene serve`.

use std::{fmt::Write as _, net::SocketAddr};

use anyhow::Context;
use clap::Args;
use tokio::{
    runtime,
    signal::unix::{Signal, SignalKind, signal},
};
use tracing::{info, warn};

use super::output::Output;
use crate::{
    clock,
    config::{Config, DatabaseUrl},
    demo, logs,
    serve::{Reach, Running, Server},
};

/// Threads for work that blocks: hashes, and what the runtime itself needs.
const BLOCKING_THREADS: usize = 16;

#[derive(Debug, Default, Args)]
pub(super) struct Serve {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<String>,
    /// Make accounts to try it with (alice, bob, carol, a room), on this machine only
    #[arg(long)]
    demo: bool,
}

impl Serve {
    pub(super) fn run(self, mut config: Config, out: Output) -> anyhow::Result<()> {
        if self.demo && config.database == DatabaseUrl::default() {
            // The accounts of the demo have known passwords: they stay out of the data that a server
            // without --demo would serve to others.
            config.database = DatabaseUrl::in_default_folder("demo.db");
        }
        logs::start(&config.log, config.log_format)?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = if config.worker_threads == 0 { processors } else { config.worker_threads };
        runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .max_blocking_threads(BLOCKING_THREADS)
            .enable_all()
            .build()
            .context("The threads of the server cannot be started")?
            .block_on(self.serve(&config, out))
    }

    async fn serve(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        // Before anything is open, so that a signal during the start ends it in good order as well.
        let stop = StopSignals::listen()?;
        let reach = if self.demo { Reach::LoopbackOnly } else { Reach::Anyone };
        let running = Server::start_within(config, clock::system_clock(), reach).await?;
        if self.demo {
            demo::prepare(running.store(), running.passwords(), clock::now()).await?;
            out.text(&demo_greeting(&running))?;
        } else {
            out.text(&greeting(&running, config).await?)?;
        }
        warn_of_plain_http(config, running.addr);
        info!(listen = %running.addr, database = %config.database, "serving");
        let signal = stop.wait().await;
        info!(signal, "stopping");
        running.stop().await;
        info!("stopped");
        Ok(())
    }
}

struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("SIGINT cannot be awaited")?,
            terminate: signal(SignalKind::terminate()).context("SIGTERM cannot be awaited")?,
        })
    }

    async fn wait(mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

/// RFC 7617 4: Basic credentials are readable for whoever sees the connection.
fn warn_of_plain_http(config: &Config, addr: SocketAddr) {
    if !config.is_tls() && !addr.ip().is_loopback() && config.trusted_proxies.is_empty() {
        warn!(
            listen = %addr,
            "passwords go over the network unencrypted: set tls_cert and tls_key, or put a proxy with TLS in front and name it in trusted_proxies"
        );
    }
}

/// What to do next, when nobody has an account yet; else one line.
async fn greeting(running: &Running, config: &Config) -> anyhow::Result<String> {
    let url = running.url();
    let everywhere = if running.addr.ip().is_unspecified() {
        "and at all other addresses of this machine, "
    } else {
        ""
    };
    let mut text =
        format!("convene serves {url} {everywhere}with its data in {}\n", config.database);
    if running.store().read().await?.list_principals(None, 1).await?.is_empty() {
        let named = config.database.to_string();
        let database = if config.database == DatabaseUrl::default() {
            String::new()
        } else if named == config.database.as_str() {
            format!(" --database {named}")
        } else {
            // Its password is not for the screen.
            " --database URL  (or CONVENE_DATABASE, as for this server)".to_owned()
        };
        write!(
            text,
            "\nThere are no accounts yet. Make one, in another terminal:\n\n    \
             convene user add alice --email alice@example.com{database}\n\n\
             Then give your calendar program the address {url} and that name and password.\n\
             To only try it: convene serve --demo\n"
        )?;
    }
    Ok(text)
}

fn demo_greeting(running: &Running) -> String {
    let url = running.url();
    let people: String = demo::PEOPLE
        .iter()
        .map(|(name, _)| format!("    {name:<6} password {name:<6} {}\n", demo::email(name)))
        .collect();
    let room =
        format!("{} ({}), accepts while it is free", demo::ROOM.0, demo::email(demo::ROOM.0));
    format!(
        "convene serves {url} for a demo, on this machine only.\n\n\
         Accounts:\n{people}Room: {room}\n\n\
         Give your calendar program the address {url} with one of these names, or try it here.\n\
         Alice invites Bob:\n\n{invite}\n\
         What Bob has, in his calendar and in his inbox:\n\n{look}\n\
         README.md goes on from here. Ctrl-C stops the server.\n",
        invite = invite_command(&url),
        look = look_commands(&url),
    )
}

fn invite_command(url: &str) -> String {
    format!(
        "    curl -u alice:alice -X PUT -H 'Content-Type: text/calendar' \\\n      \
         --data-binary @- {url}dav/calendars/alice/calendar/lunch.ics <<END\n\
         BEGIN:VCALENDAR\n\
         VERSION:2.0\n\
         PRODID:-//example//curl//EN\n\
         BEGIN:VEVENT\n\
         UID:lunch@example.com\n\
         DTSTAMP:20260101T000000Z\n\
         DTSTART:20270301T120000Z\n\
         DTEND:20270301T130000Z\n\
         SUMMARY:Lunch\n\
         ORGANIZER:mailto:alice@example.com\n\
         ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com\n\
         ATTENDEE;RSVP=TRUE:mailto:bob@example.com\n\
         END:VEVENT\n\
         END:VCALENDAR\n\
         END\n"
    )
}

fn look_commands(url: &str) -> String {
    ["calendar", "inbox"]
        .map(|collection| {
            format!(
                "    curl -u bob:bob -X PROPFIND -H 'Depth: 1' {url}dav/calendars/bob/{collection}/\n"
            )
        })
        .concat()
}
