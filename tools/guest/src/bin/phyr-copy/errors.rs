// SPDX-License-Identifier: GPL-2.0

//! What the driver must refuse, and with which errno.

use crate::device::{Device, Request, MAX_BYTES, MAX_IOVECS};
use phyr_guest::{
    ktap::Suite,
    memory::{Memory, Piece, PAGE},
    pinned::nothing_pinned,
};
use std::io::Result;

/// An address that no process has memory at.
const WILD: u64 = 0x10_dead_0000;
/// An address in the kernel's half.
const KERNEL: u64 = 0xffff_8880_0000_0000;

/// Tests every refusal, and that a copy still works afterwards.
pub fn test() -> Suite {
    let mut suite = Suite::new("phyr_copy_errors");
    let (device, memory, constant) = match set_up() {
        Ok(things) => things,
        Err(error) => {
            suite.report("set_up", Err::<&str, _>(error));
            return suite;
        }
    };
    let page = |index: usize| memory.piece(index * PAGE, PAGE);
    let at = |base: u64, len: u64| Piece { base, len };

    let pieces: [(&str, Piece, Piece, i32); 15] = [
        ("wild_source", at(WILD, 4096), page(1), libc::EFAULT),
        ("wild_destination", page(0), at(WILD, 4096), libc::EFAULT),
        ("null_source", at(0, 4096), page(1), libc::EFAULT),
        ("kernel_source", at(KERNEL, 4096), page(1), libc::EFAULT),
        (
            "kernel_destination",
            page(0),
            at(KERNEL, 4096),
            libc::EFAULT,
        ),
        (
            "destination_is_read_only",
            page(0),
            constant.piece(0, PAGE),
            libc::EFAULT,
        ),
        (
            "source_runs_out_of_memory",
            memory.piece(0, 4 * PAGE).longer(PAGE),
            page(1).longer(4 * PAGE),
            libc::EFAULT,
        ),
        (
            "no_bytes",
            at(memory.address(0), 0),
            at(memory.address(PAGE), 0),
            libc::EINVAL,
        ),
        (
            "lengths_differ",
            page(0),
            memory.piece(PAGE, PAGE - 1),
            libc::EINVAL,
        ),
        (
            "source_overflows",
            at(u64::MAX - 10, 4096),
            page(1),
            libc::EINVAL,
        ),
        (
            "source_ends_at_the_end",
            at(u64::MAX - 4095, 4095),
            page(1),
            libc::EFAULT,
        ),
        (
            "length_overflows",
            at(memory.address(0), u64::MAX),
            page(1),
            libc::EINVAL,
        ),
        (
            "length_is_negative",
            at(memory.address(0), 1 << 63),
            page(1),
            libc::E2BIG,
        ),
        (
            "source_is_huge",
            at(memory.address(0), MAX_BYTES as u64 + 1),
            page(1),
            libc::E2BIG,
        ),
        (
            "destination_is_huge",
            page(0),
            at(memory.address(0), MAX_BYTES as u64 + 1),
            libc::E2BIG,
        ),
    ];
    for (name, src, dst, errno) in pieces {
        suite.refused(name, device.copy(&[src], &[dst]).map(drop), errno);
    }

    let (src, dst) = ([page(0)], [page(1)]);
    let whole = Request::new(&src, &dst);
    let requests: [(&str, Request, i32); 6] = [
        ("wild_list", Request { src: WILD, ..whole }, libc::EFAULT),
        (
            "kernel_list",
            Request {
                dst: KERNEL,
                ..whole
            },
            libc::EFAULT,
        ),
        (
            "empty_lists",
            Request {
                src_nr: 0,
                dst_nr: 0,
                ..whole
            },
            libc::EINVAL,
        ),
        (
            "too_many_pieces",
            Request {
                src_nr: MAX_IOVECS + 1,
                ..whole
            },
            libc::E2BIG,
        ),
        (
            "list_length_overflows",
            Request {
                src_nr: u32::MAX,
                ..whole
            },
            libc::E2BIG,
        ),
        (
            "list_runs_out_of_memory",
            Request {
                src: memory.address(memory.len()) - size_of::<Piece>() as u64,
                src_nr: 2,
                ..whole
            },
            libc::EFAULT,
        ),
    ];
    for (name, request, errno) in requests {
        suite.refused(name, device.send(request).map(drop), errno);
    }

    suite.refused("wild_request", device.send_at(WILD), libc::EFAULT);
    suite.refused("null_request", device.send_at(0), libc::EFAULT);
    suite.refused("unknown_ioctl", device.ioctl(0x1234, 0), libc::ENOTTY);

    suite.report("nothing_stays_pinned", nothing_pinned());
    let report = device.copy(&[page(0)], &[page(1)]);
    suite.report(
        "a_copy_still_works",
        report.map(|report| format!("{} bytes", report.bytes)),
    );
    suite
}

fn set_up() -> Result<(Device, Memory, Memory)> {
    Ok((
        Device::open()?,
        Memory::before_a_hole(4 * PAGE)?,
        Memory::read_only(PAGE)?,
    ))
}
