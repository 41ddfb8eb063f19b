// SPDX-License-Identifier: GPL-2.0

//! The parts of the LSI 53C895A that move memory.
//!
//! Reference: LSI53C895A PCI to Ultra2 SCSI Controller Technical Manual, 4.2 (registers) and 5.5
//! (memory move instructions); QEMU's hw/scsi/lsi53c895a.c.

use kernel::{
    io::{
        poll::read_poll_timeout,
        Io, //
    },
    pci,
    prelude::*,
    time::Delta, //
};

/// PCI device ID; the vendor is LSI Logic.
pub(crate) const DEVICE_ID: u32 = 0x0012;
/// Width of the addresses in a memory move instruction.
pub(crate) const DMA_BITS: u32 = 32;
/// The BAR with the operating registers in memory space.
pub(crate) const REGISTER_BAR: u32 = 1;

/// Most bytes that one memory move instruction moves: whole pages, in a count of 24 bits.
pub(crate) const MAX_MOVE: u32 = 0x00ff_f000;
/// Most memory moves in one script. QEMU puts off scripts of several hundred instructions.
pub(crate) const MAX_MOVES: usize = 64;

/// 32-bit words of the longest script: its memory moves, and the interrupt that ends it.
pub(crate) const SCRIPT_WORDS: usize = MAX_MOVES * 3 + 2;

/// First word of a memory move instruction, less the count.
const MEMORY_MOVE: u32 = 0xc000_0000;
/// The interrupt instruction, unconditional. Its second word turns up in `DSPS`.
const INTERRUPT: u32 = 0x9808_0000;
/// The second word that means "done".
const DONE: u32 = 0x7068_7972;

// Operating registers.
const DSTAT: usize = 0x0c;
const ISTAT: usize = 0x14;
const DSP: usize = 0x2c;
const DSPS: usize = 0x30;
const DIEN: usize = 0x39;

/// Bytes of operating registers that are used.
pub(crate) const REGISTERS: usize = 0x80;

/// `DSTAT`: the script executed an interrupt instruction.
const DSTAT_SCRIPT_INTERRUPT: u8 = 0x04;
/// `ISTAT`: there is something in `DSTAT`.
const ISTAT_DMA_INTERRUPT_PENDING: u8 = 0x01;
/// `ISTAT`: reset the chip. Stops a script.
const ISTAT_SOFTWARE_RESET: u8 = 0x40;

const POLL_INTERVAL: Delta = Delta::from_micros(10);
const TIME_LIMIT: Delta = Delta::from_secs(2);

/// The operating registers.
pub(crate) type Registers<'a> = pci::Bar<'a, REGISTERS>;

/// One memory move instruction.
#[derive(Clone, Copy)]
pub(crate) struct Move {
    /// DMA address to read from.
    pub(crate) src: u32,
    /// DMA address to write to.
    pub(crate) dst: u32,
    /// Bytes, at most [`MAX_MOVE`].
    pub(crate) len: u32,
}

/// Writes a script that performs at most [`MAX_MOVES`] of `moves` and then interrupts.
///
/// Returns its length in words and how many moves are in it.
pub(crate) fn assemble(
    script: &mut [u32; SCRIPT_WORDS],
    moves: impl Iterator<Item = Result<Move>>,
) -> Result<(usize, usize)> {
    let mut words = script.iter_mut();
    let mut count = 0;
    let mut put = |word: u32| -> Result {
        *words.next().ok_or(EINVAL)? = word.to_le();
        Ok(())
    };

    for instruction in moves.take(MAX_MOVES) {
        let Move { src, dst, len } = instruction?;
        put(MEMORY_MOVE | len)?;
        put(src)?;
        put(dst)?;
        count += 1;
    }
    put(INTERRUPT)?;
    put(DONE)?;

    Ok((count * 3 + 2, count))
}

/// Resets the chip. No DMA is under way afterwards.
pub(crate) fn reset(registers: &Registers<'_>) {
    registers.write8(ISTAT_SOFTWARE_RESET, ISTAT);
    registers.write8(0, ISTAT);
    registers.write8(0, DIEN);
    // The writes are posted; a read waits for them to arrive.
    let _ = registers.read8(ISTAT);
}

/// Whether the chip does not answer, for it is no longer there. While it runs a script, and
/// afterwards, `DSP` has the address of an instruction.
fn is_gone(registers: &Registers<'_>) -> bool {
    matches!(registers.read32(DSP), 0 | u32::MAX)
}

/// Runs the script at DMA address `script`, which is not 0, and waits for its end.
///
/// # Errors
///
/// `ENODEV` if the chip is no longer there, `ETIMEDOUT` if it did not end in time, `EIO` if it
/// stopped at an instruction. No DMA is under way afterwards, whatever the result.
pub(crate) fn run(registers: &Registers<'_>, script: u32) -> Result {
    // Reading clears what an earlier script left.
    let _ = registers.read8(DSTAT);
    registers.write32(script, DSP);

    let ended = read_poll_timeout(
        || match is_gone(registers) {
            true => Err(ENODEV),
            false => Ok(registers.read8(ISTAT)),
        },
        |istat| istat & ISTAT_DMA_INTERRUPT_PENDING != 0,
        POLL_INTERVAL,
        TIME_LIMIT,
    );
    if let Err(error) = ended {
        reset(registers);
        return Err(error);
    }

    let done = registers.read8(DSTAT) & DSTAT_SCRIPT_INTERRUPT != 0;
    if !done || registers.read32(DSPS) != DONE {
        reset(registers);
        return Err(if is_gone(registers) { ENODEV } else { EIO });
    }
    Ok(())
}
