# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=busybox
#
# An NFS server and its client in one guest, over the RDMA device that tools/vm/rdma.sh makes, for
# jobs that have the lines
#   # Drivers: dummy rdma_cm nfsd nfsv4
#   # Kept: rdma_rxe siw rdma_rxe@xlat siw@siw rpcrdma rpcrdma@ulps
# To be sourced behind that.  $ulps says which of tools/modules/ulps is taken, if not that with phyr.

nfsd=/debian/proc/fs/nfsd

# nfs_serve: exports /srv, which is in memory.
nfs_serve() {
	[ -e /sys/module/rpcrdma ] || insmod "$(kept "rpcrdma@${ulps:-ulps}")" || return 1
	for folder in run var/lib/nfs; do mount -t tmpfs none /debian/$folder || return 1; done
	mount -t tmpfs -o size=400m none /debian/srv || return 1
	mkdir -p /debian/run/rpc_pipefs /debian/run/lock /debian/var/lib/nfs/nfsdcld /debian/var/lib/nfs/sm
	: >/debian/var/lib/nfs/etab
	: >/debian/var/lib/nfs/rmtab
	mount -t rpc_pipefs none /debian/run/rpc_pipefs || return 1
	mount -t nfsd none $nfsd || return 1
	debian rpcbind && debian nfsdcld || return 1
	debian exportfs -i -o rw,fsid=0,no_root_squash,insecure,no_subtree_check,async '*:/srv' || return 1
	debian rpc.mountd -N 3 || return 1
	echo "-3 +4 +4.1 +4.2" >$nfsd/versions
	echo 10 >$nfsd/nfsv4leasetime
	echo 10 >$nfsd/nfsv4gracetime
	nfs_start
}

nfs_start() {
	echo "rdma 20049" >$nfsd/portlist && echo 8 >$nfsd/threads
}

nfs_stop() {
	echo 0 >$nfsd/threads
}

# nfs_mount OPTIONS: at /mnt.
nfs_mount() {
	mkdir -p /tmp/mnt
	debian mount.nfs4 10.0.0.1:/ /tmp/mnt -o "proto=rdma,port=20049,vers=4.2,sec=sys,rsize=1048576,wsize=1048576,$1"
}

# nfs_no_server: takes it away, and its module.
nfs_no_server() {
	nfs_stop
	debian exportfs -ua
	killall rpc.mountd nfsdcld rpcbind
	sleep 1
	umount $nfsd
	umount /debian/run/rpc_pipefs
	rmmod rpcrdma
}
