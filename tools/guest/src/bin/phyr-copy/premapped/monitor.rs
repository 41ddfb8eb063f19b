// SPDX-License-Identifier: GPL-2.0

//! QEMU's monitor, which is behind the second serial port: QMP.

use std::{
    fs::File,
    io::{Error, Read, Result, Write},
    mem::MaybeUninit,
    os::fd::AsRawFd,
    time::{Duration, Instant},
};

const PORT: &str = "/dev/ttyS1";

/// How long what was asked for may take: to unplug a device, five seconds and more.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// A connection.
pub struct Monitor {
    port: File,
    /// What was read and has no line's end yet.
    begun: Vec<u8>,
    /// Events that nobody has waited for yet.
    events: Vec<String>,
}

impl Monitor {
    /// Connects, once in the life of a guest.
    pub fn open() -> Result<Self> {
        let port = File::options().read(true).write(true).open(PORT)?;
        be_raw(&port)?;
        let mut monitor = Self {
            port,
            begun: Vec::new(),
            events: Vec::new(),
        };

        monitor.begin_anew()?;
        monitor.execute("qmp_capabilities", "")?;
        Ok(monitor)
    }

    /// Until the port was raw it sent back what QEMU greets with. QEMU forgets what it has of a
    /// command when it reads this byte, which is in no JSON.
    fn begin_anew(&mut self) -> Result<()> {
        self.port.write_all(&[0xff])?;
        while self.port.read(&mut [0; 256])? > 0 {}
        Ok(())
    }

    /// Plugs a controller in, named `id`, behind the root port `port`.
    pub fn plug(&mut self, id: &str, port: &str) -> Result<()> {
        let arguments = format!(r#""driver": "lsi53c895a", "id": "{id}", "bus": "{port}""#);

        self.execute("device_add", &arguments)
    }

    /// Asks the guest to let go of a controller.
    pub fn unplug(&mut self, id: &str) -> Result<()> {
        self.execute("device_del", &format!(r#""id": "{id}""#))
    }

    /// Waits until a controller is no longer there.
    pub fn wait_for_end_of(&mut self, id: &str) -> Result<()> {
        let device = format!(r#""device": "{id}""#);
        let is_its_end =
            |event: &String| event.contains("DEVICE_DELETED") && event.contains(&device);
        let until = Instant::now() + TIME_LIMIT;

        while !self.events.iter().any(is_its_end) {
            self.take_line(until)?;
        }
        self.events.retain(|event| !is_its_end(event));
        Ok(())
    }

    fn execute(&mut self, command: &str, arguments: &str) -> Result<()> {
        let until = Instant::now() + TIME_LIMIT;

        writeln!(
            self.port,
            r#"{{"execute": "{command}", "arguments": {{{arguments}}}}}"#
        )?;
        loop {
            match self.take_line(until)? {
                Some(line) if line.contains(r#""return""#) => return Ok(()),
                Some(line) if line.contains(r#""error""#) => {
                    return Err(Error::other(format!("QEMU refuses {command}: {line}")))
                }
                _ => (),
            }
        }
    }

    /// Reads on, and returns a line if one has ended that is no event.
    fn take_line(&mut self, until: Instant) -> Result<Option<String>> {
        let mut bytes = [0; 256];

        if Instant::now() > until {
            return Err(Error::other(format!(
                "QEMU's monitor at {PORT} says nothing"
            )));
        }
        let Some(end) = self.begun.iter().position(|&byte| byte == b'\n') else {
            // At most a second, and it may be nothing.
            let nr = self.port.read(&mut bytes)?;
            self.begun.extend(&bytes[..nr]);
            return Ok(None);
        };
        let line: Vec<u8> = self.begun.drain(..=end).collect();
        let line = String::from_utf8_lossy(&line).into_owned();
        if line.contains(r#""event""#) {
            self.events.push(line);
            return Ok(None);
        }
        Ok(Some(line))
    }
}

/// Neither echoes nor changes bytes, and has reads end after a second.
fn be_raw(port: &File) -> Result<()> {
    let mut how = MaybeUninit::uninit();
    // SAFETY: `how` may be written.
    if unsafe { libc::tcgetattr(port.as_raw_fd(), how.as_mut_ptr()) } != 0 {
        return Err(Error::last_os_error());
    }
    // SAFETY: It was just written.
    let mut how = unsafe { how.assume_init() };

    // SAFETY: `how` is valid.
    unsafe { libc::cfmakeraw(&mut how) };
    how.c_cc[libc::VMIN] = 0;
    how.c_cc[libc::VTIME] = 10;
    // SAFETY: `how` is valid.
    match unsafe { libc::tcsetattr(port.as_raw_fd(), libc::TCSAFLUSH, &how) } {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}
