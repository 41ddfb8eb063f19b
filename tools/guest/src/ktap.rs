// SPDX-License-Identifier: GPL-2.0

//! Test results in the kernel's format, KTAP.

use std::fmt::Display;

/// A group of tests.
pub struct Suite {
    name: &'static str,
    lines: Vec<String>,
    failed: usize,
}

impl Suite {
    /// Starts a group.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            lines: Vec::new(),
            failed: 0,
        }
    }

    /// Reports a test. What it says, on success or on failure, is shown beside its name.
    pub fn report<T: Display, E: Display>(&mut self, name: &str, result: Result<T, E>) {
        let number = self.lines.len() + 1;
        self.lines.push(match result {
            Ok(what) => format!("ok {number} {name} # {what}"),
            Err(why) => {
                self.failed += 1;
                format!("not ok {number} {name} # {why}")
            }
        });
    }

    /// Reports a test that was not run, and why.
    pub fn skip(&mut self, name: &str, why: &str) {
        let number = self.lines.len() + 1;
        self.lines.push(format!("ok {number} {name} # SKIP {why}"));
    }

    /// Reports a test that passes if the kernel has refused something, with error `errno`.
    pub fn refused<T>(&mut self, name: &str, result: std::io::Result<T>, errno: i32) {
        self.report(
            name,
            match result {
                Err(error) if error.raw_os_error() == Some(errno) => Ok(error.to_string()),
                Err(error) => Err(error.to_string()),
                Ok(_) => Err("not refused".to_string()),
            },
        );
    }

    fn passed(&self) -> bool {
        !self.lines.is_empty() && self.failed == 0
    }
}

/// Runs groups of tests and prints their results. Says whether all of them passed.
pub fn run(suites: &[&dyn Fn() -> Suite]) -> bool {
    println!("KTAP version 1\n1..{}", suites.len());

    let mut passed = true;
    for (number, suite) in (1..).zip(suites) {
        let suite = suite();

        println!("    KTAP version 1\n    # Subtest: {}", suite.name);
        println!("    1..{}", suite.lines.len());
        for line in &suite.lines {
            println!("    {line}");
        }
        let result = if suite.passed() { "ok" } else { "not ok" };
        println!("{result} {number} {}", suite.name);
        passed &= suite.passed();
    }
    passed
}
