# What a host of a cluster can reach. Needs bash for sockets; without it nothing is said. Arguments: `service:IP,PORT`,
# `registry:NAME,PORT`, `names:IP,PORT` for the address of the cluster's name service, `etcd:yes` on masters, `master:IP,PORT` for
# each other master, `disk:PATH` for the room there.
LC_ALL=C
export LC_ALL
command -v bash >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1 || exit 0
knock() {
    said=$(timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3" 2>&1)
    echo "$1 $? $(echo $said)"
}
for question do
    value=${question#*:}
    case $question in
    service:*) knock service "${value%,*}" "${value##*,}" ;;
    registry:*) knock registry "${value%,*}" "${value##*,}" ;;
    master:*) knock "master ${value%,*}" "${value%,*}" "${value##*,}" & ;;
    disk:*)
        timeout 5 df -Pk "$value" 2>/dev/null | while read -r _ total _ free _ place; do
            case $free in *[!0-9]*) ;; *) echo "disk $value $total $free $place" ;; esac
        done
        ;;
    names:*)
        # one question, as DNS writes it, for the A record of kube-dns.kube-system.svc.cluster.local; the answer's first 12 bytes.
        # No part of the name may have 10 letters: the length would be a line feed, at which bash sends what it has.
        answer=$(timeout 5 bash -c '
            exec 3<>"/dev/udp/$0/$1"
            printf "\x5e\xa1\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x08kube-dns\x0bkube-system\x03svc\x07cluster\x05local\x00\x00\x01\x00\x01" >&3
            dd bs=512 count=1 <&3 2>/dev/null | od -An -v -tx1 -N12' "${value%,*}" "${value##*,}" 2>/dev/null)
        echo "names" $answer
        ;;
    etcd:*)
        for path in health metrics; do
            timeout 5 bash -c '
                exec 3<>/dev/tcp/127.0.0.1/2381 || exit 1
                printf "GET /$0 HTTP/1.0\r\n\r\n" >&3
                cat <&3' $path 2>/dev/null | while IFS= read -r line || [ -n "$line" ]; do
                case $line in
                *'"health"'* | etcd_mvcc_db_total_size_in_bytes* | etcd_server_quota_backend_bytes* | etcd_server_has_leader*)
                    echo "etcd $line"
                    ;;
                esac
            done
        done
        ;;
    esac
done
wait
