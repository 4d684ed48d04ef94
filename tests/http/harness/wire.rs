//! HTTP/1.1 over a plain socket (RFC 9112): what a test says is sent, octet for octet, and what comes back is
//! read without the help of any library that the server uses.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any answer may take on a busy machine; a server that hangs is a failed test.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// All values of a header, joined as RFC 9110 5.2 joins lines of the same name.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// One connection, kept alive between exchanges.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends the octets of a request and reads its answer. A server may answer and close before it has read a
    /// body that is too large, so a failed write is not yet a failed exchange.
    pub(crate) fn exchange(&mut self, method: &str, request: &[u8]) -> io::Result<Answer> {
        let written = self.stream.get_mut().write_all(request);
        match self.read_answer(method) {
            Ok(answer) => Ok(answer),
            Err(error) => Err(written.err().unwrap_or(error)),
        }
    }

    /// Sends octets and reads nothing.
    pub(crate) fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(octets)
    }

    /// Reads the next answer, passing over interim ones.
    pub(crate) fn read_answer(&mut self, method: &str) -> io::Result<Answer> {
        loop {
            let mut answer = self.read_head()?;
            if (100..200).contains(&answer.status) {
                continue;
            }
            answer.body = self.read_body(method, &answer)?;
            return Ok(answer);
        }
    }

    /// The status of the next answer, interim or not, without a body.
    pub(crate) fn read_interim(&mut self) -> io::Result<u16> {
        self.read_head().map(|answer| answer.status)
    }

    fn read_head(&mut self) -> io::Result<Answer> {
        let status_line = self.read_line()?;
        let status = status_line
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3))
            .and_then(|code| code.parse().ok())
            .ok_or_else(|| malformed(&format!("status line {status_line:?}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.read_line()?;
            if line.is_empty() {
                return Ok(Answer { status, headers, body: Vec::new() });
            }
            let (name, value) =
                line.split_once(':').ok_or_else(|| malformed(&format!("header line {line:?}")))?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// RFC 9112 6.3: how long the body is.
    fn read_body(&mut self, method: &str, answer: &Answer) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if method == "HEAD" || matches!(answer.status, 204 | 304) {
            return Ok(body);
        }
        if answer.header("Transfer-Encoding").is_some_and(|coding| coding == "chunked") {
            return self.read_chunks();
        }
        match answer.header("Content-Length") {
            Some(length) => {
                let length = length.parse().map_err(|_| malformed("Content-Length"))?;
                body.resize(length, 0);
                self.stream.read_exact(&mut body)?;
            }
            None => {
                self.stream.read_to_end(&mut body)?;
            }
        }
        Ok(body)
    }

    fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.read_line()?;
            let size = line.split(';').next().unwrap_or_default();
            let size =
                usize::from_str_radix(size.trim(), 16).map_err(|_| malformed("chunk size"))?;
            if size == 0 {
                while !self.read_line()?.is_empty() {}
                return Ok(body);
            }
            let start = body.len();
            body.resize(start + size, 0);
            self.stream.read_exact(&mut body[start..])?;
            if !self.read_line()?.is_empty() {
                return Err(malformed("chunk without an end"));
            }
        }
    }

    fn read_line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the server closed the connection",
            ));
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        String::from_utf8(line).map_err(|_| malformed("a header that is not UTF-8"))
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed answer: {what}"))
}
