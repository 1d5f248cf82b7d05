# What is true of this host. Needs a POSIX shell, cat, date, df, ls and uname; prints sections that begin with a marker line.
# Arguments are questions of the form KIND:VALUE; see `asked` below for the kinds.
# Whatever a host lacks leaves its section empty: the reader decides what that means.
LC_ALL=C
export LC_ALL
section() { echo "=====sealer-fact $1====="; }
# The values of all questions of one kind; they hold no spaces.
asked() {
    kind=$1
    shift
    for question do
        case $question in "$kind":*) echo "${question#*:}" ;; esac
    done
}
has() { command -v "$1" >/dev/null 2>&1; }
# Nothing that might hang may hold up the rest.
within() {
    seconds=$1
    shift
    if has timeout; then timeout "$seconds" "$@"; fi
}
# Each program that is started costs a host a millisecond or more, and a check asks hundreds of things: what the shell can do by itself it
# does by itself, and nothing is asked twice. Functions answer in a variable where an answer on a stream would take a process.

# The file system that will hold a path is the one of its nearest ancestor that exists: in $place.
ancestor() {
    place=$1
    while [ -n "$place" ] && [ ! -e "$place" ]; do place=${place%/*}; done
    place=${place:-/}
}
# What `df` says of a folder, in $blocks and $files: of each folder once.
count=0
room() {
    number=0
    while [ $number -lt $count ]; do
        eval "known=\$place_$number blocks=\$blocks_$number files=\$files_$number"
        if [ "$known" = "$1" ]; then return; fi
        number=$((number + 1))
    done
    blocks=$(df -Pk "$1" 2>/dev/null)
    files=$(df -Pi "$1" 2>/dev/null)
    eval "place_$count=\$1 blocks_$count=\$blocks files_$count=\$files"
    count=$((count + 1))
}
# The file of a kernel setting, in $file.
setting() {
    file=/proc/sys
    rest=$1
    while [ "${rest#*.}" != "$rest" ]; do
        file=$file/${rest%%.*}
        rest=${rest#*.}
    done
    file=$file/$rest
}

# first, because it is compared with the time at which the question was asked
section clock; date +%s
section machine; uname -m
section kernel; uname -r
section hostname; uname -n
section static-hostname; cat /etc/hostname 2>/dev/null
section os-release; cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null
section machine-id; cat /etc/machine-id 2>/dev/null
section product; cat /sys/class/dmi/id/product_uuid 2>/dev/null
section processors; cat /proc/cpuinfo 2>/dev/null
section memory; cat /proc/meminfo 2>/dev/null
section disk
for path in $(asked disk "$@"); do
    ancestor "$path"
    room "$place"
    printf 'path %s\n%s\ninodes %s\n%s\n' "$path" "$blocks" "$path" "$files"
done
section mounts; cat /proc/self/mounts 2>/dev/null
section writes
for path in $(asked write "$@"); do
    ancestor "$path"
    file=$place/.sealer-write-$$
    writes=0
    # seconds since the host was booted, without a process for each look at the clock
    read -r now rest </proc/uptime
    end=$((${now%.*} + 4))
    while [ $writes -lt 50 ] && [ "${now%.*}" -lt $end ]; do
        dd if=/dev/zero of="$file" bs=2300 count=1 conv=notrunc oflag=dsync 2>&1
        writes=$((writes + 1))
        read -r now rest </proc/uptime
    done
    rm -f "$file"
done
section leftovers
for path in $(asked leftover "$@"); do
    if [ -e "$path" ] || [ -L "$path" ]; then echo "$path"; fi
done
section network-files; ls /etc/cni/net.d 2>/dev/null
section listening; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
section addresses4; cat /proc/net/fib_trie 2>/dev/null
section addresses6; cat /proc/net/if_inet6 2>/dev/null
section links
for link in /sys/class/net/*; do
    mac='' mtu=''
    [ -e "$link/mtu" ] || continue
    read -r mac <"$link/address"
    read -r mtu <"$link/mtu"
    echo "${link##*/} $mtu $mac"
done 2>/dev/null
section routes4; cat /proc/net/route 2>/dev/null
section routes6; cat /proc/net/ipv6_route 2>/dev/null
section hosts; cat /etc/hosts 2>/dev/null
section own-name; if has getent; then within 3 getent ahosts "$(uname -n)" 2>/dev/null; echo asked; fi
section resolver; cat /etc/resolv.conf 2>/dev/null
# Looking at tables of the packet filter that nobody uses would load modules; so only those are looked at that are there, as a module, as
# a part of the kernel, or because the kernel knows no modules at all.
filter_is_there() {
    if [ -d /sys/module/nf_tables ] || [ ! -e /proc/modules ]; then return 0; fi
    case "$(cat "/lib/modules/$(uname -r)/modules.builtin" 2>/dev/null)" in *"/nf_tables.ko"*) return 0 ;; esac
    return 1
}
section filter
if filter_is_there && has nft; then within 5 nft list ruleset 2>/dev/null; fi
# the newer iptables keeps its rules there, too, and comes without nft on many hosts
if has iptables-save; then
    if [ -s /proc/net/ip_tables_names ] || { filter_is_there && ! has nft; }; then within 5 iptables-save 2>/dev/null; fi
fi
section virtual-services; cat /proc/net/ip_vs 2>/dev/null
section systemd; [ -d /run/systemd/system ] && echo yes
section units
if has systemctl; then
    asked unit "$@"
    echo =
    # shellcheck disable=SC2046 -- one word each
    within 10 systemctl is-active $(asked unit "$@") 2>/dev/null
fi
section installed-units
# shellcheck disable=SC2046 -- one word each
if has systemctl; then within 10 systemctl list-unit-files --no-legend --no-pager $(asked unit "$@") 2>/dev/null; fi
section programs
for program in $(asked program "$@"); do
    if has "$program"; then
        printf '%s ' "$program"
        command -v "$program"
    fi
done
# A proxy's value may hold a password: only that there is one leaves the host.
section docker
case "$(cat /etc/systemd/system/docker.service 2>/dev/null)" in *"docker of the sealer cluster"*) echo ours ;; esac
if has docker && [ -S /var/run/docker.sock ]; then
    within 5 docker info --format '{{println "version" .ServerVersion}}{{println "storage" .Driver}}{{println "cgroup" .CgroupDriver}}{{println "swarm" .Swarm.LocalNodeState}}{{if or .HTTPProxy .HTTPSProxy}}{{println "proxy yes"}}{{end}}{{range .SecurityOptions}}{{println "option" .}}{{end}}' 2>/dev/null
fi
section cgroup; [ -e /sys/fs/cgroup/cgroup.controllers ] && echo 2
section controllers; cat /sys/fs/cgroup/cgroup.controllers 2>/dev/null || cat /proc/cgroups 2>/dev/null
section status; cat /proc/self/status 2>/dev/null
section filesystems; cat /proc/filesystems 2>/dev/null
section modules
ls /sys/module 2>/dev/null
[ -d /proc/sys/net/bridge ] && echo br_netfilter
section modules-folder; [ -d "/lib/modules/$(uname -r)" ] && echo yes
section modules-blocked; cat /etc/modprobe.d/*.conf /run/modprobe.d/*.conf 2>/dev/null
section settings
for key in $(asked setting "$@"); do
    setting "$key"
    # not `read`: some shells read single bytes, and the kernel gives a setting at once or not at all
    if [ -r "$file" ]; then echo "$key $(cat "$file")"; fi
done 2>/dev/null
section settings-files
for file in /etc/sysctl.d/*.conf /etc/sysctl.conf; do
    [ -r "$file" ] && { echo "file $file"; cat "$file"; echo; }
done
section selinux; cat /sys/fs/selinux/enforce 2>/dev/null
section apparmor; cat /sys/module/apparmor/parameters/enabled 2>/dev/null
section time-zone; readlink /etc/localtime 2>/dev/null || cat /etc/timezone 2>/dev/null
# timedatectl would say it, too, but it has a service of its own started on the host, which stays for half a minute.
section synchronised
if [ -e /run/systemd/timesync/synchronized ]; then
    echo NTPSynchronized=yes
elif [ -d /run/systemd/timesync ]; then
    echo NTPSynchronized=no
elif has chronyc; then
    case "$(within 3 chronyc -n tracking 2>/dev/null)" in
        *"Leap status"*"Not synchronised"*) echo NTPSynchronized=no ;;
        *"Leap status"*) echo NTPSynchronized=yes ;;
    esac
fi
section ssh; if has sshd; then within 5 sshd -T 2>/dev/null; elif [ -x /usr/sbin/sshd ]; then within 5 /usr/sbin/sshd -T 2>/dev/null; fi
# Proxies' values may hold passwords: only their names leave the host, but for the lists of exceptions.
section proxies
{
    for file in /etc/environment /etc/profile /etc/profile.d/*.sh /etc/systemd/system.conf; do
        [ -r "$file" ] && { echo "file $file"; cat "$file"; echo; }
    done
    if has systemctl; then echo "file systemd"; within 5 systemctl show-environment 2>/dev/null; fi
} | while IFS= read -r line; do
    case $line in
    "file "*) place=${line#file } ;;
    *"#"*) ;;
    *_[pP][rR][oO][xX][yY]=*://*) echo "$place ${line%%=*}=" ;;
    *[nN][oO]_[pP][rR][oO][xX][yY]=*) echo "$place $line" ;;
    *_[pP][rR][oO][xX][yY]=*) echo "$place ${line%%=*}=" ;;
    esac
done
section reboot; [ -e /run/reboot-required ] && echo yes
# A port that nobody listens on refuses, and that is an answer: only what lies between the hosts can be silent.
section reach
knock() {
    said=$(timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>&1)
    echo "$1 $2 $? $(echo $said)"
}
if has bash && has timeout; then
    running=0
    for peer in $(asked peer "$@"); do
        knock "${peer%,*}" "${peer##*,}" &
        running=$((running + 1))
        if [ $running -ge 32 ]; then wait; running=0; fi
    done
    wait
fi
section ledger; cat /var/lib/sealer/ledger.json 2>/dev/null
section end
