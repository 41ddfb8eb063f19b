# SPDX-License-Identifier: GPL-2.0
#
# For kunit.py --qemu_config: a PC with VT-d and the device that the suites map for.
# CONFIG_TRACEPOINTS is needed to see what the IOMMU is asked for.
from ..qemu_config import QemuArchParams

QEMU_ARCH = QemuArchParams(linux_arch='x86_64',
			   kconfig='''
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y
CONFIG_PCI_MSI=y
CONFIG_INTEL_IOMMU=y
CONFIG_FTRACE=y
CONFIG_ENABLE_DEFAULT_TRACERS=y''',
			   qemu_arch='x86_64',
			   kernel_path='arch/x86/boot/bzImage',
			   kernel_command_line='console=ttyS0 intel_iommu=on iommu.strict=1 swiotlb=force',
			   extra_qemu_params=['-bios', 'qboot.rom',
					      '-machine', 'q35',
					      '-device', 'intel-iommu',
					      '-device', 'edu'])
