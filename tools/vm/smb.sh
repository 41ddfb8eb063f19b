# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=busybox
#
# An SMB server and its client in one guest, over SMB Direct and the RDMA device that
# tools/vm/rdma.sh makes, for jobs that have the lines
#   # Drivers: dummy rdma_cm cryptomgr aes ctr ccm gcm nls_utf8
#   # Kept: rdma_rxe siw rdma_rxe@xlat siw@siw smbdirect smbdirect@ulps ksmbd cifs
# To be sourced behind that.  $ulps says which of tools/modules/ulps is taken, if not that with phyr.

# smb_serve: shares /debian/srv, which is in memory.
smb_serve() {
	insmod "$(kept "smbdirect@${ulps:-ulps}")" && insmod /modules/ksmbd.ko && insmod /modules/cifs.ko || return 1
	mount -t tmpfs none /debian/run && mount -t tmpfs -o size=300m none /debian/srv || return 1
	# The kernel looks up the path, outside of the userland.
	cat >/tmp/ksmbd.conf <<-'END'
		[global]
		server signing = disabled
		[share]
		path = /debian/srv
		read only = no
		force user = root
	END
	: >/tmp/ksmbdpwd.db
	debian ksmbd.adduser -C /tmp/ksmbd.conf -P /tmp/ksmbdpwd.db -a -p secret somebody || return 1
	smb_start
}

smb_start() { debian ksmbd.mountd -C /tmp/ksmbd.conf -P /tmp/ksmbdpwd.db; }

smb_stop() { debian ksmbd.control -s; }

# smb_mount OPTIONS: at /mnt, by SMB Direct.
smb_mount() {
	mkdir -p /tmp/mnt
	debian mount.cifs //10.0.0.1/share /tmp/mnt -o "rdma,vers=3.1.1,username=somebody,password=secret,$1"
}

# smb_no_server: takes it away, and the modules.
smb_no_server() {
	smb_stop
	sleep 1
	rmmod cifs ksmbd smbdirect
}
