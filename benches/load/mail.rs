//! A mail server that takes everything and takes its time: what others would do with our messages is not
//! what is measured.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::Context;

/// From the end of a mail to its acceptance.
const ACCEPTS_AFTER: Duration = Duration::from_millis(50);

/// Starts it; it ends with the process.
pub fn start() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").context("listen as a mail server")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || converse(&stream));
        }
    });
    Ok(address)
}

/// As much of SMTP as a client needs that sends mails one after the other.
fn converse(stream: &TcpStream) -> std::io::Result<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    writer.write_all(b"220 localhost ESMTP\r\n")?;
    let (mut line, mut is_data) = (String::new(), false);
    while reader.read_line(&mut line)? > 0 {
        let answer = match (is_data, line.trim_end()) {
            (true, ".") => {
                thread::sleep(ACCEPTS_AFTER);
                is_data = false;
                "250 taken\r\n"
            }
            (true, _) => "",
            (false, "DATA") => {
                is_data = true;
                "354 go ahead\r\n"
            }
            (false, _) => "250 ok\r\n",
        };
        writer.write_all(answer.as_bytes())?;
        line.clear();
    }
    Ok(())
}
