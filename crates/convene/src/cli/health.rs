//! `convene health`: the probe of a container that has no other client in it.

use std::{
    io::{Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

use anyhow::{Context, bail};

use super::output::Output;
use crate::{config::Config, serve};

const PATIENCE: Duration = Duration::from_secs(2);

/// Asks `/healthz` of the server that these settings describe. Of one with TLS it only sees whether
/// the port is open: its certificate is made out for the name that others use.
pub(super) fn run(config: &Config, mut out: Output) -> anyhow::Result<()> {
    let listen = &config.listen;
    let address = listen
        .to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
        .with_context(|| format!("`listen` is {listen}, which is no address"))?;
    let mut stream = TcpStream::connect_timeout(&serve::reachable(address), PATIENCE)
        .with_context(|| format!("No server answers at {listen}"))?;
    if !config.is_tls() {
        let answer =
            ask(&mut stream).with_context(|| format!("The server at {listen} does not answer"))?;
        let status = answer.lines().next().unwrap_or_default().to_owned();
        if !status.contains(" 200") {
            bail!("The server at {listen} is not well: {status}");
        }
    }
    out.line("ok")
}

fn ask(stream: &mut TcpStream) -> std::io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer)?;
    Ok(answer)
}
