// SPDX-License-Identifier: GPL-2.0

//! The table of `Documentation/decisions.rst`, played through.
//!
//! `tools/decisions` writes the table anew; this test fails if what is there is not what the code
//! does.

use crate::fake::{entry, translated, Fake};
use phyr_host::plan::{
    class::{Class, Entry},
    cut::Cuts,
    error::Error,
    exec,
    limits::Limits,
    range::DmaRange,
    units::{BusOffset, Bytes},
};

const TABLE: &str = include_str!("../../../../Documentation/decisions.rst");

const BUS: Class = Class::Bus {
    provider: 1,
    offset: BusOffset::new(0),
};
const BRIDGE: Class = Class::Mmio { provider: 2 };

fn devices() -> Vec<(&'static str, Limits)> {
    vec![
        ("no IOMMU", Limits::DIRECT),
        (
            "no IOMMU, bounces all, 8 KiB at most",
            Limits {
                max_mapping: Some(Bytes::new(0x2000)),
                bounces_all: true,
                ..Limits::DIRECT
            },
        ),
        ("IOMMU", translated()),
        (
            "IOMMU, not trusted",
            Limits {
                trusted: false,
                max_mapping: Some(Bytes::new(0x2000)),
                ..translated()
            },
        ),
        (
            "IOMMU, not coherent",
            Limits {
                coherent: false,
                min_merge: Bytes::new(256),
                ..translated()
            },
        ),
        (
            "IOMMU, not coherent, REQUIRE_COHERENT",
            Limits {
                coherent: false,
                require_coherent: true,
                ..translated()
            },
        ),
        (
            "IOMMU, not trusted, no bounce buffers",
            Limits {
                trusted: false,
                bounces: false,
                ..translated()
            },
        ),
        (
            "IOMMU, segments of 2 KiB at most",
            Limits {
                cuts: Cuts::new(Bytes::new(0x800), u64::MAX),
                ..translated()
            },
        ),
        (
            "no IOMMU, segments of 2 KiB at most",
            Limits {
                cuts: Cuts::new(Bytes::new(0x800), u64::MAX),
                ..Limits::DIRECT
            },
        ),
        (
            "IOMMU, forced per run",
            Limits {
                per_run: true,
                ..translated()
            },
        ),
    ]
}

fn ram(paddr: u64, len: u64) -> Entry {
    entry(paddr, len, Class::Ram)
}

fn lists() -> Vec<(&'static str, Vec<Entry>)> {
    vec![
        ("one page", vec![ram(0x1000, 0x1000)]),
        ("part of a page", vec![ram(0x1200, 0x100)]),
        (
            "4 adjacent pages",
            (1..5).map(|page| ram(page << 12, 0x1000)).collect(),
        ),
        (
            "4 scattered pages",
            (1..5).map(|page| ram(page << 16, 0x1000)).collect(),
        ),
        (
            "4 scattered pieces of 2 KiB",
            (1..5)
                .map(|page| ram((page << 16) + 0x200, 0x800))
                .collect(),
        ),
        (
            "4 adjacent pieces of 64 bytes",
            (0..4)
                .map(|piece| ram(0x1000 + (piece << 6), 0x40))
                .collect(),
        ),
        (
            "page, peer below the same bridge, page",
            vec![
                ram(0x1000, 0x1000),
                entry(0x9_0000, 0x1000, BUS),
                ram(0x5000, 0x1000),
            ],
        ),
        (
            "page, peer behind the host bridge, page",
            vec![
                ram(0x1000, 0x1000),
                entry(0x9_0000, 0x1000, BRIDGE),
                ram(0x5000, 0x1000),
            ],
        ),
        (
            "peer below the same bridge",
            vec![entry(0x9_0000, 0x1000, BUS)],
        ),
        ("page of registers", vec![entry(0x9_0000, 0x1000, BRIDGE)]),
        (
            "part of a page of registers",
            vec![entry(0x9_0000, 0x100, BRIDGE)],
        ),
    ]
}

/// What was called and what came out, for one line of the table.
fn outcome(limits: &Limits, list: &[Entry]) -> [String; 4] {
    let mut device = Fake::of(limits);
    let mut out = vec![DmaRange::default(); 64];
    let result = exec::map(&mut device, list.iter().copied(), limits, &mut out);

    let mapped = match result {
        Ok(mapped) => mapped,
        Err(error) => return ["-".into(), "-".into(), refusal(error), String::new()],
    };
    let calls = device.calls;
    let strategy = format!("{:?}", mapped.effort.reason);
    let row = [
        strategy,
        match calls.alloc {
            0 => format!("{} map", calls.map),
            _ => format!(
                "{} alloc, {} link, {} sync",
                calls.alloc, calls.link, calls.sync
            ),
        },
        mapped.ranges.to_string(),
        match mapped.held {
            exec::Held::Nothing => "nothing",
            exec::Held::Iova { .. } => "the map",
            exec::Held::One(..) => "the map",
            exec::Held::Each(_) => "the ranges",
            exec::Held::Recorded { .. } => "the ranges and a record",
        }
        .into(),
    ];
    exec::unmap(&mut device, mapped.held, &out, mapped.ranges);
    assert!(device.is_clean());
    row
}

fn refusal(error: Error) -> String {
    format!("{error:?}")
}

/// The table, in reStructuredText.
fn table() -> String {
    let mut rows =
        vec![["device", "list", "reason", "calls", "ranges", "to be kept"].map(String::from)];
    for (device, limits) in devices() {
        for (list, entries) in lists() {
            let [strategy, calls, ranges, kept] = outcome(&limits, &entries);
            rows.push([device.into(), list.into(), strategy, calls, ranges, kept]);
        }
    }

    let widths: Vec<usize> = (0..6)
        .map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0))
        .collect();
    let rule = widths
        .iter()
        .map(|&width| "=".repeat(width))
        .collect::<Vec<_>>()
        .join("  ");
    let mut text = format!("{rule}\n");
    for (index, row) in rows.iter().enumerate() {
        let line = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:width$}"))
            .collect::<Vec<_>>()
            .join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
        if index == 0 {
            text.push_str(&format!("{rule}\n"));
        }
    }
    text + &rule + "\n"
}

#[test]
fn the_documentation_says_what_the_code_does() {
    let table = table();

    // For tools/decisions, which wants to see it.
    println!("{table}");
    assert!(
        TABLE.contains(&table),
        "Documentation/decisions.rst is out of date: run tools/decisions"
    );
}
