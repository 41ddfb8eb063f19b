// SPDX-License-Identifier: GPL-2.0

//! A server in a process of its own, for tests.

use phyr_guest::memory::Memory;
use std::{
    env,
    fs::File,
    io::{BufRead, BufReader, Error, Read, Result},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, Stdio},
};

/// A server, and the file that it serves.
pub struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    path: String,
}

impl Server {
    /// Starts one that serves `bytes` bytes, all of them 0, and waits until it listens.
    pub fn start(addr: SocketAddr, bytes: u64) -> Result<Self> {
        let path = format!("/tmp/served-{}", addr.port());
        File::create(&path)?.set_len(bytes)?;
        let mut process = Command::new(env::current_exe()?)
            .args(["serve", &addr.to_string(), &path])
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process
            .stdout
            .take()
            .ok_or_else(|| Error::other("no output"))?;
        let mut server = Self {
            process,
            output: BufReader::new(output),
            path,
        };
        let mut line = String::new();

        server.output.read_line(&mut line)?;
        match line.trim_end() {
            "listening" => Ok(server),
            other => Err(Error::other(format!("the server said {other:?}"))),
        }
    }

    /// The memory that it serves.
    pub fn memory(&self) -> Result<Memory> {
        let file = File::options().read(true).write(true).open(&self.path)?;
        let bytes = file.metadata()?.len() as usize;

        Memory::file(&file, 0, bytes, true)
    }

    /// Ends it as an administrator would. Returns what it has counted.
    pub fn stop(mut self) -> Result<Counted> {
        crate::device::send_signal(self.process.id(), libc::SIGTERM)?;
        let mut said = String::new();
        self.output.read_to_string(&mut said)?;

        match self.process.wait()?.success() {
            true => Ok(Counted(said)),
            false => Err(Error::other(format!("the server failed: {said}"))),
        }
    }

    /// Has it die at once.
    pub fn kill(mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait().map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_file(&self.path);
    }
}

/// What a server says at its end.
pub struct Counted(String);

impl Counted {
    /// The number that is called so.
    pub fn get(&self, name: &str) -> Result<u64> {
        self.0
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
            .ok_or_else(|| Error::other(format!("the server has not counted {name}")))
    }
}
