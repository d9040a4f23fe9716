# SPDX-FileCopyrightText: The Narrows authors
# SPDX-License-Identifier: Apache-2.0
# Sourced by what needs a standalone of its own: in a temporary directory, on free ports. Needs `repository`.

# A loopback port that nobody listens on.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 20000))
        if ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
            echo "$port"
            return
        fi
    done
}

# start_standalone <options...>: sets standalone_pid, work, port and admin_port; returns when it is ready.
start_standalone() {
    local waited=0 code
    work=$(mktemp -d)
    port=$(free_port)
    admin_port=$(free_port)
    export NARROWS_DATA=$work/data
    mkdir -p "$NARROWS_DATA"
    "$repository/deploy/run" --port "$port" --admin-port "$admin_port" "$@" > "$work/run.out" 2>&1 &
    standalone_pid=$!
    trap stop_standalone EXIT
    trap 'exit 130' INT TERM
    while :; do
        code=$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/health/readiness" || true)
        [ "$code" = 200 ] && return
        if ! kill -0 "$standalone_pid" 2> /dev/null || [ "$waited" -gt 1800 ]; then
            cat "$work/run.out" >&2
            echo "the standalone did not become ready" >&2
            exit 1
        fi
        sleep 0.5
        waited=$((waited + 1))
    done
}

stop_standalone() {
    trap - EXIT
    if [ -n "${standalone_pid:-}" ]; then
        kill -TERM "$standalone_pid" 2> /dev/null || true
        wait "$standalone_pid" 2> /dev/null || true
    fi
    rm -rf "${work:-/nonexistent}"
}
