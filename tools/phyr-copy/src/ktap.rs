// SPDX-License-Identifier: GPL-2.0

//! Test results in the kernel's format, KTAP.

use std::fmt::Display;

/// A group of tests.
pub struct Suite {
    ran: usize,
    failed: usize,
}

impl Suite {
    /// Starts a group.
    pub fn new(name: &str) -> Self {
        println!("KTAP version 1");
        println!("# {name}");
        Self { ran: 0, failed: 0 }
    }

    /// Reports a test. What it says, on success or on failure, is shown beside its name.
    pub fn report<T: Display, E: Display>(&mut self, name: &str, result: Result<T, E>) {
        self.ran += 1;
        let number = self.ran;
        match result {
            Ok(what) => println!("ok {number} {name} # {what}"),
            Err(why) => {
                self.failed += 1;
                println!("not ok {number} {name} # {why}");
            }
        }
    }

    /// Ends the group. Says whether all of it passed.
    pub fn end(self) -> bool {
        println!("1..{}", self.ran);
        self.ran > 0 && self.failed == 0
    }
}
