//! The throw-away Postgres ends with the process that started it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are what fails it")]

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn it_ends_when_the_process_is_killed() {
    let (mut process, address) = start();
    assert!(TcpStream::connect(&address).is_ok(), "{address} answers");
    process.kill().unwrap();
    process.wait().unwrap();
    assert_gone(&address);
}

#[test]
fn it_ends_when_the_process_ends() {
    let (mut process, address) = start();
    drop(process.stdin.take());
    assert!(process.wait().unwrap().success());
    assert_gone(&address);
}

fn start() -> (Child, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_throwaway-postgres"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let address = url.split(['@', '/']).nth(3).unwrap_or_else(|| panic!("no URL: {url:?}"));
    (process, address.to_owned())
}

fn assert_gone(address: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline, "{address} still answers");
        std::thread::sleep(Duration::from_millis(50));
    }
}
