# What is true of this host. Needs a POSIX shell, cat, date, df, ls and uname; prints sections that begin with a marker line.
# Arguments: paths whose free space is wanted, then "--", then paths that would be left over from another cluster.
# Whatever a host lacks leaves its section empty: the reader decides what that means.
LC_ALL=C
export LC_ALL
section() { echo "=====sealer-fact $1====="; }

section machine; uname -m
section kernel; uname -r
section hostname; uname -n
section os-release; cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null
section machine-id; cat /etc/machine-id 2>/dev/null
section processors; cat /proc/cpuinfo 2>/dev/null
section memory; cat /proc/meminfo 2>/dev/null
section disk
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    # The file system that will hold the path is the one of its nearest ancestor that exists.
    place=$1
    while [ -n "$place" ] && [ ! -e "$place" ]; do place=${place%/*}; done
    echo "path $1"
    df -Pk "${place:-/}" 2>/dev/null
    shift
done
[ "$1" = -- ] && shift
section leftovers
for path do
    if [ -e "$path" ] || [ -L "$path" ]; then echo "$path"; fi
done
section listening; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
section addresses4; cat /proc/net/fib_trie 2>/dev/null
section addresses6; cat /proc/net/if_inet6 2>/dev/null
section clock; date +%s
section systemd; [ -d /run/systemd/system ] && echo yes
section cgroup; [ -e /sys/fs/cgroup/cgroup.controllers ] && echo 2
section status; cat /proc/self/status 2>/dev/null
section filesystems; cat /proc/filesystems 2>/dev/null
section modules
ls /sys/module 2>/dev/null
[ -d /proc/sys/net/bridge ] && echo br_netfilter
section ledger; cat /var/lib/sealer/ledger.json 2>/dev/null
section end
