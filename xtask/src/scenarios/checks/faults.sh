# What faults are made of on a stand-in host. Each word has an opposite that begins with `un_`, takes the same arguments, and does no
# harm where there is nothing to take back. Sourced before the faults of a host.
KEPT=/run/faults
mkdir -p "$KEPT"

mounted() { grep -q "$1" /proc/self/mounts; }

# A service of that name runs.
unit() { systemd-run --quiet --unit="$1" /bin/sleep infinity; }
un_unit() { systemctl stop "$1" 2>/dev/null || true; }

# Somebody listens on a port.
port() { systemd-run --quiet --unit="listener-$1" --socket-property="ListenStream=$1" /bin/sleep infinity; }
un_port() { systemctl stop "listener-$1.socket" "listener-$1.service" 2>/dev/null || true; }

# A file reads otherwise: sed changes a copy, which is mounted over it. Files of the kernel can be changed in no other way.
text() {
    copy=$KEPT/text$(echo "$1" | tr / -)
    if ! mounted " $1 "; then
        cat "$1" >"$copy"
        mount --bind "$copy" "$1"
    fi
    sed -E "$2" "$copy" >"$copy.new"
    cat "$copy.new" >"$copy"
}
un_text() { while mounted " $1 "; do umount "$1"; done; }

links() {
    for entry in "$1"/*; do ln -s "$entry" "$2/"; done
}
top_of() {
    case $1 in
    /proc/sys/*) echo /proc/sys ;;
    *) echo "$1" | cut -d / -f 1-3 ;;
    esac
}
# The kernel says something in a file below /proc/sys or /sys, whether it has that file or not: its folders are shown once more, as
# folders of links to all that was there, and then there is room for one file more.
says() {
    top=$(top_of "$1")
    root=/$(echo "$1" | cut -d / -f 2)
    if ! mounted " $KEPT$root "; then
        mkdir -p "$KEPT$root"
        mount --rbind "$root" "$KEPT$root"
        mount --make-rprivate "$KEPT$root"
    fi
    if ! mounted "^says $top "; then
        mount -t tmpfs says "$top"
        links "$KEPT$top" "$top"
    fi
    folder=$top
    for part in $(dirname "${1#"$top"/}" | tr / ' '); do
        folder=$folder/$part
        if [ -L "$folder" ]; then
            whole=$(readlink "$folder")
            rm "$folder"
            mkdir "$folder"
            links "$whole" "$folder"
        fi
        mkdir -p "$folder"
    done
    rm -f "$1"
    echo "$2" >"$1"
}
un_says() {
    top=$(top_of "$1")
    while mounted "^says $top "; do umount --lazy "$top"; done
    for root in /proc /sys; do
        if mounted " $KEPT$root " && ! mounted "^says $root/"; then umount --recursive --lazy "$KEPT$root"; fi
    done
}

made() { [ -d "$1" ] || { mkdir -p "$1" && echo "$1" >>"$KEPT/made"; }; }
unmade() { if grep -qsx "$1" "$KEPT/made"; then rmdir "$1" 2>/dev/null || true; fi; }

# A folder is a disk of its own, with these options.
disk() {
    made "$1"
    mount -t tmpfs -o "$2" fault "$1"
}
un_disk() {
    while mounted "^fault $1 "; do umount --lazy "$1"; done
    unmade "$1"
}

# A folder is an overlay, as it is where containers hold containers.
overlay() {
    mkdir -p "$KEPT/overlay"
    mount -t tmpfs -o size=16m fault "$KEPT/overlay"
    mkdir "$KEPT/overlay/upper" "$KEPT/overlay/work"
    made "$1"
    mount -t overlay -o "lowerdir=/usr/share,upperdir=$KEPT/overlay/upper,workdir=$KEPT/overlay/work" fault "$1"
}
un_overlay() {
    un_disk "$1"
    un_disk "$KEPT/overlay"
}

# A folder is a small disk that takes so many writes a second; every synchronous write of a file is two.
slow() {
    folder=/sys/fs/cgroup/blkio
    [ -d $folder ] || { echo "a slow disk needs control groups of version 1" && return 1; }
    [ -e /dev/loop-control ] || mknod -m 600 /dev/loop-control c 10 237
    for number in 0 1 2 3 4 5 6 7; do
        [ -e /dev/loop$number ] || mknod -m 600 /dev/loop$number b 7 $number
    done
    truncate --size=64M "$KEPT/disk"
    mkfs.ext4 -q "$KEPT/disk"
    device=$(losetup --find --show "$KEPT/disk")
    echo "$device" >"$KEPT/device"
    made "$1"
    mount "$device" "$1"
    echo "7:${device#/dev/loop} $2" >$folder/blkio.throttle.write_iops_device
}
un_slow() {
    [ -e "$KEPT/device" ] || return 0
    device=$(cat "$KEPT/device")
    echo "7:${device#/dev/loop} 0" >/sys/fs/cgroup/blkio/blkio.throttle.write_iops_device
    while mounted "^$device "; do umount "$1"; done
    losetup --detach "$device"
    rm "$KEPT/device" "$KEPT/disk"
    unmade "$1"
}

# A program of that name, before the system's own.
program() {
    printf '#!/bin/sh\n%s\n' "$2" >"/usr/local/bin/$1"
    chmod 755 "/usr/local/bin/$1"
}
un_program() { rm -f "/usr/local/bin/$1"; }

# The clock is so many seconds ahead: no host in a container has one of its own, so it is the program that tells it.
clock() {
    # shellcheck disable=SC2016 -- the program's own variables
    program date 'case $* in +%s) echo $(($(/bin/date +%s) + '"$1"')) ;; *) exec /bin/date "$@" ;; esac'
}
un_clock() { un_program date; }

# The SSH server, and all that it starts, are of another personality: another machine, and a kernel of long ago.
personality() {
    mkdir -p /run/systemd/system/ssh.service.d
    printf '[Service]\nExecStart=\nExecStart=%s /usr/sbin/sshd -D\n' "$1" >/run/systemd/system/ssh.service.d/fault.conf
    systemctl daemon-reload
    systemctl restart ssh.service
}
un_personality() {
    rm -rf /run/systemd/system/ssh.service.d
    systemctl daemon-reload
    systemctl restart ssh.service
}

# A user who may log in as root does, and whose sudo leads to nobody else.
user() {
    useradd --create-home "$1"
    usermod --password "$(getent shadow root | cut -d : -f 2)" "$1"
    # shellcheck disable=SC2016 -- the program's own variables
    program sudo '[ "$1" = -n ] && shift; exec "$@"'
}
un_user() {
    un_program sudo
    if getent passwd "$1" >/dev/null; then userdel --remove "$1" 2>/dev/null; fi
}

# A file holds these lines and no others.
lines() {
    copy=$KEPT/text$(echo "$1" | tr / -)
    printf '%b' "$2" >"$copy"
    if ! mounted " $1 "; then mount --bind "$copy" "$1"; fi
}
un_lines() { un_text "$1"; }

# A device is swapped to, and stays so until swapoff ends it. Real swap would be the whole machine's.
swap() {
    touch /etc/fstab
    cp /etc/fstab "$KEPT/fstab"
    echo "/dev/$1 none swap sw 0 0" >>/etc/fstab
    text /proc/swaps "\$a /dev/$1 partition 1048572 0 -2"
    text /proc/meminfo 's/^SwapTotal:.*/SwapTotal: 1048576 kB/'
    program swapoff "new=\$(sed /fault/d /proc/swaps); echo \"\$new\" >/proc/swaps
new=\$(sed 's/^SwapTotal:.*/SwapTotal: 0 kB/' /proc/meminfo); echo \"\$new\" >/proc/meminfo"
    program swapon "echo '/dev/$1 partition 1048572 0 -2' >>/proc/swaps
new=\$(sed 's/^SwapTotal:.*/SwapTotal: 1048576 kB/' /proc/meminfo); echo \"\$new\" >/proc/meminfo"
}
un_swap() {
    un_program swapoff
    un_program swapon
    un_text /proc/swaps
    un_text /proc/meminfo
    cat "$KEPT/fstab" >/etc/fstab
}

# A file system is not there before modprobe loads it.
module() {
    text /proc/filesystems "/$1/d"
    disk /sys/module size=1m
    made "/usr/lib/modules/$(uname -r)"
    program modprobe "case \$1 in
-r) new=\$(sed /$1/d /proc/filesystems); echo \"\$new\" >/proc/filesystems ;;
*) echo 'nodev $1' >>/proc/filesystems ;;
esac"
}
un_module() {
    un_program modprobe
    unmade "/usr/lib/modules/$(uname -r)"
    un_disk /sys/module
    un_text /proc/filesystems
}

# A service is installed and does not run.
installed() {
    printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' >"/etc/systemd/system/$1"
    systemctl daemon-reload
}
un_installed() {
    rm -f "/etc/systemd/system/$1"
    systemctl daemon-reload
}
