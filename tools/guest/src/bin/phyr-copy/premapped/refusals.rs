// SPDX-License-Identifier: GPL-2.0

//! What the driver must refuse of registered buffers, and with which errno.

use crate::device::{Device, Register, Registered, ANY, MAX_BUFFERS, MAX_IOVECS};
use phyr_guest::{
    ktap::Suite,
    memory::{Memory, Piece, PAGE},
};
use std::io::{Error, Result};

/// An address that no process has memory at.
const WILD: u64 = 0x10_dead_0000;

pub fn test(suite: &mut Suite) {
    if let Err(error) = registrations(suite).and_then(|()| copies(suite)) {
        suite.report("set_up", Err::<&str, _>(error));
    }
}

fn registrations(suite: &mut Suite) -> Result<()> {
    let device = Device::open()?;
    let memory = Memory::pages(PAGE)?;
    let constant = Memory::read_only(PAGE)?;
    let page = [memory.piece(0, PAGE)];
    let whole = Register {
        iovecs: page.as_ptr() as u64,
        nr: 1,
        flags: 0,
    };
    let requests = [
        (
            "wild_list",
            Register {
                iovecs: WILD,
                ..whole
            },
            libc::EFAULT,
        ),
        ("no_pieces", Register { nr: 0, ..whole }, libc::EINVAL),
        (
            "too_many_pieces",
            Register {
                nr: MAX_IOVECS + 1,
                ..whole
            },
            libc::E2BIG,
        ),
        (
            "unknown_flags",
            Register { flags: 2, ..whole },
            libc::EINVAL,
        ),
    ];

    for (name, request, errno) in requests {
        suite.refused(name, device.register_as(request), errno);
    }
    let wild = Piece {
        base: WILD,
        len: PAGE as u64,
    };
    suite.refused("wild_memory", device.register(&[wild], false), libc::EFAULT);
    let constant = [constant.piece(0, PAGE)];
    suite.refused(
        "memory_is_read_only",
        device.register(&constant, true),
        libc::EFAULT,
    );

    suite.report("as_many_as_may_be", fill(&device, &page));
    suite.refused("one_too_many", device.register(&page, false), libc::ENOSPC);
    suite.report("one_less", device.unregister(7).map(|()| "7"));
    suite.refused("unregistered_twice", device.unregister(7), libc::ENOENT);
    suite.report(
        "the_next_has_its_index",
        match device.register(&page, false)? {
            7 => Ok("7"),
            index => Err(Error::other(format!("it has {index}"))),
        },
    );
    suite.refused(
        "no_such_index",
        device.unregister(MAX_BUFFERS),
        libc::ENOENT,
    );
    Ok(())
}

fn fill(device: &Device, page: &[Piece]) -> Result<String> {
    for index in 0..MAX_BUFFERS {
        if device.register(page, false)? != index {
            return Err(Error::other(format!("another index than {index}")));
        }
    }
    Ok(format!("{MAX_BUFFERS} buffers"))
}

fn copies(suite: &mut Suite) -> Result<()> {
    let device = Device::open()?;
    let memory = Memory::pages(2 * PAGE)?;
    let half = PAGE as u64 / 2;
    let src = device.register(&[memory.piece(0, PAGE)], false)?;
    let dst = device.register(&[memory.piece(PAGE, PAGE)], true)?;
    let whole = Registered {
        src,
        dst,
        len: PAGE as u64,
        engine: ANY,
        ..Registered::default()
    };
    let requests = [
        (
            "no_such_source",
            Registered { src: 9, ..whole },
            libc::ENOENT,
        ),
        (
            "no_such_destination",
            Registered {
                dst: u32::MAX,
                ..whole
            },
            libc::ENOENT,
        ),
        ("no_bytes", Registered { len: 0, ..whole }, libc::EINVAL),
        (
            "too_long",
            Registered {
                len: PAGE as u64 + 1,
                ..whole
            },
            libc::EINVAL,
        ),
        (
            "source_ends_before",
            Registered {
                src_offset: 1,
                ..whole
            },
            libc::EINVAL,
        ),
        (
            "destination_ends_before",
            Registered {
                dst_offset: 1,
                ..whole
            },
            libc::EINVAL,
        ),
        (
            "offset_overflows",
            Registered {
                src_offset: u64::MAX,
                ..whole
            },
            libc::EINVAL,
        ),
        (
            "overlapping",
            Registered {
                src: dst,
                src_offset: half - 1,
                len: half,
                ..whole
            },
            libc::EINVAL,
        ),
        (
            "reserved",
            Registered {
                reserved: 1,
                ..whole
            },
            libc::EINVAL,
        ),
        (
            "no_such_engine",
            Registered {
                engine: ANY - 1,
                ..whole
            },
            libc::ENODEV,
        ),
    ];

    for (name, request, errno) in requests {
        suite.refused(name, device.copy_registered(request), errno);
    }
    Ok(())
}
