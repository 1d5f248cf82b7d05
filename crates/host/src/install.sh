# Puts the agent on a host. Arguments: sealer's folder, the SHA-256 digest in hex, and what to do: "check" whether it is there,
# "prepare" for the bytes, which then come into the file .part-<hex>, or "place" them. Nothing becomes executable before its
# digest was found to be right.
set -eu
folder=$1/bin
agent=$folder/sealer-$(printf %.16s "$2")
part=$folder/.part-$2

right() { [ -f "$1" ] && [ "$(sha256sum < "$1")" = "$2  -" ]; }

case $3 in
check)
    if right "$agent" "$2" && [ -x "$agent" ]; then echo present; else echo absent; fi
    ;;
prepare)
    (umask 022; mkdir -p "$folder")
    rm -f "$part"
    ;;
place)
    right "$part" "$2" || { rm -f "$part"; echo "what arrived is not what was sent" >&2; exit 1; }
    chmod 755 "$part"
    sync "$part" 2>/dev/null || sync
    mv -f "$part" "$agent"
    sync "$folder" 2>/dev/null || sync
    ;;
esac
